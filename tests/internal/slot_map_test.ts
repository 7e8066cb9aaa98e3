import { assertEquals } from "@std/assert";
import { SlotMap } from "../../internal/slot_map.ts";

interface Value {
  readonly name: string;
}

function filled(...names: string[]): SlotMap<string, Value> {
  const map = new SlotMap<string, Value>();
  for (const name of names) map.set(name, { name });
  return map;
}

Deno.test("SlotMap keeps the order of the keys, whatever places are free", () => {
  const map = filled("a", "b", "c");
  assertEquals(map.delete("a"), true);
  assertEquals(map.delete("a"), false);
  map.set("d", { name: "d" });
  map.set("b", { name: "B" });

  assertEquals([...map.keys()], ["b", "c", "d"]);
  assertEquals([...map.values()].map(({ name }) => name), ["B", "c", "d"]);
  assertEquals([...map], [...map.entries()]);
  assertEquals(new Map(map).get("d"), { name: "d" });
  assertEquals(map.size, 3);
  assertEquals([map.has("a"), map.has("d")], [false, true]);
  assertEquals(map.get("a"), undefined);
});

Deno.test("SlotMap.forEach() passes on what it is given, as that of Map does", () => {
  const map = filled("a", "b");
  const seen: unknown[] = [];
  map.forEach(function (this: unknown, value, key, all) {
    seen.push([this, value.name, key, all === map]);
  }, 7);
  assertEquals(seen, [[7, "a", "a", true], [7, "b", "b", true]]);
});

Deno.test("SlotMap.each() leaves out what is taken out meanwhile", () => {
  const map = filled("a", "b", "c");
  const seen: string[] = [];
  map.each(({ name }) => {
    seen.push(name);
    map.delete("b");
  });
  assertEquals(seen, ["a", "c"]);
});

Deno.test("SlotMap.values() goes on when the value at hand is taken out", () => {
  const map = filled("a", "b", "c");
  for (const { name } of map.values()) map.delete(name);
  assertEquals(map.size, 0);
});

Deno.test("SlotMap agrees with a Map, whatever comes and goes", () => {
  const map = new SlotMap<number, Value>();
  const model = new Map<number, Value>();
  let state = 1;
  for (let step = 0; step < 20_000; step++) {
    state = (state * 48271) % 0x7fffffff;
    const key = state % 50;
    // Often enough all go.
    if (state % 7 < 4 || step % 1000 > 900) {
      assertEquals(map.delete(key), model.delete(key));
    } else {
      const value = { name: String(step) };
      map.set(key, value);
      model.set(key, value);
    }
    assertEquals(map.size, model.size);
    if (step % 100 === 0) assertEquals([...map], [...model]);
  }
});

Deno.test("SlotMap goes through few when few are left", () => {
  const map = new SlotMap<number, Value>();
  for (let key = 0; key < 10_000; key++) map.set(key, { name: String(key) });
  for (let key = 0; key < 9_990; key++) map.delete(key);
  // What is found when the places have moved, and may move while all are visited.
  const seen: string[] = [];
  map.each(({ name }) => {
    seen.push(name);
    for (let key = 9_990; key < 9_995; key++) map.delete(key);
    map.set(20_000, { name: "new" });
  });
  // Whether what has just come is visited, nobody is promised.
  const known = seen.filter((name) => name !== "new");
  assertEquals(known, ["9990", "9995", "9996", "9997", "9998", "9999"]);
  assertEquals([...map.keys()], [9995, 9996, 9997, 9998, 9999, 20_000]);
  assertEquals(map.get(9_997), { name: "9997" });
});

Deno.test("SlotMap shows what is in it, as a Map does", () => {
  assertEquals(Deno.inspect(filled("a")), 'Map(1) { "a" => { name: "a" } }');
});
