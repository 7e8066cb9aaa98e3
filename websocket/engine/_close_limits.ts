import { Alarm } from "../../internal/wait/alarm.ts";
import {
  checkDeadline,
  checkWait,
  toMonotonic,
} from "../../internal/wait/wait_options.ts";
import type { WebSocketCloseOptions } from "../websocket_conn.ts";

/**
 * Milliseconds without progress in which a closing is given up, by the options of
 * the call; `undefined` if they do not limit it. A deadline does so in place of
 * any time without progress, see {@linkcode endAtLimits}.
 *
 * @throws {TypeError | RangeError} If an option is not valid.
 */
export function closeTimeoutOf(
  options: WebSocketCloseOptions,
): number | undefined {
  checkWait(options);
  const { timeout, deadline } = options;
  if (deadline === undefined) return timeout;
  if (checkDeadline(deadline) <= Date.now()) return 0;
  return timeout ?? Infinity;
}

/** What a call that closes a connection does to it at its limits. */
export interface ClosingCall {
  /** Settles at the end of the connection. */
  readonly ended: () => Promise<unknown>;
  /** Cuts the connection, as the signal has aborted. */
  readonly cut: () => void;
  /** Gives the closing up, as the deadline has passed. */
  readonly giveUp: () => void;
}

/**
 * Ends a closing when the signal of the call aborts and at its deadline, unless
 * the connection has ended by then.
 *
 * @param options The limits, which {@linkcode closeTimeoutOf} has let pass.
 * @param call What to do.
 */
export function endAtLimits(
  { signal, deadline }: WebSocketCloseOptions,
  { ended, cut, giveUp }: ClosingCall,
): void {
  if (signal === undefined && deadline === undefined) return;
  if (signal?.aborted) return cut();
  const end = toMonotonic(checkDeadline(deadline));
  const alarm = new Alarm(giveUp, true);
  if (end !== Infinity) alarm.ringBy(end);
  signal?.addEventListener("abort", cut);
  const release = () => {
    alarm.stop();
    signal?.removeEventListener("abort", cut);
  };
  ended().then(release, release);
}
