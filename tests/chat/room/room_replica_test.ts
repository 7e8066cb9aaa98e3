import { assert, assertEquals, assertNotEquals } from "@std/assert";

import { assertSame, both, catchUp, Servers } from "./_replica_servers.ts";

Deno.test("What is said on one server reaches the other one in the same order", () => {
  const [, east, west] = both();
  const [alice] = east.enter("alice");
  const [bob] = west.enter("bob");
  catchUp(east, west);
  east.read(alice);
  east.ask(alice, { type: "say", text: "one", ref: "1" });
  west.ask(bob, { type: "say", text: "two", ref: "1" });
  assertEquals([east.read(alice), west.read(bob)], [[], []]);
  assert(east.replica.isWaiting(alice));
  catchUp(east, west);
  assert(!east.replica.isWaiting(alice));
  const [ack, two] = east.read(alice);
  const [one, other] = west.read(bob);
  assertEquals([ack, other].map(({ type }) => type), ["ack", "ack"]);
  assert(one.type === "said" && two.type === "said");
  assertEquals([one.text, two.text], ["one", "two"]);
  assert("id" in ack && "id" in other && one.id === ack.id);
  assertEquals(two.id, other.id);
  assert(one.id < two.id);
  assertSame(east, west);
});

Deno.test("Of two users who want the same nickname at once, the first in the log has it", () => {
  const [, east, west] = both();
  const alice = east.connect();
  const other = west.connect();
  for (const [server, id] of [[east, alice], [west, other]] as const) {
    server.read(id);
    server.ask(id, { type: "hello", version: 1, nickname: "alice", ref: "h" });
  }
  catchUp(east, west);
  assertEquals(east.types(alice), ["welcome", "entered", "ack"]);
  const [error, request] = west.read(other);
  assert(error.type === "error" && error.code === "nickname-taken");
  assertEquals([error.ref, request.type], ["h", "nickname-request"]);
  west.ask(other, { type: "nick", nickname: "bob" });
  catchUp(east, west);
  assertEquals(west.types(other), ["welcome", "entered"]);
  assertEquals(east.types(alice), ["joined"]);
  assertEquals([east.replica.online, west.replica.online], [2, 2]);
  assertSame(east, west);
});

Deno.test("A session goes on over another server, and the old connection ends", () => {
  const [, east, west] = both();
  const [alice, session] = east.enter("alice");
  const [bob] = west.enter("bob");
  catchUp(east, west);
  east.read(alice);
  west.ask(bob, { type: "say", text: "missed" });
  west.ask(bob, { type: "msg", to: "alice", text: "psst" });
  west.catchUp();
  west.read(bob);

  const back = west.connect();
  west.read(back);
  const hello = { type: "hello", version: 1, session } as const;
  west.ask(back, { ...hello, epoch: "first", after: 1 });
  catchUp(east, west);
  const [welcome, entered, secret] = west.read(back);
  assert(welcome.type === "welcome" && welcome.resumed);
  assertEquals(welcome.session, session);
  assert(entered.type === "entered" && secret.type === "private");
  assertEquals(entered.history.map(({ text }) => text), ["missed"]);
  const last = east.read(alice).at(-1);
  assert(last?.type === "goodbye" && last.reason === "replaced");
  assertEquals(west.types(bob), []);
  // The end of the old connection is not that of the user.
  east.leave(alice, "lost");
  catchUp(east, west);
  assertEquals([east.replica.online, west.replica.online], [2, 2]);
  assertSame(east, west);
});

Deno.test("A request that is repeated over another server is carried out once", () => {
  const [, east, west] = both();
  const [alice, session] = east.enter("alice");
  const [bob] = west.enter("bob");
  catchUp(east, west);
  west.read(bob);
  const say = { type: "say", text: "once", ref: "r" } as const;
  east.ask(alice, say);
  // Before the other server knows of it, as the first server may be dead.
  const back = west.connect();
  west.ask(back, { type: "hello", version: 1, session });
  catchUp(west);
  west.read(back);
  west.ask(back, say);
  catchUp(east, west);
  assertEquals(west.types(back), ["ack"]);
  const texts = west.read(bob).flatMap((message) =>
    message.type === "said" ? [message.text] : []
  );
  assertEquals(texts, ["once"]);
  assertSame(east, west);
});

