import { assert, assertEquals, assertRejects } from "@std/assert";
import { getEventListeners } from "node:events";
import { sleep } from "../../../internal/wait/sleep.ts";

Deno.test("sleep() resolves after the delay and leaves no listener", async () => {
  const { signal } = new AbortController();
  const before = performance.now();

  await sleep(5, signal);

  assert(performance.now() > before);
  assertEquals(getEventListeners(signal, "abort"), []);
});

Deno.test("sleep() rejects with the reason of a signal, before and during", async () => {
  const controller = new AbortController();
  const reason = new RangeError("Stopped by the test");
  const sleeping = sleep(1e6, controller.signal);

  controller.abort(reason);

  const during = await assertRejects(() => sleeping, RangeError);
  const before = await assertRejects(
    () => sleep(1e6, controller.signal),
    RangeError,
  );
  assertEquals([during, before], [reason, reason]);
});
