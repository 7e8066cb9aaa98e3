import { assertEquals } from "@std/assert";
import { type RoomUser, RoomWorld } from "../_room_world.ts";

const operatorToken = "open sesame";

/** An operator, a user at each of two addresses, and one at the first again. */
function busyWorld(): {
  readonly world: RoomWorld;
  readonly operator: RoomUser;
  readonly users: readonly RoomUser[];
} {
  const world = new RoomWorld({ operatorToken });
  const operator = world.enter("alice", { addressKey: "home" });
  operator.line(`/operator ${operatorToken}`);
  const users = ["one", "two", "one"].map((addressKey, index) =>
    world.enter(`user${index}`, { addressKey })
  );
  world.clear();
  return { world, operator, users };
}

Deno.test("Only a user who knows the token is an operator", () => {
  const world = new RoomWorld({ operatorToken });
  const user = world.enter("alice");
  for (const token of ["open", "open sesame!", "Open sesame", "open sesamE"]) {
    user.ask({ type: "operator", token });
    assertEquals(user.error(), ["wrong-token", undefined]);
  }
  for (
    const line of ["/kick alice", "/ban alice 1", "/notice hi", "/topic x"]
  ) {
    user.line(line);
    assertEquals(user.error(), ["operator-needed", undefined], line);
  }
  user.line(`/oper ${operatorToken}`);
  assertEquals(user.types(), ["notice"]);
  user.line("/topic x");
  assertEquals(user.get("topic").text, "x");
});

Deno.test("The right token ends the count of wrong ones, and exempts its address from the limit of all", () => {
  const world = new RoomWorld({ operatorToken });
  const user = world.enter("alice", { addressKey: "home" });
  const attempt = (token: string, from = user) => {
    from.ask({ type: "operator", token });
    return from.read().map((one) => one.type === "error" ? one.code : one.type);
  };
  for (let round = 0; round < 2; round++) {
    for (let n = 0; n < 4; n++) {
      assertEquals(attempt("wrong"), ["wrong-token"]);
    }
    assertEquals(attempt(operatorToken), ["notice"]);
  }
  for (let n = 0; n < 200; n++) {
    attempt("wrong", world.enter(`bot${n}`, { addressKey: `${n}` }));
  }
  user.read();
  const other = world.enter("bob", { addressKey: "elsewhere" });
  other.read();
  assertEquals(attempt(operatorToken, other), ["too-many-tokens"]);
  user.read();
  assertEquals(attempt(operatorToken), ["notice"]);
});

Deno.test("Wrong tokens of an address are slowed, by all its connections together", () => {
  const world = new RoomWorld({ operatorToken });
  const users = ["a", "b", "c"].map((name) =>
    world.enter(name, { addressKey: "one" })
  );
  const other = world.enter("other", { addressKey: "two" });
  const attempt = (user: RoomUser, token: string) => {
    user.ask({ type: "operator", token });
    return user.error();
  };
  for (let n = 0; n < 5; n++) {
    assertEquals(attempt(users[n % 3], "wrong")[0], "wrong-token");
  }
  for (const wait of [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]) {
    for (const token of ["wrong", operatorToken]) {
      for (const user of users) {
        assertEquals(attempt(user, token), ["too-many-tokens", `${wait}`]);
      }
    }
    world.now += wait * 1000 - 1;
    assertEquals(attempt(users[0], operatorToken), ["too-many-tokens", "1"]);
    world.now++;
    assertEquals(attempt(users[1], "wrong")[0], "wrong-token");
  }
  other.ask({ type: "operator", token: operatorToken });
  assertEquals(other.types(), ["notice"]);

  // The right token is taken after the wait, and all is forgotten in the end.
  world.now += 300_000;
  users[0].ask({ type: "operator", token: operatorToken });
  assertEquals(users[0].types(), ["notice"]);
  world.now += 300_000;
  world.room.tick(world.now);
  assertEquals(attempt(users[1], "wrong")[0], "wrong-token");
  assertEquals(attempt(users[1], "wrong")[0], "wrong-token");
});

Deno.test("A server without a token has no operators", () => {
  const world = new RoomWorld();
  const user = world.enter("alice");
  user.ask({ type: "operator", token: "undefined" });
  assertEquals(user.error(), ["wrong-token", undefined]);
  user.ask({ type: "operator", token: "" });
  assertEquals(user.error(), ["wrong-token", undefined]);
  user.line("/topic of the lobby");
  assertEquals(user.get("topic").text, "of the lobby");
});

Deno.test("An operator sets the topic of any room", () => {
  const { operator, users } = busyWorld();
  users[0].line("/join cats");
  users[0].read();
  operator.ask({ type: "topic", text: "purring", room: "cats" });
  assertEquals(users[0].get("topic").text, "purring");
  users[0].ask({ type: "topic", text: "mine", room: "lobby" });
  assertEquals(users[0].error(), ["operator-needed", undefined]);
});

