import { assert, assertEquals } from "@std/assert";
import { openSqliteStore } from "../../../../chat/store/sqlite_store.ts";
import { type RoomUser, RoomWorld } from "../_room_world.ts";

const ignore = Deno.permissions.querySync({ name: "write" }).state !==
  "granted";

/** Writes to somebody, and gives the id of the message. */
function whisper(user: RoomUser, to: string, text: string): number {
  user.read();
  user.ask({ type: "msg", to, text });
  return user.get("private").id;
}

/** The private messages and changes that a user has got, by type and text. */
function privates(user: RoomUser): readonly string[] {
  return user.read().flatMap((message) =>
    message.type === "private" || message.type === "private-edited"
      ? [`${message.type} ${message.text}`]
      : []
  );
}

Deno.test("A user changes and deletes own private messages, which nobody else sees", () => {
  const world = new RoomWorld();
  const [alice, session] = world.hello("alice");
  const bob = world.enter("bob");
  const [eve] = world.hello("eve");
  const phone = world.connect({ expectHello: true });
  phone.ask({ type: "hello", version: 1, session, device: "phone" });
  const target = whisper(phone, "bob", "see you at fvie");
  world.clear();
  phone.ask({ type: "edit", target, text: "see you at five", ref: "2" });
  const [edited, ack] = phone.read();
  assert(edited.type === "private-edited" && ack.type === "ack");
  assertEquals(
    [edited.target, edited.text, edited.user.nickname, edited.to.nickname],
    [target, "see you at five", "alice", "bob"],
  );
  assertEquals(ack.id, edited.id);
  assertEquals([...alice.read(), ...bob.read()], [edited, edited]);
  // Which room a client names does not count.
  phone.ask({ type: "edit", target, text: "", room: "cats" });
  assertEquals(privates(phone), ["private-edited "]);
  assertEquals(privates(bob), ["private-edited "]);
  phone.ask({ type: "edit", target, text: "again" });
  assertEquals(phone.error()[0], "no-such-message");
  assertEquals(eve.types(), []);
});

Deno.test("Nobody else changes a private message, or learns that there is one", () => {
  const world = new RoomWorld({
    editTime: 60_000,
    operatorToken: "open sesame",
  });
  const [alice] = world.hello("alice");
  const [bob] = world.hello("bob");
  const [eve] = world.hello("eve");
  eve.line("/operator open sesame");
  const target = whisper(alice, "bob", "secret");
  world.clear();
  for (const text of ["", "mine"]) {
    for (const wrong of [target, target + 1_000]) {
      eve.ask({ type: "edit", target: wrong, text });
      assertEquals(eve.error(), ["no-such-message", undefined]);
    }
    bob.ask({ type: "edit", target, text });
    assertEquals(bob.error()[0], "not-your-message");
  }
  world.now += 60_001;
  alice.ask({ type: "edit", target, text: "late" });
  assertEquals(alice.error(), ["too-late", "1"]);
  assertEquals([...bob.types(), ...eve.types()], []);
});

Deno.test("A user who is muted changes no private message", () => {
  const world = new RoomWorld({ operatorToken: "open sesame" });
  const [alice] = world.hello("alice");
  const [bob] = world.hello("bob");
  bob.line("/operator open sesame");
  const target = whisper(alice, "bob", "hi");
  bob.line("/mute alice 5");
  world.clear();
  alice.ask({ type: "edit", target, text: "hello" });
  assertEquals(alice.error(), ["muted", "5"]);
  assertEquals(bob.types(), []);
});

Deno.test("A user who ignores the author gets no changes", () => {
  const world = new RoomWorld();
  const [alice] = world.hello("alice");
  const [bob, session] = world.hello("bob");
  const before = whisper(alice, "bob", "one");
  bob.line("/ignore alice");
  const after = whisper(alice, "bob", "two");
  bob.read();
  alice.ask({ type: "edit", target: before, text: "ONE" });
  assertEquals(privates(alice), ["private-edited ONE"]);
  bob.line("/unignore alice");
  // Of a message that did not come, no change comes either.
  alice.ask({ type: "edit", target: after, text: "TWO" });
  assertEquals(privates(alice), ["private-edited TWO"]);
  assertEquals(privates(bob), []);
  bob.leave("lost");
  assertEquals(privates(world.resume(session, 0)), ["private ONE"]);
});

