import { assert, assertEquals } from "@std/assert";
import { openSqliteStore } from "../../../../chat/store/sqlite_store.ts";
import { RoomWorld } from "../_room_world.ts";

const ignore = Deno.permissions.querySync({ name: "write" }).state !==
  "granted";

/** Plays in a chat with a data file. */
async function withFile(play: (world: RoomWorld) => void): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    using store = await openSqliteStore(`${folder}/chat.db`);
    play(new RoomWorld({ store }));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test({
  name: "A history goes back as far as the data file",
  ignore,
  fn: () =>
    withFile((world) => {
      const [alice] = world.hello("alice");
      for (let count = 1; count <= 250; count++) {
        alice.ask({ type: "say", text: `line ${count}` });
      }
      const texts: string[] = [];
      let before: number | undefined;
      for (;;) {
        alice.ask({ type: "history", room: "lobby", before, limit: 100 });
        const { messages, complete } = alice.get("history");
        texts.unshift(...messages.map(({ text }) => text));
        if (complete) break;
        before = messages[0].id;
      }
      assertEquals(texts.length, 250);
      assertEquals([texts[0], texts[249]], ["line 1", "line 250"]);
    }),
});

Deno.test({
  name: "A search finds words in the user's rooms and own private messages",
  ignore,
  fn: () =>
    withFile((world) => {
      const [alice] = world.hello("alice");
      const [bob] = world.hello("bob");
      const [eve] = world.hello("eve");
      alice.ask({ type: "say", text: "我们明天去喝茶" });
      alice.ask({ type: "msg", to: "bob", text: "tea at five" });
      bob.ask({ type: "join", room: "cats" });
      bob.ask({ type: "say", room: "cats", text: "cats like no tea" });
      const found = (user: typeof alice, text: string, room?: string) => {
        user.read();
        user.ask({ type: "search", text, room, ref: "s" });
        const answer = user.get("found");
        assertEquals(answer.ref, "s");
        return answer.messages;
      };
      const find = (...query: Parameters<typeof found>) =>
        found(...query).map((message) => message.text);
      assertEquals(find(alice, "喝茶"), ["我们明天去喝茶"]);
      assertEquals(find(alice, "tea"), ["tea at five"]);
      assertEquals(find(bob, "TEA"), ["cats like no tea", "tea at five"]);
      assertEquals(find(bob, "tea", "cats"), ["cats like no tea"]);
      assertEquals(find(eve, "tea"), []);
      eve.ask({ type: "search", text: "tea", room: "cats" });
      assertEquals(eve.error()[0], "not-in-room");

      // A changed message is found by its new text alone.
      const [{ id }] = found(alice, "喝茶");
      alice.ask({ type: "edit", target: id, text: "明天不去了" });
      assertEquals(find(alice, "喝茶"), []);
      assertEquals(find(alice, "不去"), ["明天不去了"]);
      alice.ask({ type: "edit", target: id, text: "" });
      assertEquals(find(alice, "不去"), []);
    }),
});

Deno.test({
  name: "Nothing of a locked room is found after it was closed",
  ignore,
  fn: () =>
    withFile((world) => {
      const [alice] = world.hello("alice");
      alice.line("/join plans", "/lock", "the secret", "/leave");
      const [bob] = world.hello("bob");
      bob.line("/join plans");
      bob.read();
      bob.ask({ type: "history", room: "plans" });
      assertEquals(bob.get("history").messages, []);
      bob.ask({ type: "search", text: "secret" });
      assertEquals(bob.get("found").messages, []);
    }),
});

Deno.test("Without a data file, there is nothing to search", () => {
  const world = new RoomWorld();
  const [alice] = world.hello("alice");
  alice.ask({ type: "search", text: "tea" });
  assertEquals(alice.error()[0], "no-search");
  assert(world.room.online === 1);
});
