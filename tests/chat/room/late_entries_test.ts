import { assert, assertEquals } from "@std/assert";
import { openSqliteStore } from "../../../chat/store/sqlite_store.ts";
import { assertSame, both, catchUp } from "./_replica_servers.ts";
import { RoomWorld } from "./_room_world.ts";

Deno.test("What was said in a locked room is not told in another room of its name", () => {
  const [servers, east, west] = both({ sessionTimeout: 1_000 });
  const [alice] = east.enter("alice");
  east.ask(alice, { type: "join", room: "plan" });
  catchUp(east, west);
  east.ask(alice, { type: "lock", room: "plan" });
  catchUp(east, west);
  // East is cut off: its users are away at last, and the room is closed.
  const { length } = servers.entries;
  east.ask(alice, { type: "say", text: "SECRET", room: "plan" });
  const [late] = servers.entries.splice(length, 1);
  west.replica.bury("east", servers.now);
  west.catchUp();
  servers.now += 10_000;
  west.tick();
  west.catchUp();
  const [mallory] = west.enter("mallory");
  west.ask(mallory, { type: "join", room: "plan" });
  west.catchUp();
  west.read(mallory);
  servers.entries.push(late);
  west.catchUp();
  assertEquals(west.types(mallory), []);
  west.ask(mallory, { type: "history", room: "plan" });
  const [history] = west.read(mallory);
  assert(history.type === "history");
  assertEquals(history.messages, []);
});

Deno.test("A request that comes late is dropped if one before it was", () => {
  const [servers, east, west] = both();
  const [first, session] = east.enter("alice");
  const [bob] = west.enter("bob");
  catchUp(east, west);
  west.read(bob);
  const texts = ["1", "2", "3"].map((ref) =>
    ({ type: "say", text: ref, ref }) as const
  );
  // The server of the first connection is cut off with what was asked there.
  const { length } = servers.entries;
  for (const text of texts) east.ask(first, text);
  const [one, two, three] = servers.entries.splice(length);
  servers.entries.push(one);
  catchUp(east, west);
  const resume = { type: "hello", version: 1, session } as const;
  const second = west.connect();
  west.ask(second, resume);
  catchUp(east, west);
  servers.entries.push(two);
  catchUp(east, west);
  west.leave(second, "lost");
  catchUp(east, west);
  servers.entries.push(three);
  catchUp(east, west);
  const third = west.connect();
  west.ask(third, resume);
  catchUp(east, west);
  for (const text of texts) west.ask(third, text);
  catchUp(east, west);
  const said = west.read(bob).flatMap((message) =>
    message.type === "said" ? [message.text] : []
  );
  assertEquals(said, ["1", "2", "3"]);
  assertSame(east, west);
});

Deno.test("What a server stored counts after its users were declared away, also after a restart", () => {
  const [servers, east, west] = both();
  const [alice] = east.enter("alice");
  const [bob] = west.enter("bob");
  catchUp(east, west);
  west.read(bob);
  const { length } = servers.entries;
  east.ask(alice, { type: "say", text: "late", ref: "1" });
  const late = servers.entries.splice(length);
  west.replica.bury("east", servers.now);
  catchUp(east, west);
  const south = servers.start("south");
  south.restore(west);
  servers.entries.push(...late);
  catchUp(east, west, south);
  assertEquals(west.types(bob), ["left", "said"]);
  assertSame(east, west, south);
});

Deno.test("A server that recalls what is older than its state leaves out what did not count", () => {
  const [servers, east, west] = both();
  const [alice, session] = east.enter("alice");
  const [bob] = west.enter("bob");
  catchUp(east, west);
  east.ask(alice, { type: "say", text: "first", ref: "1" });
  catchUp(east, west);
  // East is cut off with what alice asks for, and she goes on over west.
  const { length } = servers.entries;
  east.ask(alice, { type: "edit", text: "LATE" });
  east.ask(alice, { type: "say", text: "second", ref: "2" });
  east.ask(alice, { type: "msg", to: "bob", text: "third", ref: "3" });
  const late = servers.entries.splice(length);
  const again = west.connect();
  west.ask(again, { type: "hello", version: 1, session });
  catchUp(east, west);
  servers.entries.push(...late);
  catchUp(east, west);
  west.ask(again, { type: "say", text: "second", ref: "2" });
  west.ask(again, { type: "msg", to: "bob", text: "third", ref: "3" });
  catchUp(east, west);
  const privates = west.read(bob).filter(({ type }) => type === "private");
  assertEquals(privates.length, 1);
  // South has nothing but the state and the log.
  const south = servers.start("south");
  south.restore(west);
  for (const [index, { entry }] of servers.entries.entries()) {
    south.replica.recall(entry, index + 1);
  }
  const histories = [west, south].map((server) => {
    const id = server.connect();
    const nickname = `${server.origin}erner`;
    server.ask(id, { type: "hello", version: 1, nickname });
    server.catchUp();
    const entered = server.read(id).find(({ type }) => type === "entered");
    assert(entered?.type === "entered");
    return entered.history;
  });
  assertEquals(histories[0].map(({ text }) => text), ["first", "second"]);
  assertEquals(histories[1], histories[0]);
});

