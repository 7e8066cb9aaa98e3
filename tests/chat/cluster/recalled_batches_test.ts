import { assertEquals } from "@std/assert";
import { RecalledBatches } from "../../../chat/cluster/_recalled_batches.ts";
import type { ChatEntry } from "../../../chat/room/log/_chat_entry.ts";
import { said } from "./_entries.ts";

function take(
  recalled: RecalledBatches,
  origin: string,
  n: number,
  ...entries: ChatEntry[]
): readonly number[] {
  return [...recalled.take({ origin, n, entries })].map(([index]) => index);
}

Deno.test("RecalledBatches gives each batch once, with the indexes of its entries", () => {
  const recalled = new RecalledBatches();
  assertEquals(take(recalled, "a", 1, said("x"), said("x")), [0, 1]);
  assertEquals(take(recalled, "a", 1, said("x"), said("x")), []);
  assertEquals(take(recalled, "b", 1, said("x")), [0]);
  assertEquals(take(recalled, "a", 2, said("x")), [0]);
});

Deno.test("RecalledBatches gives each request of a user once, over all servers", () => {
  const recalled = new RecalledBatches();
  const [one, two] = [said("x", { ref: "1" }), said("y", { ref: "2" })];
  const other = said("x", { ref: "1", user: { id: 2, nickname: "bob" } });
  assertEquals(take(recalled, "a", 1, one), [0]);
  assertEquals(take(recalled, "b", 1, one, two, other), [1, 2]);
});

Deno.test("RecalledBatches gives a topic each time, as it may be set again", () => {
  const recalled = new RecalledBatches();
  const topic = { ...said("x", { ref: "1" }), type: "topic" } as ChatEntry;
  assertEquals(take(recalled, "a", 1, topic, topic), [0, 1]);
});
