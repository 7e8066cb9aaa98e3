import {
  assert,
  assertEquals,
  assertInstanceOf,
  AssertionError,
  assertStringIncludes,
} from "@std/assert";
import { ClosedError } from "../../../internal/errors/closed_error.ts";

/** The error that a call fails with. */
export async function errorOf(call: Promise<unknown>): Promise<unknown> {
  let value: unknown;
  try {
    value = await call;
  } catch (error) {
    return error;
  }
  throw new AssertionError(`Expected a failure, got ${Deno.inspect(value)}`);
}

/** Checks that an error is that of a limit. */
export function assertTimeout(error: unknown): void {
  assertInstanceOf(error, DOMException);
  assertEquals(error.name, "TimeoutError");
  assertStringIncludes(error.message, "Cannot ");
}

/** Checks that a call fails at a limit. */
export async function assertTimesOut(call: Promise<unknown>): Promise<void> {
  assertTimeout(await errorOf(call));
}

/** Checks that an error is that of a closed connection. */
export function assertClosed(error: unknown): void {
  assertInstanceOf(error, ClosedError);
  assertInstanceOf(error, Deno.errors.BadResource);
}

/** What the error of a write tells of the bytes that go out. */
export function bytesWrittenOf(error: unknown): number {
  assert(typeof error === "object" && error !== null, "Expected an object");
  const value = "bytesWritten" in error ? error.bytesWritten : undefined;
  if (typeof value === "number") return value;
  throw new AssertionError(`Expected bytesWritten, got ${String(value)}`);
}

/** Lets the event loop go round once. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

/** Whether a promise is still pending after a turn of the event loop. */
export async function isPending(promise: Promise<unknown>): Promise<boolean> {
  let isSettled = false;
  const settle = () => {
    isSettled = true;
  };
  promise.then(settle, settle);
  await nextTurn();
  return !isSettled;
}

/** Waits for a state that an event of the other end brings about. */
export async function until(isReached: () => boolean): Promise<void> {
  for (let turn = 0; turn < 60_000 && !isReached(); turn++) await nextTurn();
  assert(isReached(), `Never reached: ${isReached}`);
}
