import { assert, assertEquals } from "@std/assert";
import { CommandLine } from "../../../chat/page/command.js";
import { Connection, retryDelay } from "../../../chat/page/connection.js";
import { rowsOf } from "../../../chat/page/rows.js";
import { ChatSession } from "../../../chat/page/session.js";
import { ChatStore, Conversation } from "../../../chat/page/store.js";
import * as text from "../../../chat/page/text.js";
import { FakeSystem } from "./_fake_system.ts";

// Scripts without types.
// deno-lint-ignore no-explicit-any
const page: any = {
  ...text,
  ...{ ChatSession, ChatStore, CommandLine, Connection, Conversation },
  ...{ retryDelay, rowsOf },
};

const ME = { id: 7, nickname: "me" };
const YOU = { id: 8, nickname: "you" };

const GREETING = {
  type: "greeting",
  version: 1,
  epoch: "first",
  limits: { nickname: 32, message: 4096, rooms: 10 },
};
const WELCOME = {
  type: "welcome",
  user: ME,
  room: "lobby",
  session: "secret",
  resumed: false,
};

function entered(members: Record<string, unknown> = {}) {
  const users = [{ ...ME, enteredAt: 0 }, { ...YOU, enteredAt: 0 }];
  return {
    ...{ type: "entered", room: "lobby", topic: "", users },
    ...{ history: [], complete: true, ...members },
  };
}

function said(id: number, text: string, user = YOU, room = "lobby") {
  return { type: "said", id, time: id * 1000, room, user, text };
}

/** A page whose server is the test. */
function startSession(saved?: unknown) {
  const system = new FakeSystem();
  const store = new page.ChatStore(() => {});
  const events: [string, unknown][] = [];
  const session = new page.ChatSession({
    store,
    system,
    storage: { load: () => saved, save: (state: unknown) => saved = state },
    listener: {
      onNicknameNeeded: (error: string) => events.push(["nickname", error]),
      onNotice: (text: string) => events.push(["notice", text]),
      onRooms: (rooms: unknown) => events.push(["rooms", rooms]),
      onError: (text: string) => events.push(["error", text]),
      onStatus: ({ name }: { name: string }) => events.push(["status", name]),
    },
  });
  const commands = new page.CommandLine(session, store);
  return { system, store, session, commands, events, saved: () => saved };
}

/** The same, in the lobby. */
function enterLobby() {
  const started = startSession();
  started.session.enter("me");
  const { socket } = started.system;
  socket.accept();
  socket.tell(GREETING, WELCOME, entered(), { type: "pong" });
  socket.took("hello", "ping");
  return { ...started, lobby: started.store.room("lobby") };
}

/** Loses the connection, and lets the page come to the server again. */
function comeAgain(system: FakeSystem) {
  if (system.socket.readyState === 1) system.socket.lose();
  system.pass(1_000);
  system.socket.accept();
  return system.socket;
}

interface Shown {
  readonly message: { readonly text: string };
}

function texts({ items }: { readonly items: readonly Shown[] }) {
  return items.map(({ message }) => message.text);
}

Deno.test("splitLinks() makes links of web addresses alone", () => {
  const links = (text: string) => {
    const pieces: { text: string; href?: string }[] = page.splitLinks(text);
    assertEquals(pieces.map((piece) => piece.text).join(""), text);
    return pieces.flatMap(({ href }) => href ?? []);
  };
  assertEquals(links("see http://a.example, ok"), ["http://a.example/"]);
  assertEquals(links("(https://a.example/b_(c))."), [
    "https://a.example/b_(c)",
  ]);
  assertEquals(links("https://a.example/?q=1&r=2#s!"), [
    "https://a.example/?q=1&r=2#s",
  ]);
  assertEquals(links('<a href="https://a.example">'), ["https://a.example/"]);
  assertEquals(links("HTTPS://A.EXAMPLE http://b.example"), [
    "https://a.example/",
    "http://b.example/",
  ]);
  for (
    const text of [
      "javascript:alert(1)",
      "data:text/html,x",
      "ftp://a.example",
      "https://user:secret@a.example/",
      "https://bank.example@b.example/",
      "xhttps://a.example",
      "http://",
      "https://[",
      "",
    ]
  ) {
    assertEquals(links(text), [], text);
  }
});

