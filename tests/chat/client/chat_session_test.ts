import { assertEquals, assertRejects } from "@std/assert";
import { JsonSession } from "../../../chat/client/_json_session.ts";
import type { ChatClientEvent } from "../../../chat/client/chat_client_message.ts";
import {
  ALICE,
  BOB,
  entered,
  GREETING,
  said,
  welcome,
} from "./_server_messages.ts";
import { ChatRequestError } from "../../../chat/client/chat_request_error.ts";

/** Feeds a session with messages of a server. */
function feed(session: JsonSession, ...messages: object[]): ChatClientEvent[] {
  return messages.flatMap((message) =>
    session.receive(JSON.stringify(message))
  );
}

/** What the session sends, without what begins a connection. */
function sent(session: JsonSession): Record<string, unknown>[] {
  while (session.next !== undefined) session.sendNext();
  return session.takeOutgoing().map((message) => JSON.parse(message));
}

const SYNC = { type: "pong", ref: "sync" };

/** A session that is in the lobby. */
function begin(options = {}): JsonSession {
  const session = new JsonSession({ nickname: "alice", ...options });
  session.open();
  sent(session);
  feed(session, GREETING, welcome(), entered(), SYNC);
  sent(session);
  return session;
}

function ids(events: readonly ChatClientEvent[]): number[] {
  return events.flatMap((event) => {
    if (event.type === "entered") return event.history.map(({ id }) => id);
    return "id" in event ? [event.id] : [];
  });
}

Deno.test("JsonSession begins with a hello, and a ping behind it", () => {
  const session = new JsonSession({ nickname: "alice" });
  session.open();
  assertEquals(sent(session), [
    { type: "hello", ref: "hello", version: 1, nickname: "alice" },
    { type: "ping", ref: "sync" },
  ]);
});

Deno.test("JsonSession tells of what the user said at its place, once", async () => {
  const session = begin();
  const answer = session.submit({ type: "say", text: "hi\u001b[31m" });
  assertEquals(sent(session), [
    { type: "say", text: "hi\u001b[31m", room: "lobby", ref: "1" },
  ]);
  assertEquals(ids(feed(session, said(1))), [1]);
  const events = feed(session, { type: "ack", ref: "1", id: 2, time: 5 });
  assertEquals(events, [{
    ...{ type: "said", id: 2, time: 5, room: "lobby" },
    ...{ user: ALICE, text: "hi" },
  }]);
  assertEquals(await answer, { id: 2, time: 5 });
});

Deno.test("JsonSession resumes after the highest id of the last whole connection", () => {
  const session = begin();
  feed(session, said(1), said(2, "cats"), said(3));
  session.lose();
  session.open();
  assertEquals(sent(session)[0], {
    ...{ type: "hello", ref: "hello", version: 1, nickname: "alice" },
    ...{ session: "s1", epoch: "e1", after: 3 },
  });
  // The first of two rooms came, then the connection was lost again.
  const events = feed(
    session,
    GREETING,
    welcome(true),
    entered("cats", [said(4, "cats"), said(9, "cats")]),
  );
  assertEquals(ids(events), [4, 9]);
  session.lose();
  session.open();
  assertEquals(sent(session)[0]?.["after"], 3);
  const again = feed(
    session,
    GREETING,
    welcome(true),
    entered("cats", [said(4, "cats"), said(9, "cats")]),
    entered("lobby", [said(5), said(6)]),
    SYNC,
    said(10),
  );
  assertEquals(ids(again), [5, 6, 10]);
  session.lose();
  session.open();
  assertEquals(sent(session)[0]?.["after"], 10);
});

