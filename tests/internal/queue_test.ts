import { assertEquals } from "@std/assert";
import { Queue } from "../../internal/queue.ts";
import { withSeeds } from "../property/_random.ts";

Deno.test("Queue gives its values in order, whenever they come and go", () => {
  withSeeds(20, (random) => {
    const queue = new Queue<number>();
    const expected: number[] = [];
    for (let step = 0; step < 5000; step++) {
      if (random.int(0, 9) < (step < 2500 ? 7 : 3)) {
        queue.push(step);
        expected.push(step);
      } else assertEquals(queue.shift(), expected.shift());
      assertEquals(queue.length, expected.length);
    }
  });
});

Deno.test("Queue.clear() forgets all values", () => {
  const queue = new Queue<string>();
  for (const value of ["a", "b", "c"]) queue.push(value);
  assertEquals(queue.shift(), "a");
  queue.clear();
  assertEquals([queue.length, queue.shift()], [0, undefined]);
  queue.push("d");
  assertEquals(queue.shift(), "d");
});
