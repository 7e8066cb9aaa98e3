import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  checkDeadline,
  checkTimeout,
  toMonotonic,
} from "../../../internal/wait/wait_options.ts";

Deno.test("checkTimeout() passes 0 to Infinity", () => {
  for (const timeout of [0, -0, 0.5, 1, 2 ** 40, Infinity]) {
    assertEquals(checkTimeout(timeout), timeout);
  }
});

Deno.test("checkTimeout() says what it found and what would do", () => {
  assertThrows(
    () => checkTimeout(-5),
    RangeError,
    "Cannot use timeout -5: expected 0 to Infinity milliseconds",
  );
  assertThrows(
    () => checkTimeout(NaN, "idle timeout"),
    RangeError,
    "Cannot use idle timeout NaN",
  );
  const values: unknown[] = ["5", null, undefined, {}, 5n, true, Symbol("x")];
  for (const value of values) {
    assertThrows(
      () => checkTimeout(value as number),
      TypeError,
      `Cannot use timeout ${String(value)}`,
    );
  }
});

Deno.test("checkDeadline() passes dates, numbers and none", () => {
  assertEquals(checkDeadline(undefined), Infinity);
  assertEquals(checkDeadline(Infinity), Infinity);
  assertEquals(checkDeadline(5), 5);
  assertEquals(checkDeadline(-5), -5);
  assertEquals(checkDeadline(new Date(5)), 5);
});

Deno.test("checkDeadline() throws at what is no moment", () => {
  assertThrows(() => checkDeadline(NaN), RangeError, "Cannot use the deadline");
  assertThrows(() => checkDeadline(new Date("x")), RangeError);
  const values: unknown[] = ["5", null, {}, 5n, true];
  for (const value of values) {
    assertThrows(
      () => checkDeadline(value as Date),
      TypeError,
      "expected a Date",
    );
  }
});

Deno.test("toMonotonic() maps the wall clock to the monotonic one", () => {
  assertEquals(toMonotonic(Infinity), Infinity);
  assertEquals(toMonotonic(-Infinity), -Infinity);
  const before = performance.now();
  const mapped = toMonotonic(Date.now() + 1000);
  assert(mapped >= before + 998);
  assert(toMonotonic(Date.now() - 1000) < performance.now());
});
