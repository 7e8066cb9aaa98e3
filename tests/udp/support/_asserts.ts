import { assertEquals, assertRejects } from "@std/assert";

/** Asserts that a call rejects as one does at its limit. */
export async function assertTimeout(
  call: Promise<unknown>,
): Promise<DOMException> {
  const error = await assertRejects(() => call, DOMException);
  assertEquals(error.name, "TimeoutError");
  return error;
}
