import { assert, assertEquals, assertNotEquals } from "@std/assert";
import type { ChatMessage } from "../../../../chat/room/chat_message.ts";
import { RoomWorld } from "../_room_world.ts";

/** The texts of a history, or of private messages. */
function texts(messages: readonly ChatMessage[]): string[] {
  return messages.flatMap((message) => "text" in message ? [message.text] : []);
}

/** The highest id that a client has seen in these messages. */
function lastId(messages: readonly ChatMessage[]): number {
  const ids = messages.flatMap((message) =>
    "id" in message && message.id !== undefined ? [message.id] : []
  );
  return Math.max(0, ...ids);
}

Deno.test("A hello begins a session with its own token", () => {
  const world = new RoomWorld();
  const user = world.connect({ expectHello: true });
  assertEquals(user.types(), ["greeting"]);
  user.ask({ type: "hello", version: 1, nickname: "alice", ref: "r" });
  const [welcome, entered, ack] = user.read();
  assert(welcome.type === "welcome" && entered.type === "entered");
  assertEquals(welcome.resumed, false);
  assert((welcome.session ?? "").length >= 32);
  assertEquals(ack, { type: "ack", ref: "r", time: 1_000 });
  const [, other] = world.hello("bob");
  assertNotEquals(other, welcome.session);

  const lines = world.connect();
  lines.line("carol");
  assertEquals(lines.get("welcome").session, undefined);
});

Deno.test("A hello without a nickname asks for one, in JSON's order", () => {
  const world = new RoomWorld();
  const user = world.connect({ expectHello: true });
  user.read();
  user.ask({ type: "hello", version: 1 });
  assertEquals(user.types(), ["nickname-request"]);
  user.ask({ type: "nick", nickname: "a b", ref: "1" });
  const [refusal, request] = user.read();
  assert(refusal.type === "error" && request.type === "nickname-request");
  assertEquals([refusal.code, refusal.ref], ["nickname-space", "1"]);
  user.ask({ type: "nick", nickname: "alice" });
  assert(user.get("welcome").session !== undefined);
});

Deno.test("A hello after a greeting in lines is greeted again", () => {
  const world = new RoomWorld();
  const user = world.connect();
  assertEquals(user.types(), ["greeting", "nickname-request"]);
  user.ask({ type: "hello", version: 1, nickname: "alice" });
  assertEquals(user.types(), ["greeting", "welcome", "entered"]);
  user.ask({ type: "hello", version: 1 });
  assertEquals(user.error(), ["unexpected-hello", undefined]);
});

Deno.test("A hello of another version is refused", () => {
  const world = new RoomWorld();
  const user = world.connect({ expectHello: true });
  user.read();
  user.ask({ type: "hello", version: 2, nickname: "alice" });
  assertEquals(user.error(), ["unsupported-version", "2"]);
  user.ask({ type: "hello", version: 1, nickname: "alice" });
  assertEquals(user.types(), ["welcome", "entered"]);
});

Deno.test("A user who comes back in time is the same user, and gets the missed messages", () => {
  const world = new RoomWorld();
  const [alice, session] = world.hello("alice");
  const bob = world.enter("bob");
  alice.ask({ type: "join", room: "cats" });
  bob.line("/join cats", "heard");
  const seen = lastId(alice.read());
  bob.read();
  alice.leave("lost");
  assertEquals(bob.types(), ["left", "left"]);
  assertEquals(world.room.online, 1);
  bob.line("missed in cats", "/msg alice psst");
  bob.ask({ type: "say", text: "missed in lobby", room: "lobby" });
  bob.line("/list");
  assertEquals(texts(bob.read()), ["psst"]);

  world.now += 59_999;
  const back = world.resume(session, seen);
  const messages = back.read();
  assertEquals(messages.map(({ type }) => type), [
    ...["welcome", "entered", "entered", "private"],
  ]);
  const [welcome, lobby, cats, secret] = messages;
  assert(welcome.type === "welcome" && secret.type === "private");
  assert(lobby.type === "entered" && cats.type === "entered");
  assertEquals(welcome.user, { id: 1, nickname: "alice" });
  assertEquals([welcome.resumed, welcome.session], [true, session]);
  assertEquals([welcome.room, lobby.room, cats.room], [
    ...["cats", "lobby", "cats"],
  ]);
  assertEquals(texts(lobby.history), ["missed in lobby"]);
  assertEquals(texts(cats.history), ["missed in cats"]);
  assertEquals([lobby.complete, cats.complete], [true, true]);
  assertEquals(secret.text, "psst");
  assertEquals(world.room.user(back.id)?.id, 1);

  assertEquals(bob.types(), ["joined", "joined"]);
  bob.line("heard again");
  assertEquals(texts(back.read()), ["heard again"]);
  assertEquals(alice.read(), []);
});

