import { assertEquals, assertRejects } from "@std/assert";
import { LineSession } from "../../chat/client/_line_session.ts";
import { ChatRequestError } from "../../chat/client/chat_request_error.ts";

const ASKS = "*** Please type your nickname and press Enter.";
const WELCOME = "*** Welcome, alice! You are user 1.";

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
      [{ type: "join", room: "cats" }, "/join cats"],
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
  const session = new LineSession({ nickname: "alice", rooms: ["cats"] });
  session.submit({ type: "say", text: "hello" });
  session.open();
  session.receive(ASKS);
  session.receive(WELCOME);
  assertEquals(sent(session), ["alice", "/join cats", "hello"]);
  session.submit({ type: "join", room: "dogs" });
  session.submit({ type: "leave", room: "cats" });
  assertEquals(sent(session), ["/join dogs", "/leave cats"]);
  session.lose();
  session.open();
  session.receive(ASKS);
  session.receive(WELCOME);
  assertEquals(sent(session), ["alice", "/join dogs"]);
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
