import { assert, assertEquals } from "@std/assert";
import type { Conversation } from "../../../../chat/page/state/store.js";
import {
  entered,
  GREETING,
  SYNC,
  welcome,
} from "../../client/_server_messages.ts";
import {
  comeAgain,
  enteredLobby,
  enterLobby,
  ME,
  RESUMED,
  said,
  startPage,
  WELCOME,
  YOU,
} from "../_page.ts";

function texts({ items }: Conversation) {
  return items.map(({ message }) => "text" in message ? message.text : "");
}

Deno.test("a session says again with the same ref what was not acknowledged", () => {
  const { system, commands, lobby } = enterLobby();
  commands.type(lobby, "one");
  commands.type(lobby, "two");
  const [one, two] = system.socket.took("say");
  system.socket.tell({ type: "ack", ref: one.ref, id: 20, time: 1 });
  const socket = comeAgain(system);
  assertEquals(socket.took("hello"), [
    {
      ...{ type: "hello", ref: "hello", version: 1, nickname: "me" },
      ...{ session: "secret", epoch: "e1", after: 20 },
    },
  ]);
  commands.type(lobby, "three");
  assertEquals(socket.took("say"), []);
  socket.tell(GREETING, RESUMED);
  // The server had heard "two", and so tells of it.
  socket.tell(enteredLobby([said(21, "two", ME), said(22, "hi")]), SYNC);
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
  second.tell(GREETING, RESUMED);
  second.tell(enteredLobby([said(40, "b")]));
  assertEquals(store.lastId, 40);
  const third = comeAgain(system);
  assertEquals(third.took("hello")[0].after, 30);
  third.tell(GREETING, RESUMED);
  third.tell(enteredLobby([said(40, "b")]));
  third.tell({
    type: "private",
    id: 35,
    time: 1,
    user: YOU,
    to: ME,
    text: "psst",
  });
  third.tell(SYNC);
  assertEquals(comeAgain(system).took("hello")[0].after, 40);
  assertEquals(texts(store.openRoom("lobby")), ["a", "b"]);
  assertEquals(texts(store.openPrivate(YOU)), ["psst"]);
});

Deno.test("a new session sends what was never sent, and asks about the rest", () => {
  const { system, session, commands, lobby } = enterLobby();
  for (const text of ["heard", "perhaps"]) commands.type(lobby, text);
  system.socket.took("say");
  const socket = comeAgain(system);
  commands.type(lobby, "later");
  socket.tell(GREETING, welcome(false, "b", { id: 9, nickname: "me" }));
  socket.tell(enteredLobby([said(50, "heard", ME)]), SYNC);
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
  system.socket.tell(entered("cats"), { type: "ack", ref, id: 3 });
  assertEquals(store.active, store.room("cats"));
  const socket = comeAgain(system);
  commands.type(store.openRoom("cats"), "miaow");
  socket.tell(GREETING, WELCOME, enteredLobby(), SYNC);
  const [again] = socket.took("join");
  assertEquals(again.room, "cats");
  assertEquals(socket.took("say"), []);
  socket.tell(entered("cats"), { type: "ack", ref: again.ref });
  assertEquals(socket.took("say").map(({ text, room }) => [text, room]), [
    ["miaow", "cats"],
  ]);
});

Deno.test("a session asks for what lies between its last message and the first shown", () => {
  const { system, lobby } = enterLobby();
  system.socket.tell(said(10, "a"));
  const socket = comeAgain(system);
  socket.tell(GREETING, WELCOME);
  socket.tell(enteredLobby([said(90, "z")], { complete: false }), SYNC);
  const [{ ref, before, limit }] = socket.took("history");
  assertEquals([before, limit], [90, 100]);
  const messages = [said(50, "m"), said(60, "n")];
  const answer = { type: "history", room: "lobby", messages, complete: false };
  socket.tell({ ...answer, ref });
  assertEquals(texts(lobby), ["a", "m", "n", "z"]);
  assertEquals([...lobby.gaps], [50]);
});

Deno.test("a session forgets the numbers of a server that was restarted", () => {
  const { system, commands, store, lobby } = enterLobby();
  system.socket.tell(said(30, "old"));
  const socket = comeAgain(system);
  const you = { id: 7, nickname: "you" };
  socket.tell(
    { ...GREETING, epoch: "second" },
    welcome(false, "secret", { id: 1, nickname: "me" }),
  );
  socket.tell(enteredLobby([], { users: [] }), said(30, "new", you));
  assertEquals(texts(lobby), ["old", "The server was restarted", "new"]);
  assertEquals(lobby.items[2].isOwn, false);
  assertEquals(store.lastId, 30);
  assertEquals(
    commands.type(lobby, "x".repeat(5000)),
    "This is too long: 5000 of 4096 bytes.",
  );
});

Deno.test("a session keeps nothing that names messages of a server that was restarted", () => {
  const { system, lobby } = enterLobby();
  system.socket.tell(said(30, "old"));
  const { id = 0, message } = lobby.items[0] ?? {};
  assert(message?.type === "said");
  lobby.mode = { type: "edit", id, message };
  lobby.gaps.add(30);
  comeAgain(system).tell({ ...GREETING, epoch: "e2" }, WELCOME);
  assertEquals([lobby.mode, lobby.gaps.size], [undefined, 0]);
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
  for (let n = 0; n < 2; n++) {
    commands.type(store.openRoom("lobby"), "/msg you hi");
  }
  const sent = system.socket.took("msg");
  const conversation = store.openPrivate({ nickname: "you" });
  assertEquals(store.active, conversation);
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
  const again = startPage(structuredClone(saved()));
  again.store.setWatching(false);
  assert(again.session.restore());
  const { socket } = again.system;
  socket.accept();
  assertEquals(socket.took("hello")[0].after, 0);
  socket.tell(GREETING, RESUMED);
  socket.tell(enteredLobby([said(10, "read"), said(11, "unread")]), SYNC);
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
    const text = reason === "quit"
      ? "You have left the chat."
      : "Goodbye: you know why.";
    assertEquals(session.status, { name: "stopped", text });
    assertEquals(startPage(saved()).session.restore(), false);
  }
  const { system } = enterLobby();
  system.socket.tell({ type: "goodbye", reason: "shutdown", text: "" });
  system.socket.lose();
  system.pass(60_000);
  assert(system.sockets.length > 1);
});