Deno.test("A user who comes back gets the private messages as they are now", () => {
  const world = new RoomWorld();
  const [alice] = world.hello("alice");
  const [bob, session] = world.hello("bob");
  const seen = whisper(alice, "bob", "one");
  bob.leave("lost");
  const missed = whisper(alice, "bob", "two");
  alice.ask({ type: "edit", target: seen, text: "1" });
  alice.ask({ type: "edit", target: seen, text: "ONE" });
  alice.ask({ type: "edit", target: missed, text: "" });
  const back = world.resume(session, seen);
  const [message, edited, ...others] = back.read().filter(({ type }) =>
    type.startsWith("private")
  );
  assert(message.type === "private" && edited.type === "private-edited");
  assertEquals([message.id, message.text], [missed, ""]);
  assert(message.edited !== undefined);
  assertEquals([edited.target, edited.text], [seen, "ONE"]);
  assertEquals(others, []);
  back.leave("lost");
  assertEquals(privates(world.resume(session, 0)), [
    "private ONE",
    "private ",
  ]);
});

Deno.test("A private message names the message that it answers", () => {
  const world = new RoomWorld();
  const [alice] = world.hello("alice");
  const [bob] = world.hello("bob");
  const replyTo = whisper(alice, "bob", "Is it?");
  bob.read();
  bob.ask({ type: "msg", to: "alice", text: "Yes", replyTo });
  assertEquals(bob.get("private").replyTo, replyTo);
  assertEquals(alice.get("private").replyTo, replyTo);
});

Deno.test("Lines answer and change the last message, also if that is private", () => {
  const world = new RoomWorld();
  const alice = world.enter("alice");
  const bob = world.enter("bob");
  alice.line("for all");
  world.clear();
  bob.line("/reply alice in the room");
  assertEquals(alice.types(), ["said"]);
  const secret = whisper(alice, "bob", "psst");
  world.clear();
  bob.line("/reply alice what?");
  const answer = alice.get("private");
  assertEquals([answer.text, answer.replyTo], ["what?", secret]);
  alice.line("/edit psst!");
  assertEquals(bob.read().at(-1)?.type, "private-edited");
  bob.line("/delete");
  assertEquals(privates(alice), ["private-edited psst!", "private-edited "]);
  // The last one is in the room again.
  alice.line("still here");
  bob.read();
  alice.line("/edit still there");
  assertEquals(bob.get("edited").text, "still there");
});

Deno.test("A line about a room does not reach a private message before one elsewhere", () => {
  const world = new RoomWorld();
  const alice = world.enter("alice");
  const bob = world.enter("bob");
  whisper(alice, "bob", "psst");
  alice.line("for the lobby", "/join cats");
  world.clear();
  alice.line("/edit for nobody");
  assertEquals(alice.error()[0], "no-such-message");
  assertEquals(bob.types(), []);
});

Deno.test("Of many private messages, the last hundred can be changed", () => {
  const world = new RoomWorld();
  const [alice] = world.hello("alice");
  world.enter("bob");
  const ids = Array.from(
    { length: 101 },
    (_, index) => whisper(alice, "bob", `${index}`),
  );
  alice.ask({ type: "edit", target: ids[0], text: "x" });
  assertEquals(alice.error()[0], "no-such-message");
  alice.ask({ type: "edit", target: ids[1], text: "x" });
  assertEquals(privates(alice), ["private-edited x"]);
});

Deno.test({
  name: "A search finds a private message by its new text alone",
  ignore,
  fn: async () => {
    const folder = await Deno.makeTempDir();
    try {
      using store = await openSqliteStore(`${folder}/chat.db`);
      const world = new RoomWorld({ store });
      const [alice] = world.hello("alice");
      const [bob] = world.hello("bob");
      const [eve] = world.hello("eve");
      const target = whisper(alice, "bob", "明天喝茶 tomorrow");
      const find = (text: string) =>
        [alice, bob, eve].map((user) => {
          user.read();
          user.ask({ type: "search", text });
          return user.get("found").messages.map(({ text }) => text);
        });
      assertEquals(find("喝茶").map(({ length }) => length), [1, 1, 0]);
      alice.ask({ type: "edit", target, text: "今天喝水" });
      for (const text of ["喝茶", "tomorrow"]) {
        assertEquals(find(text), [[], [], []]);
      }
      assertEquals(find("喝水"), [["今天喝水"], ["今天喝水"], []]);
      alice.ask({ type: "edit", target, text: "" });
      for (const text of ["喝水", "今天"]) {
        assertEquals(find(text), [[], [], []]);
      }
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});
