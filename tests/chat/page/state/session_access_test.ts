import { assertEquals } from "@std/assert";
import {
  comeAgain,
  enteredLobby,
  enterLobby,
  RESUMED,
  said,
  startPage,
  WELCOME,
  YOU,
} from "../_page.ts";
import { GREETING, SYNC } from "../../client/_server_messages.ts";

const ME = { id: 7, nickname: "me" };

function refusal(code: string): object {
  return { type: "error", code, text: code, ref: "hello" };
}

/** Starts a page, whose server admits users by these methods. */
function meetGate(methods: string[], pass?: string) {
  const page = startPage();
  page.storage.pass = pass;
  page.session.enter("me");
  const { socket } = page.system;
  socket.accept();
  socket.tell(
    { type: "access-needed", methods },
    refusal("access-needed"),
    SYNC,
  );
  return { ...page, socket };
}

Deno.test("a session asks for the password, and sends it on each connection", () => {
  const { session, socket, events, system } = meetGate(["password"]);
  assertEquals(events.at(-1), ["access", ["password", undefined]]);
  socket.took("hello", "ping");
  session.admit("wrong");
  assertEquals(socket.took("hello")[0]?.password, "wrong");
  socket.tell(refusal("wrong-password"), SYNC);
  assertEquals(events.at(-1), ["access", ["password", "wrong-password"]]);
  session.admit("right");
  assertEquals(socket.took("hello")[0]?.password, "right");
  socket.tell(GREETING, WELCOME, enteredLobby(), SYNC);
  assertEquals(session.isOnline, true);
  assertEquals(comeAgain(system).took("hello")[0]?.password, "right");
});

Deno.test("a session keeps the pass that an invitation gave", () => {
  const { session, socket, events, storage, system } = meetGate([
    ...["password", "invitation"],
  ]);
  socket.took("hello");
  session.admit("https://chat.example/#invite=token");
  const [hello] = socket.took("hello");
  assertEquals([hello?.invite, hello?.password], [
    ...["https://chat.example/#invite=token", undefined],
  ]);
  socket.tell({ type: "pass", token: "pass" }, GREETING, WELCOME, SYNC);
  assertEquals(storage.pass, "pass");
  const again = comeAgain(system);
  assertEquals(again.took("hello")[0]?.invite, "pass");
  again.tell(
    { type: "access-needed", methods: ["password", "invitation"] },
    refusal("wrong-invitation"),
    SYNC,
  );
  assertEquals(storage.pass, undefined);
  assertEquals(events.at(-1)?.[0], "access");
});

Deno.test("a session that waits for the password does not come back by itself", () => {
  const { session, socket, system, saved } = meetGate(["password"]);
  const goodbye = { type: "goodbye", reason: "access-refused", text: "No." };
  socket.tell(goodbye);
  socket.lose();
  system.pass(100_000);
  assertEquals(system.sockets.length, 1);
  assertEquals(session.status.name, "stopped");
  session.admit("right");
  system.socket.accept();
  assertEquals(system.socket.took("hello")[0]?.password, "right");
  system.socket.tell(GREETING, WELCOME, enteredLobby(), SYNC);
  assertEquals(saved()?.token, "secret");
});

Deno.test("a session joins by the link of another device, once", () => {
  const saved = { ownKeys: [], seenId: 0, token: "old", nickname: "x" };
  const { session, system } = startPage(saved, { device: "d", link: "l" });
  assertEquals(session.restore(), true);
  system.socket.accept();
  const [hello] = system.socket.took("hello");
  assertEquals([hello?.link, hello?.device, hello?.session], [
    ...["l", "d", undefined],
  ]);
  system.socket.tell(GREETING, RESUMED, enteredLobby([said(5, "old")]), SYNC);
  assertEquals(session.nickname, "me");
  const [again] = comeAgain(system).took("hello");
  assertEquals([again?.link, again?.session, again?.device], [
    ...[undefined, "secret", "d"],
  ]);
});

Deno.test("a session tells that a link is not valid, and asks for a nickname", () => {
  const { session, system, events } = startPage(undefined, { link: "l" });
  session.restore();
  system.socket.accept();
  system.socket.tell(
    GREETING,
    refusal("wrong-link"),
    { type: "nickname-request" },
    SYNC,
  );
  // It says hello again without the link.
  assertEquals(system.socket.took("hello")[1]?.link, undefined);
  system.socket.tell({ type: "nickname-request" }, SYNC);
  assertEquals(events.at(-1), ["nickname", "wrong-link"]);
  session.enter("me");
  assertEquals(system.socket.took("nick").length, 1);
});

Deno.test("a session shows as its own what the user says on another device", () => {
  const { system, lobby, store } = enterLobby();
  const text = { type: "private", id: 12, time: 1, text: "psst", user: ME };
  system.socket.tell(said(11, "from the phone", ME), { ...text, to: YOU });
  assertEquals(lobby.items.map(({ isOwn }) => isOwn), [true]);
  assertEquals(store.openPrivate(YOU).items.map(({ isOwn }) => isOwn), [true]);
  assertEquals(store.unread, 0);
});

Deno.test("a session that goes on elsewhere stays there", () => {
  const { system, session, saved } = enterLobby();
  system.socket.tell({ type: "goodbye", reason: "replaced", text: "Moved." });
  system.socket.lose();
  system.pass(100_000);
  assertEquals([system.sockets.length, session.status.name], [1, "stopped"]);
  assertEquals(saved()?.nickname, "me");
});

Deno.test("a session that was ended on another device ends here", () => {
  const { system, saved, store, events } = enterLobby();
  system.socket.tell(said(11, "secret"));
  system.socket.tell({ type: "goodbye", reason: "quit", text: "Goodbye!" });
  assertEquals([store.list(), saved()?.token], [[], undefined]);
  assertEquals(events.slice(-2), [
    ["nickname", undefined],
    ["status", "stopped"],
  ]);
});

Deno.test("a session takes over that of another tab where its own is lost", () => {
  const { system, session, storage, events } = enterLobby();
  const again = comeAgain(system);
  // The server was restarted, and the other tab came first.
  const saved = storage.load();
  storage.save({ ...saved, ownKeys: [], seenId: 0, token: "new", epoch: "e2" });
  again.tell(
    { ...GREETING, epoch: "e2" },
    { ...refusal("nickname-taken"), subject: "me" },
    { type: "nickname-request" },
    SYNC,
  );
  assertEquals(events.filter(([type]) => type === "nickname"), []);
  system.socket.accept();
  assertEquals(system.socket.took("hello")[0]?.session, "new");
  assertEquals(session.isOnline, false);
});

Deno.test("a session comes back later where the server can't check the password now", () => {
  const { session, socket, system, events } = meetGate(["password"]);
  session.admit("right");
  socket.tell(GREETING, WELCOME, enteredLobby(), SYNC);
  const again = comeAgain(system);
  const { length } = events;
  again.tell(
    { type: "access-needed", methods: ["password"] },
    { ...refusal("too-many-guesses"), subject: "20" },
  );
  assertEquals(session.status.name, "waiting");
  system.pass(19_000);
  assertEquals(system.socket, again);
  system.pass(2_000);
  system.socket.accept();
  assertEquals(system.socket.took("hello")[0]?.password, "right");
  system.socket.tell(GREETING, RESUMED, enteredLobby(), SYNC);
  assertEquals(session.isOnline, true);
  const forms = events.slice(length).filter(([type]) => type === "access");
  assertEquals(forms, []);
});
