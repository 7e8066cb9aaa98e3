import { assertEquals } from "@std/assert";
import { DeadlineQueue } from "../../../chat/server/_deadline_queue.ts";

Deno.test("DeadlineQueue calls for each id in order, and not for removed ones", async () => {
  const due: number[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  const queue = new DeadlineQueue(1, (id) => {
    due.push(id);
    if (queue.size === 0) resolve();
  });
  for (const id of [1, 2, 3, 4]) queue.add(id);
  queue.remove(2);
  queue.remove(9);
  await promise;
  assertEquals(due, [1, 3, 4]);
  assertEquals(queue.size, 0);
});

Deno.test("DeadlineQueue leaves no timer behind when it is empty", () => {
  const queue = new DeadlineQueue(60_000, () => {});
  queue.add(1);
  queue.remove(1);
  queue.add(2);
  queue.clear();
  assertEquals(queue.size, 0);
});

Deno.test("DeadlineQueue without a limit keeps no ids", () => {
  const queue = new DeadlineQueue(Infinity, () => {});
  queue.add(1);
  assertEquals(queue.size, 0);
});
