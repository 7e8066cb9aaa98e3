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
