import { assertEquals } from "@std/assert";
import { DeadlineLine } from "../../../chat/server/_deadline_queue.ts";

Deno.test("DeadlineLine tells of each one in turn, and not of those taken out", async () => {
  const due: number[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  const line = new DeadlineLine(1, (id) => {
    due.push(id);
    if (line.size === 0) resolve();
  });
  for (const id of [1, 2, 3, 4]) line.add(id);
  line.remove(2);
  line.remove(9);
  await promise;
  assertEquals(due, [1, 3, 4]);
  assertEquals(line.size, 0);
});

Deno.test("DeadlineLine leaves no timer behind when it is empty", () => {
  const line = new DeadlineLine(60_000, () => {});
  line.add(1);
  line.remove(1);
  line.add(2);
  line.clear();
  assertEquals(line.size, 0);
});

Deno.test("DeadlineLine without a limit keeps nobody", () => {
  const line = new DeadlineLine(Infinity, () => {});
  line.add(1);
  assertEquals(line.size, 0);
});