Deno.test("A ban holds on all servers, and each disconnects its own users", () => {
  const [servers, east, west] = both({ operatorToken: "open sesame" });
  const [alice] = east.enter("alice", "192.0.2.1");
  const [mallory] = west.enter("mallory", "192.0.2.9");
  const [twin] = east.enter("twin", "192.0.2.9");
  const unnamed = west.connect("192.0.2.9:7", "192.0.2.9");
  catchUp(east, west);
  east.ask(alice, { type: "operator", token: "open sesame" });
  catchUp(east, west);
  for (const [server, id] of [[east, alice], [west, mallory]] as const) {
    server.read(id);
  }
  const ban = { type: "ban", nickname: "mallory", minutes: 10 } as const;
  east.ask(alice, ban);
  catchUp(east, west);
  for (
    const [server, id] of [[west, mallory], [west, unnamed], [
      east,
      twin,
    ]] as const
  ) {
    const last = server.read(id).at(-1);
    assert(last?.type === "goodbye" && last.reason === "banned");
  }
  // The departures are entries of their own.
  catchUp(east, west);
  assertEquals(east.types(alice), ["left", "notice", "left"]);
  for (const { replica } of [east, west]) {
    assertEquals(replica.bannedUntil("192.0.2.9", 1_000), 601_000);
    assertEquals(replica.online, 1);
  }
  assertSame(east, west);
  servers.now += 600_001;
  east.tick();
  assertSame(east, west);
});

Deno.test("A kick disconnects a user of another server and ends the session", () => {
  const [, east, west] = both({ operatorToken: "open sesame" });
  const [alice] = east.enter("alice");
  const [bob, session] = west.enter("bob");
  catchUp(east, west);
  east.ask(alice, { type: "operator", token: "open sesame" });
  east.catchUp();
  east.ask(alice, { type: "kick", nickname: "bob", reason: "spam" });
  catchUp(east, west);
  const last = west.read(bob).at(-1);
  assert(last?.type === "goodbye" && last.note === "spam");
  const back = west.connect();
  west.read(back);
  west.ask(back, { type: "hello", version: 1, session });
  catchUp(east, west);
  assertEquals(west.types(back), ["nickname-request"]);
  assertSame(east, west);
});

Deno.test("The users of a dead server are away, and may come back over another", () => {
  const [servers, east, west] = both({ sessionTimeout: 5_000 });
  const [, session] = east.enter("alice");
  const [bob] = west.enter("bob");
  west.catchUp();
  assertEquals(west.replica.servers, ["east", "west"]);
  west.replica.bury("east", servers.now);
  west.catchUp();
  const left = west.read(bob).at(-1);
  assert(left?.type === "left" && left.reason === "lost");
  assertEquals(west.replica.servers, ["west"]);
  const back = west.connect();
  west.read(back);
  west.ask(back, { type: "hello", version: 1, session });
  west.catchUp();
  assertEquals(west.types(back), ["welcome", "entered"]);
  assertEquals(west.types(bob), ["joined"]);
});

Deno.test("The session of a dead server's user is ended by another server", () => {
  const [servers, east, west] = both({ sessionTimeout: 5_000 });
  east.enter("alice");
  west.catchUp();
  west.replica.bury("east", servers.now);
  west.catchUp();
  servers.now += 5_000;
  west.tick();
  west.catchUp();
  const other = west.connect();
  west.ask(other, { type: "hello", version: 1, nickname: "alice" });
  west.catchUp();
  assert(west.types(other).includes("nickname-request"));
  servers.now += 5_000;
  west.tick();
  west.tick();
  west.catchUp();
  const expired = servers.entries.filter(({ entry }) =>
    entry.type === "expire"
  );
  assertEquals(expired.length, 1);
  west.read(other);
  west.ask(other, { type: "nick", nickname: "alice" });
  west.catchUp();
  assert(west.types(other).includes("welcome"));
});

