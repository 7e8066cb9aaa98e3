import { assertEquals } from "@std/assert";
import {
  type RetryLimits,
  RetryPolicy,
} from "../../../internal/reconnect/retry_policy.ts";

const LIMITS: RetryLimits = {
  initialDelay: 100,
  maxDelay: 1000,
  factor: 2,
  resetAfter: 5000,
  maxAttempts: Infinity,
};

/** As if the longest pauses always came up. */
function makePolicy(limits: Partial<RetryLimits> = {}): RetryPolicy {
  return new RetryPolicy({ ...LIMITS, ...limits }, 0, () => 1);
}

Deno.test("RetryPolicy counts attempts, with growing pauses between them", () => {
  const policy = makePolicy();
  const seen = [1, 2, 3].map(() => [
    policy.attempt,
    policy.next(-1, 0).delay,
  ]);
  assertEquals(seen, [[1, 100], [2, 200], [3, 400]]);
});

Deno.test("RetryPolicy begins anew after a stable connection, not after a short one", () => {
  const policy = makePolicy();
  policy.next(-1, 0);
  assertEquals([policy.next(4999, 0).delay, policy.attempt], [200, 3]);
  assertEquals([policy.next(5000, 0).delay, policy.attempt], [100, 1]);
});

Deno.test("RetryPolicy gives up after the attempts since the last stable connection", () => {
  const policy = makePolicy({ maxAttempts: 2 });
  assertEquals(policy.next(-1, 0), { delay: 100 });
  assertEquals(policy.next(5000, 0), { delay: 100 });
  assertEquals(policy.next(-1, 0), { delay: 200 });
  assertEquals(policy.next(-1, 0), { why: "2 attempts have failed" });
});

Deno.test("RetryPolicy gives up when a pause would exceed the time for attempts", () => {
  const policy = makePolicy({ maxRetryTime: 1000 });
  assertEquals(policy.giveUpAt, 1000);
  assertEquals(policy.next(-1, 899), { delay: 100 });
  assertEquals(policy.next(5000, 3000), { delay: 100 });
  assertEquals(policy.giveUpAt, 4000);
  assertEquals(policy.next(-1, 3800), { why: "1000 ms have passed" });
});
