import { checkDeadline, checkWait } from "../internal/wait_options.ts";
import type { WebSocketCloseOptions } from "./websocket_conn.ts";

/**
 * Milliseconds that a closing handshake may take, by the options of the call;
 * `undefined` if they do not limit it.
 *
 * @throws {TypeError | RangeError} If an option is not valid.
 */
export function closeTimeoutOf(
  options: WebSocketCloseOptions,
): number | undefined {
  checkWait(options);
  const { timeout, deadline } = options;
  if (deadline === undefined) return timeout;
  const left = Math.max(0, checkDeadline(deadline) - Date.now());
  return Math.min(left, timeout ?? Infinity);
}

/**
 * Cuts a connection when a signal aborts, unless it has ended by then.
 *
 * @param signal The signal of the call, if it has one.
 * @param ended Settles at the end of the connection.
 * @param cut Cuts the connection.
 */
export function cutOnAbort(
  signal: AbortSignal | undefined,
  ended: () => Promise<unknown>,
  cut: () => void,
): void {
  if (signal === undefined) return;
  if (signal.aborted) return cut();
  const onAbort = () => cut();
  signal.addEventListener("abort", onAbort);
  const release = () => signal.removeEventListener("abort", onAbort);
  ended().then(release, release);
}