Deno.test("A nickname stays taken until the session of a lost user ends", () => {
  const world = new RoomWorld({ sessionTimeout: 5_000 });
  const [alice, session] = world.hello("alice");
  alice.ask({ type: "join", room: "cats" });
  alice.leave("lost");
  const other = world.connect();
  other.line("Alice");
  assertEquals(other.error(), ["nickname-taken", "Alice"]);
  assertEquals(world.room.roomCount, 2);
  world.now += 4_999;
  other.line("alice");
  assertEquals(other.error()[0], "nickname-taken");
  world.now += 1;
  other.line("alice");
  assertEquals(other.get("welcome").user, { id: 2, nickname: "alice" });
  assertEquals(world.room.roomCount, 1);

  const late = world.resume(session, 0);
  assertEquals(late.types(), ["nickname-request"]);
});

/** Whether a nickname is free. */
function isFree(world: RoomWorld, nickname: string): boolean {
  const user = world.connect();
  user.line(nickname);
  const isNamed = user.types().includes("welcome");
  user.leave("quit");
  return isNamed;
}

Deno.test("Beyond a number of lost users of one address, the first is forgotten", () => {
  const world = new RoomWorld({ maxSessionsPerAddress: 2 });
  const users = ["one", "two", "one", "one"].map((addressKey, index) =>
    world.hello(`user${index}`, { addressKey })
  );
  users[0][0].ask({ type: "join", room: "cats" });
  for (const [user] of users.slice(0, 3)) user.leave("lost");
  assertEquals(isFree(world, "user0"), false);
  assertEquals(world.room.roomCount, 2);

  users[3][0].leave("closed");
  assertEquals(isFree(world, "user0"), true);
  assertEquals(world.room.roomCount, 1);
  assertEquals(world.resume(users[0][1], 0).types(), ["nickname-request"]);
  for (const [, session] of users.slice(1)) {
    assertEquals(world.resume(session, 0).get("welcome").resumed, true);
  }
});

Deno.test("Beyond a number of lost users in all, the first is forgotten", () => {
  const world = new RoomWorld({ maxSessions: 2 });
  const users = ["one", "two", "three", "four"].map((addressKey, index) =>
    world.hello(`user${index}`, { addressKey })
  );
  users[0][0].leave("lost");
  users[1][0].leave("lost");
  // A user who comes back, from another address, makes room.
  const back = world.resume(users[0][1], 0);
  users[2][0].leave("lost");
  assertEquals(isFree(world, "user1"), false);
  users[3][0].leave("slow");
  assertEquals(isFree(world, "user1"), true);
  back.leave("lost");
  assertEquals(isFree(world, "user2"), true);
  assertEquals(isFree(world, "user3"), false);
  assertEquals(isFree(world, "user0"), false);
});

Deno.test("A chat that keeps no sessions frees nicknames at once", () => {
  for (const options of [{ maxSessions: 0 }, { maxSessionsPerAddress: 0 }]) {
    const world = new RoomWorld(options);
    const other = world.enter("other");
    const [user] = world.hello("alice");
    other.read();
    user.leave("lost");
    assertEquals(other.types(), ["left"]);
    assertEquals(isFree(world, "alice"), true);
  }
});

