import { assertEquals, assertRejects } from "@std/assert";
import { describeError } from "../../../chat/room/text/_error_text.ts";
import type { ChatErrorCode } from "../../../chat/room/chat_error_code.ts";
import { LineSession } from "../../../chat/client/_line_session.ts";
import { ChatRequestError } from "../../../chat/client/chat_request_error.ts";

const ASKS = "*** Please type your nickname and press Enter.";
const WELCOME = "*** Welcome, alice! You are user 1.";

/** What a server says of a room that was entered. */
function inRoom(room: string): string {
  return `*** You are in #${room}: what you type goes there. 1 person here, you included.`;
}

/** What the session sends now. */
function sent(session: LineSession): string[] {
  while (session.next !== undefined) session.sendNext();
  return session.takeOutgoing();
}

/** The types of what it tells of a line. */
function types(session: LineSession, line: string): string[] {
  return session.receive(line).map(({ type }) => type);
}

function begin(): LineSession {
  const session = new LineSession({ nickname: "alice" });
  session.open();
  session.receive(ASKS);
  assertEquals(sent(session), ["alice"]);
  session.receive(WELCOME);
  return session;
}

Deno.test("LineSession gives its nickname once, and then asks for one", () => {
  const session = new LineSession({ nickname: "alice" });
  session.open();
  assertEquals(types(session, ASKS), ["line"]);
  assertEquals(session.isSettled, false);
  assertEquals(types(session, ASKS), ["line", "nickname-request"]);
  assertEquals([session.isSettled, session.user], [true, undefined]);
  session.submit({ type: "say", text: "hello" });
  session.submit({ type: "nick", nickname: "alice" });
  assertEquals(sent(session), ["alice", "alice"]);
  session.receive(WELCOME);
  assertEquals(session.user, { id: 1, nickname: "alice" });
  assertEquals(sent(session), ["hello"]);
});

Deno.test("LineSession writes requests as lines that mean just that", async () => {
  const session = begin();
  for (
    const [request, line] of [
      [{ type: "say", text: "hello" }, "hello"],
      [{ type: "say", text: "/quit" }, "b:/quit"],
      [{ type: "say", text: "byebye" }, "b:byebye"],
      [{ type: "say", text: "two\r\n/quit" }, "two /quit"],
      [{ type: "me", text: "waves" }, "/me waves"],
      [{ type: "msg", to: "bob", text: "psst" }, "/msg bob psst"],
      [{ type: "nick", nickname: "alicia" }, "/nick alicia"],
      [{ type: "topic", text: "Tea" }, "/topic Tea"],
      [{ type: "topic", text: "" }, "/topic -"],
      [{ type: "line", text: "/help" }, "/help"],
    ] as const
  ) {
    const done = session.submit(request);
    assertEquals(sent(session), [line]);
    await done;
  }
  for (
    const request of [
      { type: "kick", nickname: "bob" },
      { type: "say", text: "purr", room: "cats" },
    ]
  ) {
    const done = session.submit(request);
    assertEquals(sent(session), []);
    await assertRejects(() => done, ChatRequestError, "lines");
  }
});

Deno.test("LineSession enters its rooms before it says anything, each time", () => {
  const session = new LineSession({ nickname: "alice", rooms: ["a", "b"] });
  session.submit({ type: "say", text: "hello" });
  session.open();
  session.receive(ASKS);
  session.receive(WELCOME);
  assertEquals(sent(session), ["alice", "/join a"]);
  assertEquals([session.isSettled, session.isEntering], [true, true]);
  session.receive(inRoom("a"));
  assertEquals(sent(session), ["/join b"]);
  session.receive(inRoom("b"));
  assertEquals([session.isEntering, sent(session)], [false, ["hello"]]);

  // The room that was entered last is where lines go, another time too.
  session.submit({ type: "line", text: "/join a" });
  session.submit({ type: "say", text: "in a" });
  assertEquals(sent(session), ["/join a"]);
  session.receive(inRoom("a"));
  assertEquals(sent(session), ["in a"]);
  session.submit({ type: "join", room: "c" });
  assertEquals(sent(session), ["/join c"]);
  session.lose();
  session.open();
  session.receive(ASKS);
  session.receive(WELCOME);
  assertEquals(sent(session), ["alice", "/join b"]);
  session.receive(inRoom("b"));
  assertEquals(sent(session), ["/join a"]);
  session.receive(inRoom("a"));
  assertEquals(sent(session), ["/join c"]);
});

Deno.test("LineSession knows whether it has entered a room", async () => {
  const session = begin();
  const codes: ChatErrorCode[] = [
    ...["room-empty", "room-too-long", "room-space", "room-colon"] as const,
    ...["room-slash", "room-mark", "room-invisible"] as const,
    ...["room-look-alike", "too-many-rooms", "rooms-full"] as const,
    "incomplete-command",
  ];
  for (const code of codes) {
    const text = describeError(code, "cats");
    const join = session.submit({ type: "join", room: "cats" });
    session.submit({ type: "say", text: "purr" });
    assertEquals(sent(session), ["/join cats"]);
    session.receive("*** The (user 2) has joined.");
    session.receive("There: are as many rooms as this server has.");
    assertEquals(sent(session), []);
    session.receive(`*** ${text}`);
    const error = await assertRejects(() => join, ChatRequestError, text);
    assertEquals([error.code, error.subject], ["refused", "cats"]);
    assertEquals(sent(session), ["purr"]);
  }
  const join = session.submit({ type: "join", room: "dogs" });
  assertEquals(sent(session), ["/join dogs"]);
  session.receive(inRoom("dogs"));
  await join;
});

Deno.test("LineSession leaves though a server does not answer a join", () => {
  const session = begin();
  session.submit({ type: "join", room: "cats" });
  session.submit({ type: "quit" });
  assertEquals(sent(session), ["/join cats", "/quit"]);
});

Deno.test("LineSession follows its nickname, and is fooled by nobody's words", () => {
  const session = begin();
  session.receive("bob: *** alice is now called mallory.");
  session.receive("*** bob is now called robert.");
  assertEquals(session.user?.nickname, "alice");
  session.receive("*** alice is now called alicia.");
  assertEquals(session.user?.nickname, "alicia");
  session.lose();
  session.open();
  session.receive(ASKS);
  assertEquals(sent(session), ["alicia"]);
});

Deno.test("LineSession tells warnings and goodbyes from other lines", async () => {
  const session = begin();
  assertEquals(
    types(session, "*** You send too fast. Please slow down."),
    ["line", "warning"],
  );
  const quit = session.submit({ type: "quit" });
  assertEquals(sent(session), ["/quit"]);
  const [, goodbye] = session.receive("*** Goodbye!");
  assertEquals(goodbye, {
    ...{ type: "goodbye", reason: "quit", text: "*** Goodbye!" } as const,
  });
  await quit;
  const reasons = [
    "the server is stopping.",
    "you did not read what was sent to you.",
    "you were kicked.",
  ].map((why) => session.receive(`*** Goodbye: ${why}`)[1])
    .map((event) => event?.type === "goodbye" && event.reason);
  assertEquals(reasons, ["shutdown", "slow", "ended"]);
});

Deno.test("LineSession repeats nothing on another connection", async () => {
  const session = begin();
  const said = session.submit({ type: "say", text: "one" });
  sent(session);
  await said;
  session.lose();
  session.submit({ type: "say", text: "two" });
  session.open();
  session.receive(ASKS);
  session.receive(WELCOME);
  assertEquals(sent(session), ["alice", "two"]);
});
