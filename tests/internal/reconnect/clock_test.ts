import { assert } from "@std/assert";
import { SYSTEM_CLOCK } from "../../../internal/reconnect/clock.ts";

Deno.test("random() gives numbers from 0 to below 1", () => {
  const values = Array.from({ length: 100 }, () => SYSTEM_CLOCK.random());

  assert(values.every((value) => value >= 0 && value < 1));
});

Deno.test("now() never goes back, and goes on during a sleep", async () => {
  const { signal } = new AbortController();
  const before = SYSTEM_CLOCK.now();

  await SYSTEM_CLOCK.sleep(5, signal);

  assert(SYSTEM_CLOCK.now() > before);
});
