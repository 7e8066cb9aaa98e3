/**
 * Limits on one call that waits. Every such call of the package takes them; the
 * earliest of the limits, those of the connection included, ends the wait.
 *
 * If the process stands still beyond a limit, bytes that have arrived meanwhile
 * still count, and a call of several steps, such as a dial or a handshake, gets
 * the lost time once more, at most as much as it had.
 *
 * @example Usage
 * ```ts
 * import { pipe } from "@vnet/net/testing";
 * import { assertEquals, assertRejects } from "@std/assert";
 *
 * const [left, right] = pipe();
 * using _left = left;
 * using _right = right;
 * const buffer = new Uint8Array(16);
 * const error = await assertRejects(
 *   () => left.read(buffer, { timeout: 1 }),
 *   DOMException,
 * );
 * assertEquals(error.name, "TimeoutError");
 * ```
 */
export interface WaitOptions {
  /** Ends the wait, which then rejects with the signal's reason itself. */
  signal?: AbortSignal | undefined;
  /**
   * Milliseconds to wait. `0` takes a result that is there already, or times out;
   * `Infinity` waits without a limit.
   */
  timeout?: number | undefined;
  /** The moment the wait ends, as a `Date` or in milliseconds since the epoch. */
  deadline?: Date | number | undefined;
}

/** Whether any limit is set in options that may have others too. */
export function hasLimits(wait: WaitOptions): boolean {
  return wait.timeout !== undefined || wait.signal !== undefined ||
    wait.deadline !== undefined;
}

/** The last moment that a `Date` can tell, in milliseconds since the epoch. */
const MAX_TIME = 8.64e15;

/**
 * Checks a timeout in milliseconds and returns it.
 *
 * @param timeout Milliseconds, from `0` to `Infinity`.
 * @param what The name to use in the error.
 */
export function checkTimeout(timeout: number, what = "timeout"): number {
  if (typeof timeout !== "number") {
    throw new TypeError(
      `Cannot use ${what} ${
        String(timeout)
      }: expected a number of milliseconds`,
    );
  }
  if (!(timeout >= 0)) {
    throw new RangeError(
      `Cannot use ${what} ${timeout}: expected 0 to Infinity milliseconds`,
    );
  }
  return timeout;
}

/**
 * Turns a deadline into milliseconds since the epoch, `Infinity` for none.
 *
 * @param deadline The moment, or `undefined` or `Infinity` for no deadline.
 */
export function checkDeadline(deadline: Date | number | undefined): number {
  if (deadline === undefined) return Infinity;
  const time = deadline instanceof Date ? deadline.getTime() : deadline;
  if (typeof time !== "number") {
    throw new TypeError(
      `Cannot use deadline ${String(deadline)}: expected a Date or a number`,
    );
  }
  if (Number.isNaN(time)) {
    throw new RangeError(
      "Cannot use the deadline: expected a valid Date or milliseconds since the epoch",
    );
  }
  // A moment beyond what a `Date` can tell is none.
  return time > MAX_TIME ? Infinity : Math.max(time, -MAX_TIME);
}

/** Checks that options are an object. */
export function checkObject(options: object): void {
  if (typeof options === "object" && options !== null) return;
  const type = options === null ? "null" : typeof options;
  throw new TypeError(
    `Cannot use options of type ${type}: expected an object`,
  );
}

/** Checks that a signal is one. */
export function checkSignal(signal: AbortSignal | undefined): void {
  if (signal === undefined || signal instanceof AbortSignal) return;
  throw new TypeError("Cannot use the signal: expected an AbortSignal");
}

/**
 * Maps a moment of the wall clock to the monotonic clock of
 * `performance.now()`, by which all waits are timed.
 */
export function toMonotonic(epoch: number): number {
  return epoch === Infinity
    ? Infinity
    : performance.now() + (epoch - Date.now());
}