Deno.test("a session that was quit leaves nothing behind", () => {
  const { system, session, commands, store, lobby, saved, events } =
    enterLobby();
  system.socket.tell(said(10, "secret"));
  commands.type(lobby, "on its way");
  commands.type(lobby, "/quit");
  assertEquals(events.at(-2), ["nickname", undefined]);
  assertEquals(system.socket.took("quit").length, 1);
  assertEquals(store.list(), []);
  assertEquals(startPage(saved()).session.restore(), false);
  assertEquals(JSON.stringify(saved()).includes("on its way"), false);
  session.enter("other");
  system.socket.accept();
  const [hello] = system.socket.took("hello");
  assertEquals([hello.nickname, hello.after], ["other", undefined]);
  system.socket.tell(GREETING, welcome(false, "b", ME), enteredLobby());
  assertEquals(store.active?.items, []);
});

Deno.test("a session without a nickname waits for the user, not at the server", () => {
  const { system, session, events } = startPage();
  session.enter("taken");
  system.socket.accept();
  system.socket.tell(
    GREETING,
    { type: "error", code: "nickname-taken", text: "It is taken." },
    { type: "nickname-request" },
    SYNC,
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
    system.socket.tellText(data);
  }
  assertEquals(session.isOnline, true);
  assertEquals(lobby.items, []);
});

Deno.test("a session changes and deletes what was said", () => {
  const { system, commands, lobby } = enterLobby();
  assertEquals(
    commands.type(lobby, "/edit x"),
    "You have said nothing here that could be changed.",
  );
  commands.type(lobby, "tee");
  assertEquals(
    commands.type(lobby, "/edit tea"),
    "Your last message is still being sent.",
  );
  const [{ ref: first }] = system.socket.took("say");
  system.socket.tell({ type: "ack", ref: first, id: 10, time: 1 });
  system.socket.tell(said(11, "other"));
  commands.type(lobby, "/edit tea");
  const [edit] = system.socket.took("edit");
  assertEquals([edit.target, edit.text, edit.room], [10, "tea", "lobby"]);
  const place = { time: 1, room: "lobby", user: ME, target: 10 };
  system.socket.tell(
    { ...place, type: "edited", id: 12, text: "tea" },
    { type: "ack", ref: edit.ref, id: 12 },
  );
  assertEquals(texts(lobby), ["tea", "other"]);
  const edited = { ...said(11, "changed"), edited: 14 };
  comeAgain(system).tell(GREETING, RESUMED, enteredLobby([edited]), SYNC);
  assertEquals(texts(lobby), ["tea", "changed"]);
  system.socket.tell({ ...place, type: "edited", id: 15, text: "" });
  assertEquals(texts(lobby), ["", "changed"]);
  commands.type(lobby, "/delete");
  assertEquals(system.socket.took("edit"), []);
});

Deno.test("a session counts the people of a large room, and asks for more of them", () => {
  const { system, session, lobby } = enterLobby();
  const users = Array.from({ length: 100 }, (_, at) => ({
    ...{ id: at + 7, nickname: `user${at}`, enteredAt: 0 },
  }));
  comeAgain(system).tell(
    ...[GREETING, RESUMED, enteredLobby([], { users, online: 2000 }), SYNC],
  );
  assertEquals([lobby.users.size, lobby.online], [100, 2000]);
  system.socket.tell({ type: "online", room: "lobby", online: 2010 });
  assertEquals([lobby.users.size, lobby.online], [100, 2010]);
  const request = { type: "users", room: "lobby", skip: 100 } as const;
  session.inquire(request, (answer) => {
    if (answer.type === "users") lobby.addUsers(answer.users, answer.online);
  });
  const [{ ref }] = system.socket.took("users");
  const more = [{ id: 900, nickname: "late", enteredAt: 0 }];
  system.socket.tell({
    ...{ type: "users", room: "lobby", users: more, online: 2011, ref },
  });
  assertEquals([lobby.users.size, lobby.online], [101, 2011]);
  assertEquals(lobby.items, []);
  lobby.addUsers([], 2011);
  assertEquals(lobby.online, 101);
});

Deno.test("a session is an operator, and ignores users, until another one begins", () => {
  const { system, session, store, saved } = enterLobby();
  for (
    const request of [
      { type: "operator", token: "t" },
      { type: "ignore", nickname: "You" },
    ] as const
  ) {
    session.ask(request);
    const [{ ref }] = system.socket.took(request.type);
    system.socket.tell({ type: "ack", ref });
  }
  const rights = () => [store.isOperator, [...store.ignored]];
  assertEquals(rights(), [true, ["you"]]);
  assertEquals([saved()?.isOperator, saved()?.ignored], [true, ["you"]]);
  comeAgain(system).tell(GREETING, RESUMED, enteredLobby(), SYNC);
  assertEquals(rights(), [true, ["you"]]);
  comeAgain(system).tell(GREETING, WELCOME, enteredLobby(), SYNC);
  assertEquals(rights(), [false, []]);
  assertEquals([saved()?.isOperator, saved()?.ignored], [false, []]);
});