Deno.test("Thousands of lost users take a bounded number of nicknames", () => {
  const world = new RoomWorld();
  const taken = (names: readonly string[]) =>
    names.filter((name) => !isFree(world, name)).length;
  const names = Array.from({ length: 2_500 }, (_, index) => `user-${index}-x`);
  for (const name of names.slice(0, 500)) {
    world.hello(name, { addressKey: "one" })[0].leave("lost");
  }
  assertEquals(taken(names), 64);
  const others = names.map((name) => `other-${name}`);
  for (const [index, name] of others.entries()) {
    world.hello(name, { addressKey: `${index}` })[0].leave("lost");
  }
  assertEquals(taken([...names, ...others]), 2_000);
});

Deno.test("A tick frees sessions that have ended", () => {
  const world = new RoomWorld();
  const [alice] = world.hello("alice");
  alice.ask({ type: "join", room: "cats" });
  alice.leave("closed");
  world.room.tick(world.now + 59_999);
  assertEquals(world.room.roomCount, 2);
  world.room.tick(world.now + 60_000);
  assertEquals(world.room.roomCount, 1);
});

Deno.test("Only a lost connection leaves the session open", () => {
  for (
    const [reason, resumed] of [
      ["lost", true],
      ["closed", true],
      ["slow", true],
      ["quit", false],
      ["line-too-long", false],
      ["flooding", false],
      ["kicked", false],
    ] as const
  ) {
    const world = new RoomWorld();
    const [alice, session] = world.hello("alice");
    alice.leave(reason);
    const back = world.resume(session, 0);
    assertEquals(back.types()[0] === "welcome", resumed, reason);
  }
});

Deno.test("A session resumes while the old connection still seems alive", () => {
  const world = new RoomWorld();
  const [old, session] = world.hello("alice");
  const bob = world.enter("bob");
  old.read();
  const back = world.resume(session, 0);
  assertEquals(old.read(), [
    { type: "goodbye", time: 1_000, reason: "replaced" },
  ]);
  assertEquals(back.types(), ["welcome", "entered"]);
  assertEquals(bob.read(), []);
  old.leave("lost");
  assertEquals(bob.read(), []);
  bob.line("hi");
  assertEquals(old.read(), []);
  assertEquals(texts(back.read()), ["hi"]);
  back.ask({ type: "say", text: "hi bob" });
  assertEquals(bob.get("said").user, { id: 1, nickname: "alice" });
  assertEquals([world.room.connected, world.room.online], [2, 2]);
});

Deno.test("A hello with an unknown session and a nickname begins a new session", () => {
  const world = new RoomWorld();
  const bob = world.enter("bob");
  bob.line("one", "two");
  const user = world.connect({ expectHello: true });
  user.read();
  user.ask({
    type: "hello",
    version: 1,
    session: "__proto__",
    nickname: "alice",
    epoch: "first",
    after: 2,
  });
  const messages = user.read();
  const [welcome, entered] = messages;
  assert(welcome.type === "welcome" && entered.type === "entered");
  assertEquals(welcome.resumed, false);
  // The ids are of the same epoch, so what was seen is not told again.
  assertEquals(texts(entered.history), ["two"]);
});

Deno.test("A last seen id of another epoch is ignored", () => {
  const world = new RoomWorld();
  const [alice, session] = world.hello("alice");
  alice.ask({ type: "say", text: "one" });
  alice.leave("lost");
  const back = world.connect({ expectHello: true });
  back.read();
  back.ask({ type: "hello", version: 1, session, epoch: "other", after: 999 });
  assertEquals(texts(back.get("entered").history), ["one"]);
});

Deno.test("A history with dropped messages is not complete", () => {
  const world = new RoomWorld();
  const [alice, session] = world.hello("alice");
  const bob = world.enter("bob");
  bob.line("seen");
  const seen = lastId(alice.read());
  alice.leave("lost");
  for (let count = 0; count < 100; count++) bob.line(`missed ${count}`);
  const first = world.resume(session, seen);
  const all = first.get("entered");
  assertEquals([all.history.length, all.complete], [100, true]);
  first.leave("lost");
  bob.line("one more");
  const second = world.resume(session, seen).get("entered");
  assertEquals([second.history.length, second.complete], [100, false]);
});

