import { assert, assertEquals, assertRejects } from "@std/assert";
import { SYSTEM_CLOCK } from "../../../internal/reconnect/clock.ts";

Deno.test("sleep() resolves after the delay and leaves no listener", async () => {
  const { signal } = new AbortController();
  const before = SYSTEM_CLOCK.now();

  await SYSTEM_CLOCK.sleep(5, signal);

  assert(SYSTEM_CLOCK.now() > before);
});

Deno.test("sleep() rejects with the reason of a signal, before and during", async () => {
  const controller = new AbortController();
  const reason = new RangeError("Stopped by the test");
  const sleeping = SYSTEM_CLOCK.sleep(1e6, controller.signal);

  controller.abort(reason);

  const during = await assertRejects(() => sleeping, RangeError);
  const before = await assertRejects(
    () => SYSTEM_CLOCK.sleep(1e6, controller.signal),
    RangeError,
  );
  assertEquals([during, before], [reason, reason]);
});

Deno.test("random() gives numbers from 0 to below 1", () => {
  const values = Array.from({ length: 100 }, () => SYSTEM_CLOCK.random());

  assert(values.every((value) => value >= 0 && value < 1));
});