Deno.test("What was said in a room that was closed is told in one that its author entered since", () => {
  for (const isLocked of [false, true]) {
    const [, east, west] = both();
    const [alice, session] = east.enter("alice");
    const [bob] = west.enter("bob");
    catchUp(east, west);
    east.ask(alice, { type: "join", room: "tea" });
    if (isLocked) {
      catchUp(east, west);
      east.ask(alice, { type: "lock", room: "tea" });
    }
    const phone = west.connect();
    west.ask(phone, { type: "hello", version: 1, session, device: "phone" });
    catchUp(east, west);
    // East does not know yet that the room was closed.
    west.ask(phone, { type: "leave", room: "tea" });
    west.catchUp();
    west.ask(bob, { type: "join", room: "tea" });
    west.catchUp();
    east.ask(alice, { type: "join", room: "tea" });
    east.ask(alice, { type: "say", text: "hello", room: "tea", ref: "1" });
    west.read(bob);
    catchUp(east, west);
    const types = isLocked ? ["joined"] : ["joined", "said"];
    assertEquals(west.types(bob), types);
    assertSame(east, west);
  }
});

Deno.test("A restored state knows the last server of a user who had several devices", () => {
  const [servers, east, west] = both();
  const [, session] = east.enter("alice");
  const phone = west.connect();
  west.catchUp();
  west.ask(phone, { type: "hello", version: 1, session, device: "phone" });
  catchUp(east, west);
  west.leave(phone, "lost");
  catchUp(east, west);
  const south = servers.start("south");
  south.restore(west);
  assertSame(east, west, south);
});

Deno.test("An invitation that comes after the lock of a room counts only of its owner", () => {
  const [, east, west] = both();
  const [alice] = east.enter("alice");
  const [bob] = west.enter("bob");
  const [eve] = west.enter("eve");
  catchUp(east, west);
  east.ask(alice, { type: "join", room: "plan" });
  catchUp(east, west);
  west.ask(bob, { type: "join", room: "plan" });
  catchUp(east, west);
  east.ask(alice, { type: "lock", room: "plan" });
  west.ask(bob, { type: "invite", nickname: "eve", room: "plan" });
  catchUp(east, west);
  const last = west.read(bob).at(-1);
  assert(last?.type === "error" && last.code === "owner-needed");
  west.read(eve);
  west.ask(eve, { type: "join", room: "plan" });
  catchUp(east, west);
  const [error] = west.read(eve);
  assert(error.type === "error" && error.code === "room-locked");
  assertSame(east, west);
});

Deno.test("A user is in at most 10 rooms, whatever all devices ask for at once", () => {
  const [, east, west] = both();
  const [first, session] = east.enter("alice");
  west.catchUp();
  const second = west.connect();
  west.ask(second, { type: "hello", version: 1, session, device: "2" });
  catchUp(east, west);
  for (let room = 0; room < 8; room++) {
    east.ask(first, { type: "join", room: `east${room}` });
    west.ask(second, { type: "join", room: `west${room}` });
  }
  catchUp(east, west);
  east.read(first);
  east.ask(first, { type: "rooms" });
  const [rooms] = east.read(first);
  assert(rooms.type === "rooms");
  assertEquals(rooms.rooms.length, 10);
  assertSame(east, west);
});

Deno.test("Who ignores a user gets no changed messages either", () => {
  const world = new RoomWorld();
  const alice = world.enter("alice");
  const [bob] = world.hello("bob");
  const carol = world.enter("carol");
  alice.line("/ignore bob");
  alice.read();
  bob.ask({ type: "say", text: "hello", ref: "1" });
  bob.line("/edit ABUSE");
  assertEquals(alice.types(), []);
  assertEquals(carol.types(), ["said", "edited"]);
  bob.read();
  bob.ask({ type: "hello", version: 1, device: "x" });
  const lines = world.connect({ expectHello: true });
  lines.read();
  lines.ask({ type: "hello", version: 1, device: "x".repeat(65) });
  assertEquals(lines.error(), ["invalid-member", "device"]);
});

