import { assert, assertEquals } from "@std/assert";
import { RoomWorld } from "../_room_world.ts";

const alice = { id: 1, nickname: "alice" };
const bob = { id: 2, nickname: "bob" };

Deno.test("A room is created by the first user who enters, and its users get its messages", () => {
  const world = new RoomWorld();
  const first = world.enter("alice");
  const second = world.enter("bob");
  const third = world.enter("carol");

  first.line("/join #Cats");
  assertEquals(first.read(), [{
    type: "entered",
    time: 1_000,
    room: "cats",
    topic: "",
    users: [{ ...alice, enteredAt: 1_000 }],
    online: 1,
    history: [],
    complete: true,
    cause: "join",
  }]);
  assertEquals(world.room.roomCount, 2);
  second.line("/join ＣＡＴＳ");
  assertEquals(second.get("entered").users, [
    { ...alice, enteredAt: 1_000 },
    { ...bob, enteredAt: 1_000 },
  ]);
  assertEquals(first.get("joined").room, "cats");
  first.line("meow");
  assertEquals(second.get("said").room, "cats");
  assertEquals(third.read(), []);
});

Deno.test("A plain line goes to the room joined last, others to the room they name", () => {
  const world = new RoomWorld();
  const speaker = world.enter("alice");
  const hearer = world.enter("bob");
  for (const user of [speaker, hearer]) user.line("/join cats", "/join dogs");
  world.clear();
  speaker.line("woof");
  assertEquals(hearer.get("said").room, "dogs");
  speaker.ask({ type: "say", text: "meow", room: "#CATS" });
  assertEquals(hearer.get("said").room, "cats");
  speaker.line("woof again");
  assertEquals(hearer.get("said").room, "dogs");

  speaker.line("/join cats");
  const { cause, history, complete } = speaker.get("entered");
  assertEquals([cause, history, complete], ["switch", [], false]);
  speaker.line("meow");
  assertEquals(hearer.get("said").room, "cats");
});

Deno.test("A user who leaves a room is told so, and gets none of its further messages", () => {
  const world = new RoomWorld();
  const leaver = world.enter("alice");
  const stayer = world.enter("bob");
  for (const user of [leaver, stayer]) user.line("/join cats");
  world.clear();
  leaver.line("/part");
  assertEquals(leaver.read(), [
    { type: "exited", time: 1_000, room: "cats", current: "lobby" },
  ]);
  const { room, user, reason } = stayer.get("left");
  assertEquals([room, user, reason], ["cats", alice, "parted"]);
  stayer.line("alone");
  assertEquals(leaver.read(), []);
  leaver.ask({ type: "say", text: "still?", room: "cats" });
  assertEquals(leaver.error(), ["not-in-room", "cats"]);
  leaver.line("/leave cats");
  assertEquals(leaver.error(), ["not-in-room", "cats"]);
  leaver.line("/leave lobby");
  assertEquals(leaver.error(), ["last-room", "lobby"]);
});

Deno.test("A user is in at most 10 rooms", () => {
  const world = new RoomWorld();
  const user = world.enter("alice");
  for (let index = 1; index < 10; index++) user.line(`/join room${index}`);
  assertEquals(world.room.roomCount, 10);
  user.read();
  user.line("/join eleventh");
  assertEquals(user.error(), ["too-many-rooms", "eleventh"]);
  user.line("/leave lobby");
  user.read();
  user.line("/join eleventh");
  assertEquals(user.get("entered").room, "eleventh");
});

Deno.test("A room other than the lobby is closed when the last user leaves", () => {
  const world = new RoomWorld();
  const user = world.enter("alice");
  user.line("/join cats", "/topic purring", "meow", "/leave");
  assertEquals(world.room.roomCount, 1);
  user.read();
  user.line("/join cats");
  const { history, topic } = user.get("entered");
  assertEquals([history, topic], [[], ""]);
  user.line("/leave lobby");
  user.line("byebye");
  assertEquals(world.room.roomCount, 1);
  assertEquals(world.room.name, "lobby");
});