Deno.test("parseInput() keeps text as it is, and reads commands", () => {
  const cases: [string, Record<string, string>][] = [
    ["hello", { type: "say", text: "hello" }],
    ["b:not a command here", { type: "say", text: "b:not a command here" }],
    ["//usr/bin", { type: "say", text: "/usr/bin" }],
    ["/me waves  twice", { type: "me", text: "waves  twice" }],
    ["/MSG bob hi there", { type: "msg", to: "bob", text: "hi there" }],
    ["/join #cats", { type: "join", room: "#cats" }],
    ["/leave", { type: "leave", room: "" }],
    ["/part cats", { type: "leave", room: "cats" }],
    ["/kick bob", { type: "line", text: "/kick bob" }],
    ["/", { type: "line", text: "/" }],
  ];
  for (const [line, request] of cases) {
    assertEquals(page.parseInput(line), request);
  }
  assertEquals(page.parseInput("/msg bob").type, "error");
});

Deno.test("mentions() finds nicknames that are words of their own", () => {
  assert(page.mentions("hello Anna!", "anna"));
  assert(page.mentions("李雷 hi", "李雷"));
  assert(page.mentions("annabel and anna", "anna"));
  assertEquals(page.mentions("annabel", "anna"), false);
  assertEquals(page.mentions("", "anna"), false);
});

Deno.test("initialOf() takes what a reader sees as one letter", () => {
  assertEquals(page.initialOf("anna"), "A");
  assertEquals(page.initialOf("👩‍👩‍👧x"), "👩‍👩‍👧");
  assertEquals(page.initialOf(""), "?");
});

Deno.test("retryDelay() doubles up to half a minute, and is never even", () => {
  const longest = (attempt: number) => page.retryDelay(attempt, 1);
  assertEquals([0, 1, 2, 6, 1000].map(longest), [
    500,
    1000,
    2000,
    30_000,
    30_000,
  ]);
  assertEquals(page.retryDelay(2, 0), 1000);
});

Deno.test("Conversation has its items in order, each once, and not too many", () => {
  const conversation = new page.Conversation("room", "lobby", "#lobby");
  const item = (id: number) => ({ key: `${id}`, epoch: "e", id, order: id });
  for (const id of [5, 3, 9, 3, 1, 9]) conversation.insert(item(id));
  assertEquals(conversation.items.map(({ id }: { id: number }) => id), [
    1,
    3,
    5,
    9,
  ]);
  for (let id = 10; id < 1500; id++) conversation.insert(item(id));
  assertEquals(conversation.items.length, 1000);
  assertEquals(conversation.itemKeys.size, 1000);
  assertEquals(conversation.items[0].id, 500);
  assertEquals(conversation.insert(item(2)), false);
  assertEquals(conversation.hasEarlier, false);
});

Deno.test("rowsOf() divides days, groups speakers and marks what is new", () => {
  const { store, lobby } = enterLobby();
  const day = Date.UTC(2026, 0, 10, 12);
  const at = (id: number, time: number, user = YOU) => ({
    ...said(id, "x", user),
    time,
  });
  store.receive(lobby, at(1, day - 86_400_000), false);
  store.receive(lobby, at(2, day), false);
  store.receive(lobby, at(3, day + 1000), false);
  store.receive(lobby, at(4, day + 2000, ME), false);
  store.receive(lobby, at(5, day + 600_000, ME), false);
  store.setWatching(false);
  store.receive(lobby, at(6, day + 600_001, ME), true);
  store.receive(lobby, at(7, day + 600_002), true);
  const rows: { type: string; isFirst?: boolean; text?: string }[] = page
    .rowsOf(lobby, day);
  assertEquals(
    rows.map(({ type, isFirst, text }) => text ?? (isFirst ? "first" : type)),
    [
      ...["Yesterday", "first", "Today", "first", "item", "first", "first"],
      ...["item", "marker", "first"],
    ],
  );
});

Deno.test("Connection waits longer each time, and shortly again after a success", () => {
  const system = new FakeSystem();
  const connection = new page.Connection(system, {
    onOpen: () => {},
    onMessage: () => {},
    onStatus: () => {},
  });
  connection.start();
  for (const delay of [500, 1000, 2000, 4000]) {
    const { length } = system.sockets;
    system.socket.lose();
    system.pass(delay - 1);
    assertEquals(system.sockets.length, length);
    system.pass(1);
    assertEquals(system.sockets.length, length + 1);
  }
  system.socket.accept();
  connection.confirm();
  system.socket.lose();
  assertEquals(connection.status.until - system.now(), 500);
  connection.retryNow();
  assertEquals(connection.status.name, "connecting");
});