Deno.test("A user who is gone before the entry is applied does not stay", () => {
  const [, east, west] = both();
  const alice = east.connect();
  east.ask(alice, { type: "hello", version: 1, nickname: "alice" });
  east.leave(alice, "quit");
  catchUp(east, west);
  assertEquals([east.replica.online, west.replica.online], [0, 0]);
  assertSame(east, west);
});

Deno.test("A log that is full refuses requests, but no departures", () => {
  const [servers, east, west] = both();
  const [alice] = east.enter("alice");
  east.isFull = true;
  east.ask(alice, { type: "say", text: "hello", ref: "r" });
  const [error] = east.read(alice);
  assert(error.type === "error" && error.code === "unavailable");
  assertEquals(error.ref, "r");
  assert(!east.replica.isWaiting(alice));
  const bob = east.connect();
  east.ask(bob, { type: "hello", version: 1, nickname: "bob" });
  const goodbye = east.read(bob).at(-1);
  assert(goodbye?.type === "goodbye" && goodbye.reason === "full");
  const { length } = servers.entries;
  east.leave(alice, "quit");
  assertEquals(servers.entries.length, length + 1);
  catchUp(east, west);
  assertEquals(west.replica.online, 0);
});

Deno.test("A saved state is restored with everything but the histories", () => {
  const [servers, east, west] = both({ operatorToken: "open sesame" });
  const [alice, session] = east.enter("alice", "192.0.2.1");
  const [bob] = east.enter("bob", "192.0.2.2");
  const [carol, lost] = west.enter("carol", "192.0.2.3");
  catchUp(east, west);
  east.ask(alice, { type: "operator", token: "open sesame" });
  east.ask(alice, { type: "join", room: "Cats" });
  catchUp(east, west);
  east.ask(alice, { type: "topic", text: "Tea", room: "cats" });
  east.ask(alice, { type: "ban", nickname: "bob", minutes: 1 });
  const say = { type: "say", text: "hi", ref: "once" } as const;
  east.ask(alice, say);
  west.leave(carol, "lost");
  catchUp(east, west);
  catchUp(east, west);
  assertEquals(east.types(bob).at(-1), "goodbye");
  assertSame(east, west);

  const north = servers.start("north");
  const saved = JSON.parse(JSON.stringify(east.replica.save()));
  north.replica.restore(saved, servers.now);
  north.position = east.position;
  assertSame(east, north);
  assertEquals(north.replica.bannedUntil("192.0.2.2", servers.now), 61_000);
  for (const secret of [session, lost]) {
    const back = north.connect();
    north.read(back);
    north.ask(back, { type: "hello", version: 1, session: secret });
    catchUp(north, east, west);
    const [welcome, entered] = north.read(back);
    assert(welcome.type === "welcome" && welcome.resumed);
    assert(entered.type === "entered");
    if (secret !== session) continue;
    assertEquals(welcome.room, "cats");
    north.ask(back, say);
    assertEquals(north.types(back), ["ack"]);
    north.ask(back, { type: "topic", room: "cats" });
    const [rooms] = north.read(back);
    assert(rooms.type === "rooms");
    assertEquals(rooms.rooms[0].topic, "Tea");
  }
  catchUp(north, east, west);
  assertSame(east, west, north);
  assertNotEquals(north.replica.save(), saved);
});