Deno.test("A room whose name breaks a rule is refused with its code", () => {
  const world = new RoomWorld();
  const user = world.enter("alice");
  for (
    const [room, code] of [
      ["#", "room-empty"],
      ["x".repeat(33), "room-too-long"],
      ["two words", "room-space"],
      ["a:b", "room-colon"],
      ["/x", "room-slash"],
      ["\u0301x", "room-mark"],
      ["a\u200bb", "room-invisible"],
      ["a\u202eb", "room-invisible"],
      ["l\u043ebby", "room-look-alike"],
      ["1obby", "room-look-alike"],
    ]
  ) {
    user.ask({ type: "join", room });
    const [found] = user.error();
    assertEquals(found, code, room);
  }
  for (const type of ["leave", "users", "history"] as const) {
    user.ask({ type, room: "a:b" });
    assertEquals(user.error(), ["room-colon", "a:b"]);
  }
  assertEquals(world.room.roomCount, 1);
});

Deno.test("Names of object members are valid names of rooms", () => {
  const world = new RoomWorld();
  const user = world.enter("__proto__");
  const rooms = ["__proto__", "constructor", "valueof", "hasownproperty"];
  for (const room of rooms) {
    user.ask({ type: "users", room });
    assertEquals(user.error(), ["no-such-room", room]);
    user.ask({ type: "join", room });
    assertEquals(user.get("entered").room, room);
    user.ask({ type: "say", text: "hi", room, ref: "__proto__" });
    assertEquals(user.get("ack").ref, "__proto__");
  }
});

Deno.test("A server refuses more rooms than maxRooms", () => {
  const world = new RoomWorld({ maxRooms: 2 });
  const user = world.enter("alice");
  user.line("/join cats", "/join dogs");
  assertEquals(user.types(), ["entered", "error"]);
  user.line("/leave cats");
  user.read();
  user.line("/join dogs");
  assertEquals(user.get("entered").room, "dogs");
});

Deno.test("The rooms are listed with their topics, those with the most users first", () => {
  const world = new RoomWorld();
  const first = world.enter("alice");
  const second = world.enter("bob");
  for (const user of [first, second]) user.line("/join cats");
  first.line("/join birds", "/topic tweets", "/leave lobby");
  first.read();
  first.line("/rooms");
  assertEquals(first.get("rooms").rooms, [
    { room: "cats", topic: "", online: 2, canLock: true },
    { room: "birds", topic: "tweets", online: 1, canLock: true },
    { room: "lobby", topic: "", online: 1 },
  ]);
});

Deno.test("The users of any open room are listed, at most 1,000 of them", () => {
  const world = new RoomWorld();
  const user = world.enter("alice");
  user.line("/join cats", "/leave lobby");
  for (let index = 0; index < 1_003; index++) world.enter(`user${index}`);
  world.clear();
  user.line("/list");
  assertEquals(user.get("users").users.length, 1);
  user.ask({ type: "users", room: "lobby" });
  const { users, online } = user.get("users");
  assertEquals([users.length, online], [1_000, 1_003]);
});

Deno.test("A new nickname is announced once in each of the user's rooms", () => {
  const world = new RoomWorld();
  const first = world.enter("alice");
  const second = world.enter("bob");
  const third = world.enter("carol");
  first.line("/join cats");
  second.line("/join cats");
  world.clear();
  first.line("/nick anna");
  const rooms = (user: typeof first) =>
    user.read().map((message) => "room" in message && message.room);
  assertEquals(rooms(first), ["lobby", "cats"]);
  assertEquals(rooms(second), ["lobby", "cats"]);
  assertEquals(rooms(third), ["lobby"]);
});

Deno.test("A user who leaves the chat leaves all rooms, which are told", () => {
  const world = new RoomWorld();
  const first = world.enter("alice");
  const second = world.enter("bob");
  for (const user of [first, second]) user.line("/join cats");
  world.clear();
  first.line("byebye");
  assertEquals(first.types(), ["goodbye"]);
  const rooms = second.read().map((message) =>
    message.type === "left" && message.room
  );
  assertEquals(rooms, ["lobby", "cats"]);
});