Deno.test("A kick ends a connection and its session, with the operator's reason", () => {
  const { world, operator, users } = busyWorld();
  operator.line("/kick USER0 too \x1b[31mloud");
  assertEquals(users[0].read(), [
    { type: "goodbye", time: 1_000, reason: "kicked", note: "too loud" },
  ]);
  const { reason, note } = users[1].get("left");
  assertEquals([reason, note], ["kicked", "too loud"]);
  assertEquals(operator.types(), ["left", "notice"]);
  operator.line("/kick user0");
  assertEquals(operator.error(), ["no-such-user", "user0"]);

  const [away, session] = world.hello("away");
  away.leave("lost");
  operator.line("/kick away");
  assertEquals(world.resume(session, 0).types(), ["nickname-request"]);
  operator.line("/kick alice");
  assertEquals(operator.types().at(-1), "goodbye");
});

Deno.test("A ban ends all connections of an address, and lasts for its time", () => {
  const { world, operator, users } = busyWorld();
  const { room } = world;
  assertEquals(room.bannedUntil("one", world.now), undefined);
  operator.line("/ban user0 10 spam");
  assertEquals(users[0].get("goodbye").reason, "banned");
  assertEquals(users[2].get("goodbye").reason, "banned");
  assertEquals(users[1].types(), ["left", "left"]);
  const until = world.now + 600_000;
  assertEquals(room.bannedUntil("one", until - 1), until);
  assertEquals(room.bannedUntil("one", until), undefined);
  assertEquals(room.bannedUntil("two", world.now), undefined);
  room.tick(until);
  assertEquals(room.bannedUntil("one", world.now), undefined);
});

Deno.test("A banned address gets a goodbye when it connects, at every stage", () => {
  const world = new RoomWorld({ operatorToken });
  const operator = world.enter("alice", { addressKey: "home" });
  operator.line(`/operator ${operatorToken}`);
  world.enter("troll", { addressKey: "one" });
  const [other, session] = world.hello("other", { addressKey: "one" });
  const asked = world.connect({ addressKey: "one" });
  const silent = world.connect({ addressKey: "one", expectHello: true });
  const [away, awaySession] = world.hello("away", { addressKey: "one" });
  away.leave("lost");
  world.clear();

  operator.line("/ban troll 10");
  for (const user of [other, asked, silent]) {
    assertEquals(user.get("goodbye").reason, "banned");
  }
  for (const expectHello of [false, true]) {
    const late = world.connect({ addressKey: "one", expectHello });
    assertEquals(late.read(), [
      { type: "goodbye", time: world.now, reason: "banned" },
    ]);
    late.line("late");
    late.ask({ type: "hello", version: 1, session });
    assertEquals(late.read(), []);
  }
  for (const token of [session, awaySession]) {
    assertEquals(world.resume(token, 0).types(), ["nickname-request"]);
  }
  assertEquals(world.room.online, 1);
});

Deno.test("A ban of the operator's own address does not disconnect the operator", () => {
  const { world, operator } = busyWorld();
  const neighbour = world.enter("carol", { addressKey: "home" });
  operator.line("/ban carol 1");
  assertEquals(neighbour.get("goodbye").reason, "banned");
  assertEquals(operator.types().includes("goodbye"), false);
});

Deno.test("A ban has 1 to 10,080 whole minutes", () => {
  const { operator, users } = busyWorld();
  for (const minutes of [0, -1, 10_081, 1.5, NaN, Infinity]) {
    operator.ask({ type: "ban", nickname: "user0", minutes });
    assertEquals(operator.error(), ["invalid-minutes", `${minutes}`]);
  }
  operator.line("/ban user0");
  assertEquals(operator.error(), ["incomplete-command", "ban"]);
  operator.line("/ban user0 soon");
  assertEquals(operator.error(), ["incomplete-command", "ban"]);
  assertEquals(users[0].read(), []);
  operator.line("/ban user0 10080");
  assertEquals(users[0].get("goodbye").reason, "banned");
});

Deno.test("A notice reaches everyone who is connected, once", () => {
  const { world, operator, users } = busyWorld();
  const newcomer = world.connect();
  users[0].line("/join cats");
  world.clear();
  operator.line("/notice The server \x07stops at noon");
  for (const user of [operator, newcomer, ...users]) {
    assertEquals(user.read(), [
      { type: "notice", time: 1_000, text: "The server stops at noon" },
    ]);
  }
  operator.line("/notice \x07");
  assertEquals(operator.error(), ["text-empty", undefined]);
  world.deliver(world.room.notice("Now\nthen", world.now));
  assertEquals(newcomer.texts(), ["Now then"]);
});

Deno.test("An operator who comes back is still an operator", () => {
  const world = new RoomWorld({ operatorToken });
  const [alice, session] = world.hello("alice");
  alice.ask({ type: "operator", token: operatorToken, ref: "1" });
  assertEquals(alice.types(), ["notice", "ack"]);
  alice.leave("lost");
  const back = world.resume(session, 0);
  back.read();
  back.line("/notice back");
  assertEquals(back.texts(), ["back"]);
});
