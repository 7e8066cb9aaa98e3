import { assertEquals } from "@std/assert";
import { dropOldest } from "../../chat/_drop_oldest.ts";

Deno.test("dropOldest() keeps the last entries of a map and of a set", () => {
  const map = new Map([["a", 1], ["b", 2], ["c", 3]]);
  dropOldest(map, 2);
  assertEquals([...map.keys()], ["b", "c"]);

  const set = new Set(["a", "b", "c"]);
  set.delete("a");
  set.add("a");
  dropOldest(set, 1);
  assertEquals([...set], ["a"]);
});

Deno.test("dropOldest() drops nothing of what is not too much", () => {
  const set = new Set(["a", "b"]);
  dropOldest(set, 2);
  dropOldest(set, Infinity);
  assertEquals([...set], ["a", "b"]);
});
