import { assertEquals } from "@std/assert";
import { callSafely } from "../../../internal/errors/call_safely.ts";

Deno.test("callSafely() passes on what a function throws", () => {
  const faults: unknown[] = [];
  const error = new RangeError("Thrown by the test");
  callSafely(() => {
    throw error;
  }, (fault) => faults.push(fault));

  assertEquals(faults, [error]);
});

Deno.test("callSafely() passes on what an async function rejects with", async () => {
  const { promise, resolve } = Promise.withResolvers<unknown>();
  callSafely(() => Promise.reject("rejected"), resolve);

  assertEquals(await promise, "rejected");
});

Deno.test("callSafely() passes on nothing of a function that succeeds", async () => {
  const faults: unknown[] = [];
  callSafely(() => 1, (error) => faults.push(error));
  callSafely(() => Promise.resolve(2), (error) => faults.push(error));
  await Promise.resolve();

  assertEquals(faults, []);
});
