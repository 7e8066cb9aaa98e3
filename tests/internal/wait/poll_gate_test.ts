import { assert, assertEquals } from "@std/assert";
import { PollGate } from "../../../internal/wait/poll_gate.ts";

Deno.test("PollGate lets timers fire under a loop that never has to wait", async () => {
  const gate = new PollGate();
  let hasFired = false;
  setTimeout(() => hasFired = true, 0);
  // Only a bound for a fault: microtasks alone would come here in no time.
  for (let round = 0; !hasFired && round < 10_000_000; round++) {
    await gate.pass();
  }
  assert(hasFired);
});

Deno.test("PollGate.stop() lets all pass that wait, and those that come", async () => {
  const gate = new PollGate();
  const first = gate.pass();
  let waiting = first;
  while (waiting === first) waiting = gate.pass();
  gate.stop();
  await waiting;
  assertEquals(await gate.pass(), undefined);
});
