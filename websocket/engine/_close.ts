import { Alarm } from "../../internal/wait/alarm.ts";
import { checkWait } from "../../internal/check_options.ts";
import {
  checkDeadline,
  toMonotonic,
  type WaitOptions,
} from "../../internal/wait/wait_options.ts";
import { closePayload } from "../frame/_close_payload.ts";
import { CloseCode } from "../close_code.ts";
import type { ProtocolError } from "../protocol_error.ts";
import type { CloseInfo } from "../websocket_options.ts";
import type { MessageEngine } from "./_message_engine.ts";

/** A call of `close()`, whose arguments {@linkcode checkClose} has accepted. */
export interface CloseCall {
  readonly code: number | undefined;
  readonly reason: string;
  readonly options: WaitOptions;
  /** Settles at the end of the connection; asked for if the call has limits. */
  readonly ended: () => Promise<unknown>;
  /** Cuts the connection when the signal aborts. */
  readonly cut: () => void;
}

/**
 * Checks the arguments of `close()`.
 *
 * @throws {TypeError | RangeError} If one is not valid.
 */
export function checkClose(
  code: number | undefined,
  reason: string,
  options: WaitOptions,
): void {
  closePayload(code, reason);
  checkWait(options);
}

/**
 * Starts the closing handshake, and ends the connection when the signal aborts
 * and at the deadline. `timeout` limits the time without progress; a deadline
 * replaces the default of it.
 */
export function beginClose(engine: MessageEngine, call: CloseCall): void {
  const { code, reason, options, ended, cut } = call;
  const { timeout, signal } = options;
  const deadline = checkDeadline(options.deadline);
  const isLate = deadline <= Date.now();
  const fallback = deadline === Infinity ? undefined : Infinity;
  engine.beginClose(code, reason, isLate ? 0 : timeout ?? fallback);
  // A full queue must not hide the peer's close frame.
  engine.resume();
  if (signal === undefined && deadline === Infinity) return;
  if (signal?.aborted) return cut();
  const alarm = new Alarm(() => engine.beginClose(code, reason, 0), true);
  if (deadline !== Infinity) alarm.ringBy(toMonotonic(deadline));
  signal?.addEventListener("abort", cut);
  const release = () => {
    alarm.stop();
    signal?.removeEventListener("abort", cut);
  };
  ended().then(release, release);
}

/** An end that the peer has not confirmed: a failure, or a lost link. */
export function uncleanEnd(failure: ProtocolError | undefined): CloseInfo {
  return {
    code: failure?.closeCode ?? CloseCode.abnormal,
    reason: failure?.message ?? "",
    wasClean: false,
  };
}
