import { assertEquals } from "@std/assert";
import { ChatSession } from "../../../../chat/client/core/_chat_session.ts";
import type { Outcome } from "../../../../chat/client/core/_pending_request.ts";
import type { ChatClientMessage } from "../../../../chat/client/chat_client_message.ts";
import type { ClientMessage } from "../../../../chat/protocol/_client_messages.ts";
import { readServerMessage } from "../../../../chat/protocol/_server_messages.ts";
import {
  ALICE,
  BOB,
  entered,
  GREETING,
  said,
  SYNC,
  welcome,
} from "../_server_messages.ts";

/** Asks for something, and returns the place where the outcome will be. */
function ask(session: ChatSession, request: ClientMessage) {
  const asked: { outcome?: Outcome } = {};
  const pending = session.submit(request, (outcome) => asked.outcome = outcome);
  return { asked, pending };
}

/** Asks for something, and returns a function that tells the outcome. */
function submit(session: ChatSession, request: ClientMessage) {
  const { asked } = ask(session, request);
  return () => asked.outcome;
}

/** Feeds a session with messages of a server. */
function feed(
  session: ChatSession,
  ...messages: object[]
): ChatClientMessage[] {
  return messages.flatMap((message) => {
    const { message: read } = readServerMessage(JSON.stringify(message));
    if (read === undefined) throw new Error("The test has no such message");
    return session.receive(read);
  });
}

/** What the session sends, without what begins a connection. */
function sent(session: ChatSession): Record<string, unknown>[] {
  while (session.next !== undefined) session.sendNext();
  return session.takeOutgoing().map((message) =>
    JSON.parse(JSON.stringify(message))
  );
}

/** A session that is in the lobby. */
function begin(options = {}): ChatSession {
  const session = new ChatSession({ nickname: "alice", ...options });
  session.open();
  sent(session);
  feed(session, GREETING, welcome(), entered(), SYNC);
  sent(session);
  return session;
}

function ids(events: readonly ChatClientMessage[]): number[] {
  return events.flatMap((event) => {
    if (event.type === "entered") return event.history.map(({ id }) => id);
    return "id" in event ? [event.id] : [];
  });
}

Deno.test("ChatSession begins with a hello, and a ping behind it", () => {
  const session = new ChatSession({ nickname: "alice" });
  session.open();
  assertEquals(sent(session), [
    { type: "hello", ref: "hello", version: 1, nickname: "alice" },
    { type: "ping", ref: "sync" },
  ]);
});

Deno.test("ChatSession tells of what the user said at its place, once", () => {
  const session = begin();
  const answer = submit(session, { type: "say", text: "hi\u001b[31m" });
  assertEquals(sent(session), [
    { type: "say", text: "hi\u001b[31m", room: "lobby", ref: "1" },
  ]);
  assertEquals(ids(feed(session, said(1))), [1]);
  const events = feed(session, { type: "ack", ref: "1", id: 2, time: 5 });
  assertEquals(events, [{
    ...{ type: "said", id: 2, time: 5, room: "lobby" },
    ...{ user: ALICE, text: "hi" },
  }]);
  assertEquals(answer(), { answer: { id: 2, time: 5 } });
});

