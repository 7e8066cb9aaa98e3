import { assertEquals } from "@std/assert";
import { Conversation, type Item } from "../../../../chat/page/state/store.js";

Deno.test("Conversation has its items in order, each once, and not too many", () => {
  const conversation = new Conversation("room", "lobby", "#lobby");
  const item = (id: number): Item => ({
    ...{ key: `${id}`, epoch: "e", id, order: id, time: 0 },
    ...{ isOwn: false, isMention: false },
    message: { type: "note", text: "x" },
  });
  for (const id of [5, 3, 9, 3, 1, 9]) conversation.insert(item(id));
  assertEquals(conversation.items.map(({ id }) => id), [
    1,
    3,
    5,
    9,
  ]);
  for (let id = 10; id < 1500; id++) conversation.insert(item(id));
  assertEquals(conversation.items.length, 1000);
  assertEquals(conversation.itemKeys.size, 1000);
  assertEquals(conversation.items[0]?.id, 500);
  assertEquals(conversation.hasEarlier, true);
  // Earlier ones are loaded for the user who asks for them, up to a limit.
  for (let id = 499; id > -5000; id--) conversation.insert(item(id));
  assertEquals(conversation.items.length, 5000);
  assertEquals(conversation.itemKeys.size, 5000);
  assertEquals(conversation.items.at(-1)?.id, 1499);
  assertEquals(conversation.hasEarlier, false);
});
