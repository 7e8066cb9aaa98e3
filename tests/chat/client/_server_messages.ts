/** Messages of a server, for the tests of clients. */

export const ALICE = { id: 1, nickname: "alice" };
export const BOB = { id: 2, nickname: "bob" };

export const GREETING = {
  ...{ type: "greeting", version: 1, address: "127.0.0.1:1", online: 1 },
  ...{ epoch: "e1", limits: { nickname: 32, message: 4096, rooms: 10 } },
};

export function welcome(resumed = false, session = "s1", user = ALICE): object {
  return {
    ...{ type: "welcome", user, room: "lobby", online: 1 },
    ...{ session, resumed },
  };
}

export function entered(
  room = "lobby",
  history: readonly object[] = [],
  more: object = {},
): object {
  return {
    ...{ type: "entered", room, topic: "", users: [], online: 1 },
    ...{ history, complete: true, ...more },
  };
}

export function said(id: number, room = "lobby", user = BOB): object {
  return { type: "said", id, time: id, room, user, text: `text ${id}` };
}

/** The answer to the ping behind a `hello`. */
export const SYNC = { type: "pong", ref: "sync" };
