import { assertEquals } from "@std/assert";
import { ServerTable } from "../../../chat/cluster/_server_table.ts";

Deno.test("ServerTable accepts each number of a server once, and none before it", () => {
  const table = new ServerTable();
  assertEquals(table.accept("a", 1), true);
  assertEquals(table.accept("a", 1), false);
  assertEquals(table.accept("b", 1), true);
  assertEquals(table.accept("a", 3), true);
  assertEquals(table.accept("a", 2), false);
});

Deno.test("ServerTable remembers servers that were declared dead, also unknown ones", () => {
  const table = new ServerTable();
  table.accept("a", 4);
  assertEquals([table.isGone("a"), table.isGone("b")], [false, false]);
  table.declareGone("a");
  table.declareGone("b");
  assertEquals([table.isGone("a"), table.isGone("b")], [true, true]);
  assertEquals(table.accept("a", 4), false);
  assertEquals(table.accept("a", 5), true);
  assertEquals(table.isGone("a"), true);
});

Deno.test("ServerTable goes on from a saved table", () => {
  const table = new ServerTable();
  table.accept("a", 4);
  table.accept("b", 2);
  table.declareGone("a");
  const saved = table.save();
  const other = new ServerTable(JSON.parse(JSON.stringify(saved)));
  assertEquals(other.save(), saved);
  assertEquals(other.accept("b", 2), false);
  assertEquals(other.isGone("a"), true);
});

Deno.test("ServerTable forgets the servers of which nothing came for the longest", () => {
  const table = new ServerTable();
  for (let index = 0; index < 5_000; index++) {
    table.accept("busy", index + 1);
    table.accept(`old${index}`, 1);
  }
  assertEquals(table.save().length, 4_096);
  assertEquals(table.accept("busy", 5_000), false);
  assertEquals(table.accept("old4999", 1), false);
  assertEquals(table.accept("old0", 1), true);
  // A table that was saved and restored forgets the same ones.
  const restored = new ServerTable(table.save());
  for (const one of [table, restored]) one.accept("new", 1);
  assertEquals(restored.save(), table.save());
});
