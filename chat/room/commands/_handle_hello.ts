import { fault, tell } from "./_deliveries.ts";
import {
  currentRoom,
  type Guest,
  isMember,
  type Member,
} from "../users/_user.ts";
import type { RoomChannel } from "../rooms/_room_channel.ts";
import { type HistoryPart, MAX_ANSWER_BYTES } from "../rooms/_room_history.ts";
import { refTo, type RoomState } from "../_room_state.ts";
import { Session } from "../users/_session.ts";
import type { ChatCommand } from "../chat_command.ts";
import type {
  ChatErrorCode,
  Delivery,
  DirectMessage,
} from "../chat_message.ts";
import { parseNickname } from "../names/nickname.ts";

/** The version of the protocol that is spoken here. */
const VERSION = 1;

/** How many messages somebody who enters is shown. */
const SHOWN = 20;

/** The most users whom all lists have together when somebody comes back. */
const MAX_LISTED = 1_000;

/** The most users that each of these lists may have in any case. */
const MIN_LISTED = 100;

type Hello = Extract<ChatCommand, { readonly type: "hello" }>;
type Cause = Extract<DirectMessage, { readonly type: "entered" }>["cause"];

/** Begins a session, or goes on with one. */
export function obeyHello(
  state: RoomState,
  guest: Guest,
  connection: number,
  hello: Hello,
  now: number,
): Delivery[] {
  const deliveries: Delivery[] = [];
  if (!guest.expectsHello && !guest.saidHello) {
    deliveries.push(state.greet(connection, guest.address, now));
  }
  guest.saidHello = true;
  if (hello.version !== VERSION) {
    const version = `${hello.version}`;
    return [
      ...deliveries,
      fault(connection, "unsupported-version", now, version),
    ];
  }
  const { session = "", nickname } = hello;
  const isSameEpoch = hello.epoch === state.rules.store.epoch;
  const earlier = state.users.findSession(session);
  if (earlier !== undefined) {
    const after = isSameEpoch ? hello.after ?? 0 : 0;
    return [...deliveries, ...resume(state, guest, earlier, after, now)];
  }
  if (nickname !== undefined) {
    const after = isSameEpoch ? hello.after : undefined;
    return [
      ...deliveries,
      ...enter(state, guest, connection, nickname, now, after),
    ];
  }
  return [
    ...deliveries,
    tell([connection], { type: "nickname-request", time: now }),
  ];
}

/**
 * Lets a user in whose first nickname is free.
 *
 * @param after The highest id that the user has seen, if known.
 */
export function enter(
  state: RoomState,
  guest: Guest,
  connection: number,
  text: string,
  now: number,
  after?: number,
): Delivery[] {
  const problem = claim(state, guest, text);
  if (problem !== undefined) {
    return askForNickname(connection, problem, now, text);
  }
  if (!isMember(guest)) return [];
  if (guest.saidHello) {
    state.users.begin(guest, new Session(state.rules.newToken()));
  }
  const { lobby } = state.rooms;
  lobby.enter(guest);
  guest.rooms.add(lobby);
  const part = after === undefined
    ? lobby.history.before(Infinity, SHOWN)
    : lobby.history.after(after, MAX_ANSWER_BYTES);
  return [
    welcome(guest, lobby, now, false),
    entered(guest, lobby, { cause: "welcome", now, part }),
    state.announce(
      lobby,
      { type: "joined", user: refTo(guest) },
      now,
      connection,
    ),
  ];
}

/** Gives a user another nickname. */
export function rename(
  state: RoomState,
  user: Member,
  text: string,
  now: number,
): Delivery[] {
  const previous = user.entry.nickname;
  const problem = claim(state, user, text);
  if (problem !== undefined) {
    return [fault(user.connection, problem, now, text)];
  }
  if (user.entry.nickname === previous) {
    return [fault(user.connection, "nickname-unchanged", now, previous)];
  }
  const event = { type: "renamed", user: refTo(user), previous } as const;
  return [...user.rooms].map((room) => state.announce(room, event, now));
}

/** Tells somebody without a nickname what was wrong, and asks for one. */
export function askForNickname(
  connection: number,
  code: ChatErrorCode,
  now: number,
  subject?: string,
): Delivery[] {
  return [
    fault(connection, code, now, subject),
    tell([connection], { type: "nickname-request", time: now }),
  ];
}

/** Why somebody is told about a room, and what of it. */
interface Entrance {
  readonly cause: Cause;
  readonly now: number;
  /** The last messages by default. */
  readonly part?: HistoryPart;
  readonly maxListed?: number;
}

/** Tells a user about a room that the user is in now. */
export function entered(
  { connection }: Member,
  room: RoomChannel,
  { cause, now, part, maxListed }: Entrance,
): Delivery {
  const { messages, complete } = part ?? room.history.before(Infinity, SHOWN);
  return tell([connection], {
    type: "entered",
    time: now,
    room: room.name,
    topic: room.topic,
    users: room.list(maxListed),
    online: room.size,
    history: messages,
    complete,
    cause,
  });
}

function claim(
  state: RoomState,
  guest: Guest,
  text: string,
): ChatErrorCode | undefined {
  const nickname = parseNickname(text);
  if (typeof nickname === "string") return nickname;
  const named = state.users.rename(guest, nickname);
  return typeof named === "string" ? named : undefined;
}

function welcome(
  user: Member,
  room: RoomChannel,
  now: number,
  resumed: boolean,
): Delivery {
  const { session } = user;
  return tell([user.connection], {
    type: "welcome",
    time: now,
    room: room.name,
    user: refTo(user),
    online: room.size,
    ...session === undefined ? {} : { session: session.token },
    resumed,
  });
}

/** Goes on with an earlier session over the connection of a newcomer. */
function resume(
  state: RoomState,
  newcomer: Guest,
  user: Guest,
  after: number,
  now: number,
): Delivery[] {
  const replaced = user.connection;
  state.users.resume(user, newcomer);
  const current = currentRoom(user);
  if (!isMember(user) || current === undefined) return [];
  const deliveries: Delivery[] = [];
  if (replaced !== undefined) {
    deliveries.push(
      tell([replaced], { type: "goodbye", time: now, reason: "replaced" }),
    );
  }
  for (const room of user.rooms) {
    if (replaced === undefined) room.enter(user);
    else room.reconnect();
  }
  deliveries.push(welcome(user, current, now, true));
  deliveries.push(...catchUp(user, after, now));
  if (replaced !== undefined) return deliveries;
  const event = { type: "joined", user: refTo(user) } as const;
  for (const room of user.rooms) {
    deliveries.push(state.announce(room, event, now, user.connection));
  }
  return deliveries;
}

/** Tells a user what was missed after an id. */
function catchUp(user: Member, after: number, now: number): Delivery[] {
  const deliveries: Delivery[] = [];
  const maxBytes = Math.floor(MAX_ANSWER_BYTES / user.rooms.size);
  let listed = 0;
  for (const room of user.rooms) {
    const part = room.history.after(after, maxBytes);
    const maxListed = Math.max(MIN_LISTED, MAX_LISTED - listed);
    const entrance = { cause: "resume", now, part, maxListed } as const;
    deliveries.push(entered(user, room, entrance));
    listed += Math.min(room.size, maxListed);
  }
  for (const message of user.session?.missed(after) ?? []) {
    deliveries.push(tell([user.connection], message));
  }
  return deliveries;
}