Deno.test("A user with several devices is in a room once, and all devices get all", () => {
  const [, east, west] = both();
  const [phone, session] = ((): readonly [number, string] => {
    const id = east.connect();
    const hello = { type: "hello", version: 1, device: "phone" } as const;
    east.ask(id, { ...hello, nickname: "alice" });
    east.catchUp();
    const [, welcome] = east.read(id);
    assert(welcome.type === "welcome" && welcome.session !== undefined);
    return [id, welcome.session];
  })();
  const [bob] = west.enter("bob");
  catchUp(east, west);
  east.read(phone);
  const desk = west.connect();
  west.read(desk);
  const hello = { type: "hello", version: 1, session } as const;
  west.ask(desk, { ...hello, device: "desk" });
  catchUp(east, west);
  assertEquals(west.types(desk), ["welcome", "entered"]);
  assertEquals(east.types(phone), []);
  assertEquals(west.types(bob), []);
  assertEquals(east.replica.online, 2);

  west.ask(desk, { type: "say", text: "from the desk", ref: "1" });
  catchUp(east, west);
  assertEquals(west.types(desk), ["ack"]);
  assertEquals(east.types(phone), ["said"]);
  assertEquals(west.types(bob), ["said"]);
  west.ask(bob, { type: "msg", to: "alice", text: "psst" });
  east.ask(phone, { type: "join", room: "cats" });
  catchUp(east, west);
  assertEquals(west.types(bob), ["private"]);
  assertEquals(east.types(phone), ["private", "entered"]);
  assertEquals(west.types(desk), ["private", "entered"]);
  east.ask(phone, { type: "leave", room: "cats" });
  catchUp(east, west);
  assertEquals(west.types(desk), ["exited"]);
  east.read(phone);

  // The same device again takes the place of its own connection alone.
  const again = east.connect();
  east.read(again);
  east.ask(again, { ...hello, device: "phone" });
  catchUp(east, west);
  assertEquals(east.types(phone), ["goodbye"]);
  assertEquals(west.types(desk), []);
  assertSame(east, west);

  // The user is there as long as one device is.
  east.leave(again, "lost");
  catchUp(east, west);
  assertEquals(west.types(bob), []);
  assertEquals(west.replica.online, 2);
  west.leave(desk, "lost");
  catchUp(east, west);
  assertEquals(west.types(bob), ["left"]);
  assertEquals(west.replica.online, 1);
  assertSame(east, west);
});

Deno.test("A quit ends the connections of all devices", () => {
  const [, east, west] = both();
  const [alice, session] = east.enter("alice");
  const other = west.connect();
  const hello = { type: "hello", version: 1, session, device: "2" } as const;
  west.ask(other, hello);
  catchUp(east, west);
  assertEquals(east.replica.online, 1);
  east.ask(alice, { type: "quit" });
  catchUp(east, west);
  const last = west.read(other).at(-1);
  assert(last?.type === "goodbye" && last.reason === "quit");
  assertEquals([east.replica.online, west.replica.online], [0, 0]);
  assertSame(east, west);
});

Deno.test("A user has at most 8 connections, of which the oldest ends", () => {
  const [, east] = both();
  const [first, session] = east.enter("alice");
  for (let device = 1; device <= 8; device++) {
    const id = east.connect();
    const hello = { type: "hello", version: 1, session } as const;
    east.ask(id, { ...hello, device: `${device}` });
    east.catchUp();
  }
  const last = east.read(first).at(-1);
  assert(last?.type === "goodbye" && last.reason === "replaced");
  assertEquals([east.replica.connected, east.replica.online], [8, 1]);
});

/** Takes the last entries out of the log, which then has them later. */
function delay(servers: Servers, count: number): () => void {
  const entries = servers.entries.splice(-count);
  return () => void servers.entries.push(...entries);
}

Deno.test("A late resume does not replace a later connection, if its own is lost", () => {
  const [servers, east, west] = both();
  const [alice, session] = east.enter("alice");
  catchUp(east, west);
  east.leave(alice, "lost");
  catchUp(east, west);
  const hello = { type: "hello", version: 1, session } as const;
  const early = east.connect();
  east.ask(early, hello);
  east.leave(early, "lost");
  const store = delay(servers, 2);
  const back = west.connect();
  west.read(back);
  west.ask(back, { ...hello, ref: "h" });
  catchUp(east, west);
  assertEquals(west.types(back), ["welcome", "entered", "ack"]);
  store();
  catchUp(east, west);
  assertEquals(west.types(back), []);
  assertEquals(west.replica.servers, ["west"]);
  assertSame(east, west);
});