Deno.test("JsonSession repeats what was not acknowledged, and tells of it once", async () => {
  const session = begin();
  const answer = session.submit({ type: "say", text: "text 1" });
  const later = session.submit({ type: "msg", to: "bob", text: "psst" });
  const before = sent(session);
  session.lose();
  const offline = session.submit({ type: "say", text: "offline" });
  session.open();
  sent(session);
  const missed = feed(
    session,
    GREETING,
    welcome(true),
    entered("lobby", [said(1, "lobby", ALICE)]),
    SYNC,
  );
  assertEquals(ids(missed), [1]);
  assertEquals(sent(session), [
    ...before,
    { type: "say", text: "offline", room: "lobby", ref: "3" },
  ]);
  assertEquals(feed(session, { type: "ack", ref: "1", id: 1, time: 1 }), []);
  feed(session, { type: "ack", ref: "2", id: 2, time: 2 });
  assertEquals(ids(feed(session, { type: "ack", ref: "3", id: 3 })), [3]);
  assertEquals((await Promise.all([answer, later, offline])).map((a) => a.id), [
    ...[1, 2, 3],
  ]);
  // An answer that comes twice is one.
  assertEquals(feed(session, { type: "ack", ref: "3", id: 3 }), []);
});

Deno.test("JsonSession doubles nothing when the session is over", async () => {
  const session = begin({ rooms: ["cats"] });
  feed(session, entered("cats"));
  const unknown = session.submit({ type: "say", text: "sent" });
  sent(session);
  session.lose();
  const unsent = session.submit({ type: "say", text: "not sent" });
  session.open();
  sent(session);
  feed(session, GREETING, welcome(false, "s2"), entered(), SYNC);

  const error = await assertRejects(() => unknown, ChatRequestError);
  assertEquals(error.code, "lost");
  // The lost room, and only there what had never gone out.
  const types = () => sent(session).map(({ type }) => type);
  assertEquals([types(), session.isEntering], [["join"], true]);
  feed(session, entered("cats"));
  assertEquals([types(), session.isEntering], [["say"], false]);
  session.fail(new Error("Closed by the test"));
  await assertRejects(() => unsent, Error, "Closed by the test");
});

Deno.test("JsonSession enters its rooms before it says anything, and tells if it can't", async () => {
  const session = new JsonSession({ nickname: "alice", rooms: ["a", "b"] });
  const answer = session.submit({ type: "say", text: "hi" });
  session.open();
  sent(session);
  feed(session, GREETING, welcome(), entered(), SYNC);
  assertEquals(sent(session).map(({ room }) => room), ["a", "b"]);
  assertEquals([session.isSettled, session.isEntering], [true, true]);
  feed(session, entered("a"), { type: "ack", ref: "2" });
  const refusal = { type: "error", code: "rooms-full", text: "Full" };
  const events = feed(session, { ...refusal, ref: "3" });
  assertEquals(events.map(({ type }) => type), ["error"]);
  assertEquals(session.isEntering, false);
  assertEquals(sent(session), [
    { type: "say", text: "hi", room: "a", ref: "1" },
  ]);
  feed(session, { type: "ack", ref: "1", id: 1 });
  assertEquals((await answer).id, 1);
});

Deno.test("JsonSession takes another nickname though joins of a lost session are due", async () => {
  const session = begin({ rooms: ["cats"] });
  session.lose();
  session.open();
  sent(session);
  const taken = { type: "error", ref: "hello", code: "nickname-taken" };
  const asks = { type: "nickname-request" };
  feed(session, GREETING, { ...taken, text: "Taken" }, asks, SYNC);
  const nick = session.submit({ type: "nick", nickname: "alicia" });
  assertEquals(sent(session).map(({ type }) => type), ["nick"]);
  feed(session, welcome(false, "s2"), entered());
  await nick;
  assertEquals(sent(session).map(({ type }) => type), ["join"]);
});

Deno.test("JsonSession leaves though a server does not answer its joins", () => {
  const session = new JsonSession({ nickname: "alice", rooms: ["cats"] });
  session.open();
  session.submit({ type: "quit" });
  sent(session);
  feed(session, GREETING, welcome(), entered(), SYNC);
  assertEquals(sent(session).map(({ type }) => type), ["join", "quit"]);
});

Deno.test("JsonSession forgets ids when the epoch is another one", () => {
  const session = begin();
  feed(session, said(50));
  session.lose();
  session.open();
  sent(session);
  const events = feed(
    session,
    { ...GREETING, epoch: "e2" },
    welcome(false),
    entered("lobby", [said(1), said(2)]),
    SYNC,
  );
  assertEquals(ids(events), [1, 2]);
});