Deno.test("The last 100 private messages of a session are kept", () => {
  const world = new RoomWorld();
  const [alice, session] = world.hello("alice");
  const bob = world.enter("bob");
  alice.ask({ type: "msg", to: "bob", text: "sent" });
  alice.leave("lost");
  for (let count = 1; count <= 99; count++) {
    bob.line(`/msg alice note ${count}`);
  }
  const first = world.resume(session, 0);
  assertEquals(texts(first.read()).filter((text) => text !== ""), [
    "sent",
    ...Array.from({ length: 99 }, (_, index) => `note ${index + 1}`),
  ]);
  first.leave("lost");
  bob.line("/msg alice note 100");
  const second = world.resume(session, 0);
  assertEquals(texts(second.read())[0], "note 1");
});

Deno.test("A repeated request is carried out once", () => {
  const world = new RoomWorld();
  const [alice, session] = world.hello("alice");
  const bob = world.enter("bob");
  alice.read();
  alice.ask({ type: "say", text: "once", ref: "a" });
  const ack = alice.get("ack");
  const { id, time } = bob.get("said");
  assertEquals(ack, { type: "ack", ref: "a", id, time });
  alice.leave("lost");
  bob.read();

  world.now += 1_000;
  const back = world.resume(session, id);
  back.read();
  bob.read();
  for (const type of ["say", "me"] as const) {
    back.ask({ type, text: "once", ref: "a" });
    assertEquals(back.get("ack"), ack);
  }
  back.ask({ type: "msg", to: "bob", text: "p", ref: "b" });
  back.ask({ type: "msg", to: "bob", text: "p", ref: "b" });
  assertEquals(back.types(), ["private", "ack", "ack"]);
  assertEquals(bob.types(), ["private"]);
});

Deno.test("A session remembers its last 64 requests", () => {
  const world = new RoomWorld();
  const [alice] = world.hello("alice");
  const bob = world.enter("bob");
  for (let count = 0; count < 65; count++) {
    alice.ask({ type: "say", text: "hi", ref: `${count}` });
  }
  bob.read();
  alice.ask({ type: "say", text: "hi", ref: "1" });
  assertEquals(bob.types(), []);
  alice.ask({ type: "say", text: "hi", ref: "0" });
  assertEquals(bob.types(), ["said"]);
});

Deno.test("A failed request may be repeated with the same ref", () => {
  const world = new RoomWorld();
  const [alice] = world.hello("alice");
  alice.ask({ type: "say", text: "hi", room: "cats", ref: "1" });
  const { code, ref } = alice.get("error");
  assertEquals([code, ref], ["not-in-room", "1"]);
  alice.ask({ type: "join", room: "cats", ref: "2" });
  assertEquals(alice.types(), ["entered", "ack"]);
  alice.ask({ type: "say", text: "hi", room: "cats", ref: "1" });
  assertEquals(alice.get("ack").ref, "1");
});

Deno.test("An answer has the ref of its request", () => {
  const world = new RoomWorld();
  const [alice] = world.hello("alice");
  for (
    const [type, answer] of [
      ["ping", "pong"],
      ["rooms", "rooms"],
      ["users", "users"],
      ["history", "history"],
      ["help", "help"],
    ] as const
  ) {
    alice.ask({ type, ref: type });
    assertEquals(alice.get(answer).ref, type);
  }
  alice.ask({ type: "line", text: "l", ref: "line" });
  assertEquals(alice.get("users").ref, "line");
  alice.ask({ type: "line", text: "hi", ref: "line" });
  assertEquals(alice.get("ack").ref, "line");
  alice.ask({ type: "quit", ref: "q" });
  assertEquals(alice.types(), ["goodbye"]);
});

Deno.test("A ping is answered after all that a hello before it causes", () => {
  const world = new RoomWorld();
  const user = world.connect({ expectHello: true });
  user.read();
  user.ask({ type: "hello", version: 1, ref: "hello" });
  user.ask({ type: "ping", ref: "sync" });
  assertEquals(user.types(), ["nickname-request", "ack", "pong"]);
});

Deno.test("A session does not resume after a shutdown", () => {
  const world = new RoomWorld();
  const [alice, session] = world.hello("alice");
  alice.ask({ type: "join", room: "cats" });
  alice.leave("lost");
  world.deliver(world.room.shutdown(world.now));
  assertEquals(world.room.roomCount, 1);
  assertEquals(world.resume(session, 0).types(), ["nickname-request"]);
});