Deno.test("A late resume over a connection that still exists is made again", () => {
  const [servers, east, west] = both();
  const [, session] = east.enter("alice");
  catchUp(east, west);
  const hello = { type: "hello", version: 1, session } as const;
  const late = east.connect();
  east.read(late);
  servers.now--;
  const other = west.connect();
  servers.now++;
  east.ask(late, { ...hello, ref: "h" });
  const store = delay(servers, 1);
  west.ask(other, hello);
  catchUp(east, west);
  store();
  catchUp(east, west);
  assertEquals(east.types(late), []);
  assert(east.replica.isWaiting(late));
  catchUp(east, west);
  assertEquals(east.types(late), ["welcome", "entered", "ack"]);
  assertEquals(west.types(other).at(-1), "goodbye");
  assert(!east.replica.isWaiting(late));
  assertSame(east, west);
});

Deno.test("A late resume over an older connection does not replace a later one", () => {
  const [servers, east, west] = both();
  const [, session] = east.enter("alice");
  catchUp(east, west);
  const hello = { type: "hello", version: 1, session } as const;
  const older = east.connect();
  east.read(older);
  east.ask(older, { ...hello, ref: "h" });
  const store = delay(servers, 1);
  servers.now++;
  const back = west.connect();
  west.ask(back, hello);
  catchUp(east, west);
  west.read(back);
  store();
  catchUp(east, west);
  catchUp(east, west);
  const [error, ...others] = east.read(older);
  assert(error.type === "error" && error.code === "unavailable");
  assertEquals([error.ref, others, west.types(back)], ["h", [], []]);
  assertSame(east, west);
});

Deno.test("Late requests of a connection that was replaced change no rooms and names", () => {
  const [servers, east, west] = both();
  const [alice, session] = east.enter("alice");
  catchUp(east, west);
  east.ask(alice, { type: "join", room: "cats" });
  catchUp(east, west);
  east.ask(alice, { type: "join", room: "dogs" });
  east.ask(alice, { type: "leave", room: "cats" });
  east.ask(alice, { type: "nick", nickname: "alicia" });
  const store = delay(servers, 3);
  const back = west.connect();
  west.read(back);
  west.ask(back, { type: "hello", version: 1, session });
  catchUp(east, west);
  store();
  catchUp(east, west);
  const rooms = west.read(back).flatMap((message) =>
    message.type === "entered" ? [message.room] : []
  );
  assertEquals(rooms, ["lobby", "cats"]);
  west.ask(back, { type: "rooms" });
  const [list] = west.read(back);
  assert(list.type === "rooms");
  assertEquals(list.rooms.map(({ room }) => room).sort(), ["cats", "lobby"]);
  assertEquals(west.replica.user(back)?.nickname, "alice");
  assertSame(east, west);
});

Deno.test("A late repeat counts for nothing after the end of its session", () => {
  const [servers, east, west] = both();
  const [alice, session] = east.enter("alice");
  const [bob] = west.enter("bob");
  catchUp(east, west);
  const say = { type: "say", text: "once", ref: "r" } as const;
  const whisper = { type: "msg", to: "bob", text: "psst", ref: "p" } as const;
  east.ask(alice, say);
  east.ask(alice, whisper);
  const store = delay(servers, 2);
  const back = west.connect();
  west.ask(back, { type: "hello", version: 1, session });
  catchUp(east, west);
  west.ask(back, say);
  west.ask(back, whisper);
  west.ask(back, { type: "quit" });
  catchUp(east, west);
  west.read(bob);
  store();
  catchUp(east, west);
  assertEquals(west.types(bob), []);
  assertSame(east, west);
});

Deno.test("A late repeat counts for nothing, though many requests came meanwhile", () => {
  const [servers, east, west] = both();
  const [alice, session] = east.enter("alice");
  const [bob] = west.enter("bob");
  catchUp(east, west);
  const say = { type: "say", text: "once", ref: "r" } as const;
  east.ask(alice, say);
  const store = delay(servers, 1);
  const back = west.connect();
  west.ask(back, { type: "hello", version: 1, session });
  catchUp(east, west);
  west.ask(back, say);
  for (let count = 0; count < 100; count++) {
    west.ask(back, { type: "say", text: `${count}`, ref: `${count}` });
  }
  catchUp(east, west);
  assertEquals(west.types(bob).length, 101);
  store();
  catchUp(east, west);
  assertEquals(west.types(bob), []);
  assertSame(east, west);
});