Deno.test("ChatSession resumes after the highest id of the last whole connection", () => {
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

Deno.test("ChatSession repeats what was not acknowledged, and tells of it once", () => {
  const session = begin();
  const answer = submit(session, { type: "say", text: "text 1" });
  const later = submit(session, { type: "msg", to: "bob", text: "psst" });
  const before = sent(session);
  session.lose();
  const offline = submit(session, { type: "say", text: "offline" });
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
  assertEquals(
    [answer, later, offline].map((outcome) => outcome()?.answer?.id),
    [1, 2, 3],
  );
  // An answer that comes twice is one.
  assertEquals(feed(session, { type: "ack", ref: "3", id: 3 }), []);
});

Deno.test("ChatSession doubles nothing when the session is over", () => {
  const session = begin({ rooms: ["cats"] });
  feed(session, entered("cats"), { type: "ack", ref: "1" });
  const unknown = submit(session, { type: "say", text: "sent" });
  sent(session);
  session.lose();
  const unsent = submit(session, { type: "say", text: "not sent" });
  session.open();
  sent(session);
  feed(session, GREETING, welcome(false, "s2"), entered(), SYNC);

  assertEquals(unknown()?.refusal?.code, "lost");
  // The lost room, and only there what had never gone out.
  const types = () => sent(session).map(({ type }) => type);
  assertEquals([types(), session.isEntering], [["join"], true]);
  feed(session, entered("cats"), { type: "ack", ref: "4" });
  assertEquals([types(), session.isEntering], [["say"], false]);
  session.fail("closed", "Closed by the test");
  assertEquals(unsent()?.refusal, {
    ...{ code: "closed", text: "Closed by the test" },
  });
});

Deno.test("ChatSession enters its rooms before it says anything, and tells if it can't", () => {
  const session = new ChatSession({ nickname: "alice", rooms: ["a", "b"] });
  const answer = submit(session, { type: "say", text: "hi" });
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
  assertEquals(answer()?.answer?.id, 1);
});

Deno.test("ChatSession takes another nickname though joins of a lost session are due", () => {
  const session = begin({ rooms: ["cats"] });
  session.lose();
  session.open();
  sent(session);
  const taken = { type: "error", ref: "hello", code: "nickname-taken" };
  const asks = { type: "nickname-request" };
  feed(session, GREETING, { ...taken, text: "Taken" }, asks, SYNC);
  const nick = submit(session, { type: "nick", nickname: "alicia" });
  assertEquals(sent(session).map(({ type }) => type), ["nick"]);
  feed(session, welcome(false, "s2"), entered(), { type: "ack", ref: "2" });
  assertEquals(nick(), { answer: { id: undefined, time: undefined } });
  assertEquals(sent(session).map(({ type }) => type), ["join"]);
});

Deno.test("ChatSession leaves though a server does not answer its joins", () => {
  const session = new ChatSession({ nickname: "alice", rooms: ["cats"] });
  session.open();
  session.submit({ type: "quit" });
  sent(session);
  feed(session, GREETING, welcome(), entered(), SYNC);
  assertEquals(sent(session).map(({ type }) => type), ["join", "quit"]);
});

Deno.test("ChatSession forgets ids when the epoch is another one", () => {
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

Deno.test("ChatSession holds back what would be more than 64 at a time", () => {
  const session = begin();
  for (let n = 0; n < 70; n++) session.submit({ type: "me", text: String(n) });
  assertEquals(sent(session).length, 64);
  feed(session, { type: "ack", ref: "1", id: 1 });
  assertEquals(sent(session).map(({ ref }) => ref), ["65"]);
});

Deno.test("ChatSession waits with what is said until there is a nickname", () => {
  const session = new ChatSession();
  session.open();
  sent(session);
  const said = submit(session, { type: "say", text: "hi" });
  const early = feed(session, GREETING, { type: "nickname-request" });
  assertEquals(early.map(({ type }) => type), ["greeting"]);
  assertEquals(feed(session, SYNC), [{ type: "nickname-request" }]);
  assertEquals(session.isSettled, true);
  const taken = submit(session, { type: "nick", nickname: "bob" });
  assertEquals(sent(session), [{ type: "nick", nickname: "bob", ref: "2" }]);
  feed(session, {
    ...{ type: "error", code: "nickname-taken", subject: "bob" },
    ...{ text: "It is taken.", ref: "2" },
  });
  assertEquals(taken()?.refusal, {
    ...{ code: "nickname-taken", subject: "bob", text: "It is taken." },
  });

  const nick = submit(session, { type: "nick", nickname: "alice" });
  sent(session);
  feed(session, welcome(), { type: "ack", ref: "3" });
  assertEquals(nick()?.answer !== undefined, true);
  assertEquals(sent(session).map(({ type }) => type), ["say"]);
  feed(session, { type: "ack", ref: "1" });
  assertEquals(said()?.answer, { id: undefined, time: undefined });
});

Deno.test("ChatSession gives answers to whoever asked, others to the loop", () => {
  const session = begin();
  const users = submit(session, { type: "users" });
  const history = submit(session, { type: "history", room: "lobby" });
  assertEquals(sent(session).length, 2);
  assertEquals(
    feed(
      session,
      {
        ...{ type: "users", room: "lobby", online: 1, ref: "1" },
        users: [{ ...BOB, enteredAt: 0 }],
      },
      {
        ...{ type: "history", room: "lobby", messages: [said(1)], ref: "2" },
        complete: true,
      },
      { type: "users", room: "cats", users: [], online: 0 },
    ),
    [{ type: "users", room: "cats", users: [], online: 0 }],
  );
  const message = users()?.answer?.message;
  assertEquals(message?.type === "users" && message.users[0]?.nickname, "bob");
  assertEquals(history()?.answer?.message?.type, "history");
});

Deno.test("ChatSession follows the rooms and its own nickname", () => {
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

Deno.test("ChatSession keeps the place of a withdrawn request until its answer has come", () => {
  const session = begin();
  const { asked, pending } = ask(session, { type: "users", room: "cats" });
  assertEquals(sent(session).length, 1);
  session.withdraw(pending);
  const answer = { type: "users", room: "cats", users: [], online: 0 };
  assertEquals(session.pendingCount, 0);
  assertEquals(feed(session, { ...answer, ref: "1" }), []);
  assertEquals(asked, {});
});

Deno.test("ChatSession tells of what was said though nobody waits for it any more", () => {
  const session = begin();
  const { asked, pending } = ask(session, { type: "say", text: "hi" });
  sent(session);
  session.withdraw(pending);
  assertEquals(ids(feed(session, { type: "ack", ref: "1", id: 7 })), [7]);
  assertEquals(asked, {});
});

Deno.test("ChatSession does not send a withdrawn request, on the next connection either", () => {
  for (const isWithdrawnFirst of [true, false]) {
    const session = begin();
    const { asked, pending } = ask(session, { type: "say", text: "late" });
    sent(session);
    session.submit({ type: "say", text: "kept" });
    session.withdraw(ask(session, { type: "say", text: "unsent" }).pending);
    if (isWithdrawnFirst) session.withdraw(pending);
    session.lose();
    if (!isWithdrawnFirst) session.withdraw(pending);
    session.open();
    sent(session);
    feed(session, GREETING, welcome(true), SYNC);
    assertEquals(sent(session).map(({ text }) => text), ["kept"]);
    assertEquals(asked, {});
  }
});

Deno.test("ChatSession goes on with what an earlier one has left", () => {
  const session = new ChatSession({
    ...{ nickname: "alice", token: "s0", epoch: "e1", refPrefix: "b-" },
  });
  const outcomes: Outcome[] = [];
  const take = (outcome: Outcome) => outcomes.push(outcome);
  const request = { type: "say", room: "lobby" } as const;
  const sentBefore = { ref: "a-1", wasSent: true };
  session.submit({ ...request, text: "sent" }, take, sentBefore);
  session.submit({ ...request, text: "unsent" }, take, { ref: "a-2" });
  session.submit({ ...request, text: "new" }, take);
  session.open();
  assertEquals(sent(session)[0], {
    ...{ type: "hello", ref: "hello", version: 1, nickname: "alice" },
    ...{ session: "s0", epoch: "e1", after: 0 },
  });
  feed(session, GREETING, welcome(true), entered(), SYNC);
  assertEquals(sent(session).map(({ ref }) => ref), ["a-1", "a-2", "b-1"]);

  const other = new ChatSession({ token: "s0", epoch: "e1" });
  other.submit({ ...request, text: "sent" }, take, sentBefore);
  other.submit({ ...request, text: "unsent" }, take, { ref: "a-2" });
  other.open();
  sent(other);
  feed(other, GREETING, welcome(false), entered(), SYNC);
  assertEquals(outcomes.map(({ refusal }) => refusal?.code), ["lost"]);
  assertEquals(sent(other).map(({ ref }) => ref), ["a-2"]);
});

Deno.test("ChatSession leaves the whole history to who asks for it", () => {
  const session = begin({ keepsHistory: true });
  feed(session, said(1));
  const events = feed(session, entered("lobby", [said(1), said(2)]));
  assertEquals(ids(events), [1, 2]);
});

Deno.test("ChatSession tells of what the user said by the server's name of the room, once", () => {
  for (const room of ["LOBBY", "#lobby", "\uff2cobby"]) {
    const session = begin();
    session.submit({ type: "say", text: "hi", room });
    const [{ ref }] = sent(session);
    const [event] = feed(session, { type: "ack", ref, id: 5, time: 1 });
    assertEquals(event?.type === "said" && event.room, "lobby");
    session.lose();
    session.open();
    sent(session);
    const again = feed(
      session,
      GREETING,
      welcome(),
      entered("lobby", [said(5, "lobby", ALICE)]),
      SYNC,
    );
    assertEquals(ids(again), []);
  }
});

Deno.test("ChatSession does not join a room again that it has left, however it was spelled", () => {
  for (const [room, name] of [["Cats", "cats"], ["#STRASSE", "stra\u00dfe"]]) {
    const session = begin({ rooms: [room, "LOBBY"] });
    feed(session, entered(name), { type: "ack", ref: "1" });
    session.submit({ type: "leave", room });
    const [{ ref }] = sent(session);
    feed(session, { type: "exited", room: name, current: "lobby" });
    feed(session, { type: "ack", ref });
    session.lose();
    session.open();
    sent(session);
    feed(session, GREETING, welcome(), entered(), SYNC);
    assertEquals(sent(session), []);
  }
});

Deno.test("ChatSession gives its secrets with each hello, and the pass instead of the invitation", () => {
  const session = new ChatSession({
    nickname: "alice",
    introduction: { password: "p", invite: "i", device: "d", link: "l" },
  });
  session.open();
  assertEquals(sent(session)[0], {
    ...{ type: "hello", ref: "hello", version: 1, nickname: "alice" },
    ...{ password: "p", invite: "i", device: "d", link: "l" },
  });
  const need = { type: "access-needed", methods: ["password"] } as const;
  const pass = { type: "pass", token: "p1" } as const;
  assertEquals(feed(session, need, pass), [need, pass]);
  feed(session, GREETING, welcome(), entered(), SYNC);
  assertEquals(session.pass, "p1");
  session.lose();
  session.open();
  // The secret of a link is used up.
  assertEquals(sent(session)[0], {
    ...{ type: "hello", ref: "hello", version: 1, nickname: "alice" },
    ...{ password: "p", invite: "p1", device: "d" },
    ...{ session: "s1", epoch: "e1", after: 0 },
  });
});

Deno.test("ChatSession knows which refusals of its hello are final", () => {
  for (
    const [code, subject, isOver, delay] of [
      ["access-needed", undefined, true, 0],
      ["wrong-password", undefined, true, 0],
      ["wrong-invitation", undefined, true, 0],
      ["wrong-link", undefined, true, 0],
      ["sign-in-name", "System", true, 0],
      ["access-busy", undefined, false, 0],
      ["too-many-guesses", "3", false, 3000],
      ["too-many-guesses", "1e9", false, 600_000],
      ["too-many-guesses", "soon", false, 0],
    ] as const
  ) {
    const session = new ChatSession({ nickname: "alice" });
    session.open();
    const ref = code === "sign-in-name" ? {} : { ref: "hello" };
    const error = { type: "error", code, subject, text: "No", ...ref };
    assertEquals(feed(session, error, SYNC).length, 1, code);
    assertEquals(session.refusal?.code, code);
    assertEquals([session.isOver, session.retryDelay], [isOver, delay], code);
    // After a wrong link the server waits for a nickname.
    assertEquals(session.isSettled, code === "wrong-link", code);
    session.lose();
    session.open();
    assertEquals([session.refusal, session.isOver], [undefined, false]);
  }
  const session = begin();
  const wrong = { type: "error", code: "wrong-password", text: "No" };
  assertEquals(feed(session, wrong).length, 1);
  assertEquals(session.refusal, undefined);
});

Deno.test("ChatSession repeats an edit, and takes a deletion that was done as done", () => {
  const session = begin();
  const deleted = submit(session, { type: "edit", target: 1, text: "" });
  const edited = submit(session, { type: "edit", target: 2, text: "two" });
  assertEquals(sent(session).map(({ room }) => room), ["lobby", "lobby"]);
  session.lose();
  session.open();
  sent(session);
  feed(session, GREETING, welcome(true), entered(), SYNC);
  assertEquals(sent(session).map(({ target }) => target), [1, 2]);
  const error = { type: "error", code: "no-such-message", text: "No" };
  feed(session, { ...error, ref: "1" }, { ...error, ref: "2" });
  assertEquals(deleted(), { answer: {} });
  assertEquals(edited()?.refusal?.code, "no-such-message");

  const again = submit(session, { type: "edit", target: 1, text: "" });
  sent(session);
  feed(session, { ...error, ref: "3" });
  assertEquals(again()?.refusal?.code, "no-such-message");
});

Deno.test("ChatSession tells what an own message answers", () => {
  const session = begin();
  submit(session, { type: "say", text: "yes", replyTo: 1 });
  sent(session);
  const [event] = feed(session, { type: "ack", ref: "1", id: 2, time: 5 });
  assertEquals(event, {
    ...{ type: "said", id: 2, time: 5, room: "lobby", user: ALICE },
    ...{ text: "yes", replyTo: 1 },
  });
});