Deno.test("Connection gives up one that does not open, or goes silent", () => {
  const system = new FakeSystem();
  const connection = new page.Connection(system, {
    onOpen: () => {},
    onMessage: () => {},
    onStatus: () => {},
  });
  connection.start();
  system.pass(15_000);
  assertEquals(connection.status.name, "waiting");
  system.pass(500);
  const { socket } = system;
  socket.accept();
  connection.confirm();
  system.pass(26_000);
  assertEquals(socket.took("ping").length, 1);
  socket.tell({ type: "pong" });
  system.pass(26_000);
  assertEquals(socket.took("ping").length, 1);
  assertEquals(connection.status.name, "online");
  system.pass(10_000);
  assertEquals(socket.readyState, 3);
  assertEquals(system.sockets.length, 3);
});

Deno.test("a session says again with the same ref what was not acknowledged", () => {
  const { system, commands, lobby } = enterLobby();
  commands.type(lobby, "one");
  commands.type(lobby, "two");
  const [one, two] = system.socket.took("say");
  system.socket.tell({ type: "ack", ref: one.ref, id: 20, time: 1 });
  const socket = comeAgain(system);
  assertEquals(socket.took("hello"), [
    {
      ...{ type: "hello", version: 1, nickname: "me", session: "secret" },
      ...{ epoch: "first", after: 20 },
    },
  ]);
  commands.type(lobby, "three");
  assertEquals(socket.took("say"), []);
  socket.tell(GREETING, { ...WELCOME, resumed: true });
  // The server had heard "two", and so tells of it.
  socket.tell(entered({ history: [said(21, "two", ME), said(22, "hi")] }));
  const again = socket.took("say");
  assertEquals(again.map(({ text }) => text), ["two", "three"]);
  assertEquals(again[0].ref, two.ref);
  socket.tell({ type: "ack", ref: two.ref, id: 21, time: 2 });
  socket.tell({ type: "ack", ref: again[1].ref, id: 23, time: 3 });
  assertEquals(texts(lobby), ["one", "two", "hi", "three"]);
  assertEquals(lobby.pending, []);
});

Deno.test("a session asks for all it missed again if it was lost while catching up", () => {
  const { system, store } = enterLobby();
  system.socket.tell(said(30, "a"));
  const second = comeAgain(system);
  assertEquals(second.took("hello")[0].after, 30);
  second.tell(GREETING, { ...WELCOME, resumed: true });
  second.tell(entered({ history: [said(40, "b")] }));
  assertEquals(store.lastId, 40);
  const third = comeAgain(system);
  assertEquals(third.took("hello")[0].after, 30);
  third.tell(GREETING, { ...WELCOME, resumed: true });
  third.tell(entered({ history: [said(40, "b")] }));
  third.tell({
    type: "private",
    id: 35,
    time: 1,
    user: YOU,
    to: ME,
    text: "psst",
  });
  third.tell({ type: "pong" });
  assertEquals(comeAgain(system).took("hello")[0].after, 40);
  assertEquals(texts(store.room("lobby")), ["a", "b"]);
  assertEquals(texts(store.openPrivate(YOU)), ["psst"]);
});

Deno.test("a new session sends what was never sent, and asks about the rest", () => {
  const { system, session, commands, lobby } = enterLobby();
  for (const text of ["heard", "perhaps"]) commands.type(lobby, text);
  system.socket.took("say");
  const socket = comeAgain(system);
  commands.type(lobby, "later");
  socket.tell(GREETING, {
    ...WELCOME,
    user: { id: 9, nickname: "me" },
    session: "b",
  });
  socket.tell(entered({ history: [said(50, "heard", ME)] }));
  assertEquals(socket.took("say").map(({ text }) => text), ["later"]);
  const states = lobby.pending.map((
    each: { text: string; state: string },
  ) => [each.text, each.state]);
  assertEquals(states, [["perhaps", "uncertain"], ["later", "sent"]]);
  assert(lobby.items[0].isOwn);
  session.outbox.sendAgain(lobby, lobby.pending[0]);
  assertEquals(socket.took("say").map(({ text }) => text), ["perhaps"]);
});