Deno.test({
  name: "A locked room is forgotten by a server that was killed",
  ignore: Deno.permissions.querySync({ name: "write" }).state !== "granted",
  async fn() {
    const folder = await Deno.makeTempDir();
    try {
      {
        using store = await openSqliteStore(`${folder}/chat.db`);
        const world = new RoomWorld({ store });
        const [alice] = world.hello("alice");
        alice.line("/join plan", "/lock", "SECRET", "/join tea", "milk");
      }
      using store = await openSqliteStore(`${folder}/chat.db`);
      assertEquals(store.lockedRooms, ["plan"]);
      const world = new RoomWorld({ store });
      const [bob] = world.hello("bob");
      for (const [room, ...texts] of [["plan"], ["tea", "milk"]]) {
        bob.read();
        bob.ask({ type: "join", room });
        const { history } = bob.get("entered");
        assertEquals(history.map(({ text }) => text), texts);
      }
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});

Deno.test("A change of a private message reaches both users, on whatever servers", () => {
  const [servers, east, west] = both();
  const [alice, session] = east.enter("alice");
  const [bob] = west.enter("bob");
  const [eve] = west.enter("eve");
  catchUp(east, west);
  east.ask(alice, { type: "msg", to: "bob", text: "helo", ref: "1" });
  catchUp(east, west);
  const target = servers.entries.length;
  const phone = west.connect();
  west.ask(phone, { type: "hello", version: 1, session, device: "phone" });
  catchUp(east, west);
  for (const id of [bob, eve, phone]) west.read(id);
  east.read(alice);
  // The other server has the message too, and decides.
  west.ask(phone, { type: "edit", target, text: "hello", ref: "2" });
  catchUp(east, west);
  const [edited] = west.read(bob);
  assert(edited.type === "private-edited");
  assertEquals([edited.target, edited.text], [target, "hello"]);
  assertEquals(east.read(alice), [edited]);
  assertEquals(west.types(phone), ["private-edited", "ack"]);
  assertEquals(west.types(eve), []);
  // It counts though its author has left, or it comes again from the log.
  const { length } = servers.entries;
  east.ask(alice, { type: "edit", target, text: "" });
  const [late] = servers.entries.splice(length, 1);
  west.ask(phone, { type: "quit" });
  catchUp(east, west);
  west.read(bob);
  servers.entries.push(late);
  catchUp(east, west);
  assertEquals(west.types(bob), ["private-edited"]);
  assertSame(east, west);
});

Deno.test("A server that begins later has private messages with their changes", () => {
  const [servers, east, west] = both();
  const [alice] = east.enter("alice");
  const [bob, session] = east.enter("bob");
  east.ask(alice, { type: "msg", to: "bob", text: "helo" });
  east.catchUp();
  const target = servers.entries.length;
  east.ask(alice, { type: "edit", target, text: "hello" });
  east.catchUp();
  west.replica.restore(
    JSON.parse(JSON.stringify(east.replica.save())),
    servers.now,
  );
  for (const [index, { entry }] of servers.entries.entries()) {
    west.replica.recall(entry, index + 1);
  }
  west.position = servers.entries.length;
  east.leave(bob, "lost");
  catchUp(east, west);
  const back = west.connect();
  west.ask(back, { type: "hello", version: 1, session, after: 0 });
  catchUp(east, west);
  const [secret, ...others] = west.read(back).filter(({ type }) =>
    type.startsWith("private")
  );
  assert(secret.type === "private" && secret.edited !== undefined);
  assertEquals([secret.text, others.length], ["hello", 0]);
});

Deno.test("A change of a private message that did not count is not recalled", () => {
  const [servers, east, west] = both();
  const [alice, key] = east.enter("alice");
  const [bob, session] = west.enter("bob");
  catchUp(east, west);
  east.ask(alice, { type: "msg", to: "bob", text: "hello" });
  catchUp(east, west);
  // East is cut off with what alice asks for, and she goes on over west.
  const { length } = servers.entries;
  east.ask(alice, { type: "edit", target: length, text: "LATE" });
  const late = servers.entries.splice(length);
  west.ask(west.connect(), { type: "hello", version: 1, session: key });
  catchUp(east, west);
  west.read(bob);
  servers.entries.push(...late);
  catchUp(east, west);
  assertEquals(west.types(bob), []);
  const south = servers.start("south");
  south.restore(west);
  for (const [index, { entry }] of servers.entries.entries()) {
    south.replica.recall(entry, index + 1);
  }
  const back = south.connect();
  south.ask(back, { type: "hello", version: 1, session, after: 0 });
  catchUp(east, west, south);
  const texts = south.read(back).flatMap((message) =>
    message.type === "private" ? [message.text] : []
  );
  assertEquals(texts, ["hello"]);
});
