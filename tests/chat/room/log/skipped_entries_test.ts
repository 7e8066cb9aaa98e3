import { assertEquals } from "@std/assert";
import { SkippedEntries } from "../../../../chat/room/log/_skipped_entries.ts";

Deno.test("SkippedEntries knows the ids of all ranges, ends included", () => {
  const skipped = new SkippedEntries();
  assertEquals(skipped.has(1), false);
  skipped.add(3);
  skipped.add(5, 7);
  const found = [2, 3, 4, 5, 6, 7, 8].filter((id) => skipped.has(id));
  assertEquals(found, [3, 5, 6, 7]);
});

Deno.test("SkippedEntries saves neighbours as one range", () => {
  const skipped = new SkippedEntries();
  for (const id of [1, 2, 3, 5]) skipped.add(id);
  skipped.add(6, 9);
  assertEquals(skipped.save(), [[1, 3], [5, 9]]);
});

Deno.test("SkippedEntries forgets the oldest range beyond 4,096", () => {
  const skipped = new SkippedEntries();
  for (let count = 0; count <= 4_096; count++) skipped.add(count * 2);
  assertEquals(skipped.save().length, 4_096);
  assertEquals([0, 2].map((id) => skipped.has(id)), [false, true]);
});