Deno.test("a new session goes into its rooms again", () => {
  const { system, session, commands, store } = enterLobby();
  session.join("cats");
  const [{ ref }] = system.socket.took("join");
  system.socket.tell(entered({ room: "cats" }), { type: "ack", ref, id: 3 });
  assertEquals(store.active, store.room("cats"));
  const socket = comeAgain(system);
  commands.type(store.room("cats"), "miaow");
  socket.tell(GREETING, WELCOME, entered());
  assertEquals(socket.took("join").map(({ room }) => room), ["cats"]);
  assertEquals(socket.took("say"), []);
  socket.tell(entered({ room: "cats" }));
  assertEquals(socket.took("say").map(({ text, room }) => [text, room]), [
    ["miaow", "cats"],
  ]);
});

Deno.test("a session asks for what lies between its last message and the first shown", () => {
  const { system, lobby } = enterLobby();
  system.socket.tell(said(10, "a"));
  const socket = comeAgain(system);
  socket.tell(GREETING, WELCOME);
  socket.tell(entered({ history: [said(90, "z")], complete: false }));
  assertEquals(socket.took("history"), [
    { type: "history", room: "lobby", before: 90, limit: 100 },
  ]);
  const messages = [said(50, "m"), said(60, "n")];
  socket.tell({ type: "history", room: "lobby", messages, complete: false });
  assertEquals(texts(lobby), [
    ...["a", "Some messages are missing here", "m", "n", "z"],
  ]);
});

Deno.test("a session forgets the numbers of a server that was started anew", () => {
  const { system, commands, store, lobby } = enterLobby();
  system.socket.tell(said(30, "old"));
  const socket = comeAgain(system);
  const you = { id: 7, nickname: "you" };
  socket.tell({ ...GREETING, epoch: "second" }, {
    ...WELCOME,
    user: { id: 1, nickname: "me" },
  });
  socket.tell(entered({ users: [] }), said(30, "new", you));
  assertEquals(texts(lobby), ["old", "The server was started anew", "new"]);
  assertEquals(lobby.items[2].isOwn, false);
  assertEquals(store.lastId, 30);
  assertEquals(
    commands.type(lobby, "x".repeat(5000)),
    "This is too long: 5000 of 4096 bytes.",
  );
});

Deno.test("a session sends no faster than the server allows", () => {
  const { system, commands, lobby } = enterLobby();
  const lines = Array.from({ length: 10 }, (_, at) => `line ${at}`);
  commands.type(lobby, lines.join("\n"));
  const counts: number[] = [];
  for (let at = 0; at < 8; at++) {
    counts.push(system.socket.took("say").length);
    system.pass(600);
  }
  assertEquals(counts, [4, 1, 1, 1, 1, 1, 1, 0]);
});

Deno.test("a session refuses more than it can keep", () => {
  const { commands, lobby } = enterLobby();
  assertEquals(commands.type(lobby, "x\n".repeat(64)), undefined);
  assertEquals(
    commands.type(lobby, "one more"),
    "Too much waits to be sent. Please try again in a moment.",
  );
});

Deno.test("a refused message stays, with the reason, and can be given up", () => {
  const { system, session, commands, lobby } = enterLobby();
  commands.type(lobby, "no");
  const [{ ref }] = system.socket.took("say");
  system.socket.tell({
    type: "error",
    code: "not-in-room",
    text: "Not here.",
    ref,
  });
  assertEquals(lobby.pending[0].error, "Not here.");
  session.outbox.discard(lobby, lobby.pending[0]);
  assertEquals(lobby.pending, []);
});

Deno.test("a private message is shown once, whether told or acknowledged first", () => {
  const { system, commands, store } = enterLobby();
  commands.type(store.room("lobby"), "/msg you hi\n/msg you hi");
  const sent = system.socket.took("msg");
  const conversation = store.active;
  assertEquals(conversation.name, "you");
  const echo = { type: "private", time: 1, user: ME, to: YOU, text: "hi" };
  system.socket.tell({ ...echo, id: 60 }, {
    type: "ack",
    ref: sent[0].ref,
    id: 60,
    time: 1,
  });
  system.socket.tell({ type: "ack", ref: sent[1].ref, id: 61, time: 1 }, {
    ...echo,
    id: 61,
  });
  assertEquals(texts(conversation), ["hi", "hi"]);
  assertEquals(conversation.pending, []);
});