Deno.test("Users of a room set and remove its topic, which all users see", () => {
  const world = new RoomWorld();
  const first = world.enter("alice");
  const second = world.enter("bob");
  first.line("/join cats", "/topic  all \x1b[31mabout\u202e cats ");
  second.ask({ type: "topic", text: "mine", room: "cats" });
  assertEquals(second.error(), ["not-in-room", "cats"]);
  second.line("/join cats");
  assertEquals(second.get("entered").topic, "all about cats");
  first.read();
  first.line("/topic -");
  for (const user of [first, second]) {
    const { text, room } = user.read().filter((message) =>
      message.type === "topic"
    )[0];
    assertEquals([text, room], ["", "cats"]);
  }
  first.line("/topic");
  assertEquals(first.get("rooms").rooms, [
    { room: "cats", topic: "", online: 2, canLock: true },
  ]);
  first.line(`/topic ${"x".repeat(201)}`);
  assertEquals(first.error(), ["topic-too-long", undefined]);
});

Deno.test("A user who enters gets the last 20 of the 100 kept messages", () => {
  const world = new RoomWorld();
  const speaker = world.enter("alice");
  for (let count = 1; count <= 120; count++) speaker.line(`line ${count}`);
  const reader = world.connect();
  reader.line("bob");
  const { history, complete } = reader.get("entered");
  assertEquals([history.length, complete], [20, false]);
  assertEquals([history[0].text, history[19].text], ["line 101", "line 120"]);

  reader.ask({ type: "history", room: "lobby", before: history[0].id });
  const earlier = reader.get("history");
  assertEquals([earlier.messages.length, earlier.complete], [80, true]);
  assertEquals(earlier.messages[0].text, "line 21");
  reader.ask({
    type: "history",
    room: "lobby",
    before: history[0].id,
    limit: 5,
  });
  const five = reader.get("history");
  assertEquals(five.messages.map(({ text }) => text), [
    ...["line 96", "line 97", "line 98", "line 99", "line 100"],
  ]);
  assertEquals(five.complete, false);
  reader.line("/history 1");
  assertEquals(reader.get("history").messages[0].text, "line 120");
  reader.ask({ type: "history", room: "lobby", before: 0 });
  assertEquals(reader.get("history").messages, []);
  reader.ask({ type: "history", room: "nowhere" });
  assertEquals(reader.error(), ["not-in-room", "nowhere"]);
});

Deno.test("A room keeps messages, actions and topics only", () => {
  const world = new RoomWorld();
  const first = world.enter("alice");
  const second = world.enter("bob");
  first.line("hello", "/me waves", "/topic tea", "/nick anna", "c:bob:psst");
  second.line("/join cats", "byebye");
  first.read();
  first.line("/history");
  assertEquals(
    first.get("history").messages.map(({ type, text, user }) => [
      type,
      text,
      user.nickname,
    ]),
    [
      ["said", "hello", "alice"],
      ["action", "waves", "alice"],
      ["topic", "tea", "alice"],
    ],
  );
});

Deno.test("A history of long messages is cut to what an outgoing queue holds", () => {
  const world = new RoomWorld();
  const user = world.enter("alice");
  for (let count = 0; count < 100; count++) user.line("x".repeat(4_000));
  user.ask({ type: "history", room: "lobby" });
  const { messages, complete } = user.get("history");
  assert(messages.length >= 10 && messages.length < 13, `${messages.length}`);
  assertEquals(complete, false);
});

Deno.test("In a large room, only the number of users is told", () => {
  const world = new RoomWorld();
  const first = world.enter("first");
  for (let count = 2; count <= 1_000; count++) world.enter(`user${count}`);
  const last = world.enter("last");
  assertEquals(first.types(), []);
  world.tick();
  assertEquals(first.get("online").online, 1_001);
  world.tick();
  assertEquals(first.types(), []);

  const [user] = world.hello("more");
  user.ask({ type: "users" });
  const page = user.get("users");
  assertEquals([page.users.length, page.online], [1_000, 1_002]);
  user.ask({ type: "users", skip: 1_000 });
  const names = user.get("users").users.map(({ nickname }) => nickname);
  assertEquals(names, ["last", "more"]);
  user.ask({ type: "join", room: "cats" });
  user.read();
  user.ask({ type: "join", room: "lobby" });
  assertEquals(user.get("entered").users.length, 100);

  // What is said is told in rooms of any size.
  user.ask({ type: "say", text: "hello", room: "lobby" });
  assertEquals(first.get("said").text, "hello");
  user.leave("quit");
  last.leave("quit");
  assertEquals(first.types(), ["left"]);
  world.tick();
  assertEquals(first.get("online").online, 1_000);
});