Deno.test("A late topic or edit does not undo a later one", () => {
  const [servers, east, west] = both();
  const [alice, session] = east.enter("alice");
  catchUp(east, west);
  east.ask(alice, { type: "say", text: "one", ref: "s" });
  catchUp(east, west);
  const ack = east.read(alice).find(({ type }) => type === "ack");
  assert(ack?.type === "ack" && ack.id !== undefined);
  const { id } = ack;
  east.ask(alice, { type: "topic", text: "old" });
  east.ask(alice, { type: "edit", target: id, text: "two" });
  const store = delay(servers, 2);
  const back = west.connect();
  west.ask(back, { type: "hello", version: 1, session });
  catchUp(east, west);
  west.ask(back, { type: "topic", text: "new" });
  west.ask(back, { type: "edit", target: id, text: "three" });
  catchUp(east, west);
  west.read(back);
  store();
  catchUp(east, west);
  assertEquals(west.types(back), []);
  west.ask(back, { type: "history" });
  const [history] = west.read(back);
  assert(history.type === "history");
  assertEquals(history.messages.map(({ text }) => text), ["three", "new"]);
  assertSame(east, west);
});

Deno.test("A second hello before the answer to the first one adds no user", () => {
  const [, east, west] = both();
  const id = east.connect();
  east.read(id);
  for (const nickname of ["alice", "bob"]) {
    east.ask(id, { type: "hello", version: 1, nickname });
  }
  catchUp(east, west);
  assertEquals(east.types(id), ["welcome", "entered", "error"]);
  assertEquals([east.replica.online, west.replica.online], [1, 1]);
  assertSame(east, west);
});

Deno.test("A restored server tells a user who comes back of what it does not have", () => {
  const servers = new Servers();
  const east = servers.start("east");
  const [alice] = east.enter("alice");
  const [bob, session] = east.enter("bob");
  east.leave(bob, "lost");
  east.ask(alice, { type: "say", text: "missed" });
  east.catchUp();
  const west = servers.start("west");
  west.replica.restore(east.replica.save(), servers.now);
  west.position = east.position;
  const back = west.connect();
  west.read(back);
  const hello = { type: "hello", version: 1, session, epoch: "first" } as const;
  west.ask(back, { ...hello, after: 2 });
  catchUp(east, west);
  const [, entered] = west.read(back);
  assert(entered.type === "entered");
  assertEquals([entered.history, entered.complete], [[], false]);

  // It has all since then.
  west.leave(back, "lost");
  catchUp(east, west);
  const after = west.position;
  east.ask(alice, { type: "say", text: "new" });
  catchUp(east, west);
  const again = west.connect();
  west.read(again);
  west.ask(again, { ...hello, after });
  catchUp(east, west);
  const [, complete] = west.read(again);
  assert(complete.type === "entered");
  assertEquals(complete.history.map(({ text }) => text), ["new"]);
  assertEquals(complete.complete, true);
});

Deno.test("Beyond a number of lost users, each loses the session once, and none whose server stops", () => {
  const [servers, east, west] = both({ maxSessionsPerAddress: 2 });
  const ids = ["a", "b", "c", "d", "e"].map((nickname) =>
    east.enter(nickname, "192.0.2.1")[0]
  );
  west.catchUp();
  for (const id of ids) east.leave(id, "lost");
  east.catchUp();
  west.catchUp();
  const expired = servers.entries.flatMap(({ entry }) =>
    entry.type === "expire" ? [entry.user] : []
  );
  assertEquals(new Set(expired).size, 3);
  assertEquals(expired.length, 3);
  for (const name of ["f", "g", "h", "i"]) west.enter(name, "192.0.2.2");
  west.replica.shutdown(servers.now);
  catchUp(east, west);
  const { length } = servers.entries.filter(({ entry }) =>
    entry.type === "expire"
  );
  assertEquals(length, 3);
  assertSame(east, west);
});