Deno.test("a private conversation follows the other one's nickname", () => {
  const { system, store } = enterLobby();
  const message = {
    type: "private",
    id: 70,
    time: 1,
    user: YOU,
    to: ME,
    text: "a",
  };
  system.socket.tell(message);
  const user = { ...YOU, nickname: "tu" };
  system.socket.tell({
    type: "renamed",
    id: 71,
    time: 2,
    room: "lobby",
    user,
    previous: "you",
  });
  system.socket.tell({ ...message, id: 72, user, text: "b" });
  const [, conversation] = store.list();
  assertEquals(conversation.name, "tu");
  assertEquals(texts(conversation), ["a", "you is now called tu", "b"]);
  assertEquals(conversation.unread, 2);
  assertEquals(store.unread, 2);
});

Deno.test("a session is restored after a reload, with what was unread", () => {
  const { system, session, commands, store, lobby, saved } = enterLobby();
  system.socket.tell(said(10, "read"));
  commands.type(lobby, "on its way");
  store.setWatching(false);
  system.socket.tell(said(11, "unread"));
  session.save();
  const again = startSession(structuredClone(saved()));
  again.store.setWatching(false);
  assert(again.session.restore());
  const { socket } = again.system;
  socket.accept();
  assertEquals(socket.took("hello")[0].after, 0);
  socket.tell(GREETING, { ...WELCOME, resumed: true });
  socket.tell(entered({ history: [said(10, "read"), said(11, "unread")] }));
  assertEquals(again.store.unread, 1);
  assertEquals(socket.took("say").map(({ ref }) => ref), ["ref-1"]);
});

Deno.test("a session does not come back where it is not wanted", () => {
  for (const reason of ["kicked", "banned", "flooding", "replaced", "quit"]) {
    const { system, session, saved } = enterLobby();
    system.socket.tell({
      type: "goodbye",
      reason,
      text: "Goodbye: you know why.",
    });
    system.pass(60_000);
    assertEquals(system.sockets.length, 1, reason);
    assertEquals(session.connection.status, {
      name: "stopped",
      text: "Goodbye: you know why.",
    });
    assertEquals(startSession(saved()).session.restore(), false);
  }
  const { system } = enterLobby();
  system.socket.tell({ type: "goodbye", reason: "shutdown", text: "" });
  system.socket.lose();
  system.pass(60_000);
  assert(system.sockets.length > 1);
});

Deno.test("a session that was quit leaves nothing behind", () => {
  const { system, session, commands, store, lobby, saved } = enterLobby();
  system.socket.tell(said(10, "secret"));
  commands.type(lobby, "on its way");
  session.quit();
  assertEquals(system.socket.took("quit").length, 1);
  assertEquals(store.list(), []);
  assertEquals(startSession(saved()).session.restore(), false);
  assertEquals(JSON.stringify(saved()).includes("on its way"), false);
  session.enter("other");
  system.socket.accept();
  const [hello] = system.socket.took("hello");
  assertEquals([hello.nickname, hello.after], ["other", 0]);
  system.socket.tell(GREETING, { ...WELCOME, session: "b" }, entered());
  assertEquals(store.active.items, []);
});

Deno.test("a session without a nickname waits for the user, not at the server", () => {
  const { system, session, events } = startSession();
  session.enter("taken");
  system.socket.accept();
  system.socket.tell(
    GREETING,
    { type: "error", code: "nickname-taken", text: "It is taken." },
    { type: "nickname-request" },
  );
  assertEquals(events.at(-1), ["nickname", "It is taken."]);
  system.socket.lose();
  system.pass(60_000);
  assertEquals(system.sockets.length, 1);
  session.enter("free");
  system.socket.accept();
  assertEquals(system.socket.took("hello")[0].nickname, "free");
});

Deno.test("a session takes no notice of what is no message", () => {
  const { system, session, lobby } = enterLobby();
  for (
    const data of ["", "x", "null", "[]", "1", '{"type":1}', '{"type":"?"}']
  ) {
    system.socket.onmessage?.({ data });
  }
  assertEquals(session.isOnline, true);
  assertEquals(lobby.items, []);
});
