import { ClosedError } from "./closed_error.ts";

/**
 * Tells whether a call has ended at a limit: its timeout, its deadline, or a
 * signal of `AbortSignal.timeout` (Go's `net.Error.Timeout()`).
 *
 * The system's own timeouts, such as that of a connection attempt nobody has
 * answered, are `Deno.errors.TimedOut` and count too.
 *
 * @param error The reason with which the call has rejected.
 * @returns Whether it is a timeout.
 *
 * @example Usage
 * ```ts
 * import { isTimeout } from "@vnet/net/tcp";
 * import { pipe } from "@vnet/net/testing";
 * import { assert, assertRejects } from "@std/assert";
 *
 * const [left, right] = pipe();
 * const error = await assertRejects(() => left.readLine({ timeout: 1 }));
 * assert(isTimeout(error));
 * left.close();
 * right.close();
 * ```
 */
export function isTimeout(error: unknown): boolean {
  return error instanceof DOMException && error.name === "TimeoutError" ||
    error instanceof Deno.errors.TimedOut;
}

/**
 * Tells whether a call has failed because its connection or listener was closed
 * on this side, before it or while it was pending (Go's `net.ErrClosed`). A
 * connection that the peer has closed is not meant: reads tell its end by `null`.
 *
 * It takes a {@linkcode ClosedError} of another version of the package too.
 *
 * @param error The reason with which the call has rejected.
 * @returns Whether it is a `ClosedError`.
 *
 * @example Usage
 * ```ts
 * import { isClosed, listenTcp } from "@vnet/net/tcp";
 * import { assert, assertRejects } from "@std/assert";
 *
 * const listener = listenTcp("127.0.0.1:0");
 * const accepting = listener.accept();
 * listener.close();
 * assert(isClosed(await assertRejects(() => accepting)));
 * ```
 */
export function isClosed(error: unknown): boolean {
  return error instanceof ClosedError ||
    error instanceof Deno.errors.BadResource && error.name === "ClosedError";
}