Deno.test("JsonSession holds back what would be more than 64 at a time", () => {
  const session = begin();
  for (let n = 0; n < 70; n++) session.submit({ type: "me", text: String(n) });
  assertEquals(sent(session).length, 64);
  feed(session, { type: "ack", ref: "1", id: 1 });
  assertEquals(sent(session).map(({ ref }) => ref), ["65"]);
});

Deno.test("JsonSession waits with what is said until there is a nickname", async () => {
  const session = new JsonSession();
  session.open();
  sent(session);
  const said = session.submit({ type: "say", text: "hi" });
  const early = feed(session, GREETING, { type: "nickname-request" });
  assertEquals(early.map(({ type }) => type), ["greeting"]);
  assertEquals(feed(session, SYNC), [{ type: "nickname-request" }]);
  assertEquals(session.isSettled, true);
  const taken = session.submit({ type: "nick", nickname: "bob" });
  assertEquals(sent(session), [{ type: "nick", nickname: "bob", ref: "2" }]);
  feed(session, {
    ...{ type: "error", code: "nickname-taken", subject: "bob" },
    ...{ text: "It is taken.", ref: "2" },
  });
  const error = await assertRejects(() => taken, ChatRequestError, "taken");
  assertEquals([error.code, error.subject], ["nickname-taken", "bob"]);

  const nick = session.submit({ type: "nick", nickname: "alice" });
  sent(session);
  feed(session, welcome());
  assertEquals(await nick, {});
  assertEquals(sent(session).map(({ type }) => type), ["say"]);
  feed(session, { type: "ack", ref: "1" });
  assertEquals(await said, { id: undefined, time: undefined });
});

Deno.test("JsonSession gives answers to whoever asked, others to the loop", async () => {
  const session = begin();
  const users = session.submit({ type: "users" });
  const history = session.submit({ type: "history", room: "lobby" });
  assertEquals(sent(session).length, 2);
  assertEquals(
    feed(
      session,
      {
        ...{ type: "users", room: "lobby", online: 1, ref: "1" },
        users: [{ ...BOB, enteredAt: 0 }],
      },
      { type: "history", room: "lobby", messages: [said(1)], complete: true },
      { type: "users", room: "cats", users: [], online: 0 },
    ),
    [{ type: "users", room: "cats", users: [], online: 0 }],
  );
  const { message } = await users;
  assertEquals(message?.type === "users" && message.users[0]?.nickname, "bob");
  assertEquals((await history).message?.type, "history");
});

Deno.test("JsonSession passes over what is not of the protocol's form", () => {
  const session = begin();
  for (
    const message of [
      "",
      "nonsense",
      "[]",
      "null",
      "1",
      '{"type":"said"}',
      '{"type":"said","id":-1,"time":0,"room":"a","user":{"id":1,"nickname":"b"},"text":"c"}',
      '{"type":"said","id":9,"time":0,"room":"a","user":{"id":1,"nickname":7},"text":"c"}',
      '{"type":"entered","room":"a","users":7}',
      '{"type":"entered","room":"a","history":[{"type":"pong"}]}',
      '{"type":"ack","ref":7}',
      '{"type":"__proto__"}',
      '{"__proto__":{"type":"pong"}}',
      '{"type":"soon","text":"a"}',
    ]
  ) assertEquals(session.receive(message), [], message);
});

Deno.test("JsonSession follows the rooms and its own nickname", () => {
  const session = begin();
  feed(session, entered("cats"));
  assertEquals([session.room, [...session.rooms]], ["cats", ["lobby", "cats"]]);
  feed(session, { type: "exited", room: "cats", current: "lobby" });
  assertEquals([session.room, [...session.rooms]], ["lobby", ["lobby"]]);
  feed(session, {
    ...{ type: "renamed", id: 5, time: 0, room: "lobby", previous: "alice" },
    user: { id: 1, nickname: "alicia" },
  });
  session.lose();
  session.open();
  assertEquals(sent(session)[0]?.["nickname"], "alicia");
});
