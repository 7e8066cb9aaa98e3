import {
  isCount,
  isInteger,
  isSignal,
  isTime,
  isType,
  type OptionChecks,
  typeOf,
} from "../check_options.ts";
import { MAX_DELAY } from "../wait/max_delay.ts";

/** The argument of a function that dials. */
export interface DialAttempt {
  /** Aborts when the attempt is given up. Pass it on to the dialling call. */
  readonly signal: AbortSignal;
  /** The number of the attempt, from 1, since a connection was last stable. */
  readonly attempt: number;
}

/**
 * The state of a connection that comes back: `connecting` includes the pause
 * before the attempt; `lost` follows a failed attempt, too; `closed` is the last.
 * The reason of `closed` is `undefined` after `close()`.
 *
 * @typeParam C The type of the connections.
 */
export type ReconnectState<C> =
  | {
    readonly type: "connecting";
    /** The number of the attempt, from 1, since a connection was last stable. */
    readonly attempt: number;
    /** Milliseconds from this state to the attempt. */
    readonly delay: number;
  }
  | { readonly type: "open"; readonly conn: C }
  | { readonly type: "lost"; readonly reason: unknown }
  | { readonly type: "closed"; readonly reason: unknown };

/**
 * How to connect again.
 *
 * @typeParam C The type of the connections.
 */
export interface ReconnectOptions<C> {
  /**
   * Prepares each new connection before anything else goes out on it: logs in,
   * subscribes again. It uses the connection that it is given, which is not yet
   * in use by anything else. If it fails, the connection is lost.
   */
  onOpen?: (conn: C, attempt: DialAttempt) => unknown;
  /**
   * Whether to connect again after this failure; otherwise it is the end.
   *
   * @default {() => true}
   */
  isRetriable?: (reason: unknown) => boolean;
  /**
   * Milliseconds up to which the pause before the second attempt may take. The
   * pause is chosen at random from 0 to its limit, which grows by `factor` with
   * each attempt, up to `maxDelay`.
   *
   * @default {200}
   */
  initialDelay?: number;
  /**
   * Milliseconds that no pause exceeds.
   *
   * @default {30000}
   */
  maxDelay?: number;
  /**
   * By how much the limit of the pause grows with each attempt.
   *
   * @default {2}
   */
  factor?: number;
  /**
   * Milliseconds after which an open connection is stable: when it is lost, the
   * pauses and the count of attempts start anew.
   *
   * @default {5000}
   */
  resetAfter?: number;
  /**
   * Milliseconds that one attempt may take, `onOpen` included.
   *
   * @default {30000}
   */
  attemptTimeout?: number;
  /**
   * How many attempts to make without a stable connection.
   *
   * @default {Infinity}
   */
  maxAttempts?: number;
  /**
   * Milliseconds that attempts and pauses may take without a stable connection.
   *
   * @default {Infinity}
   */
  maxRetryTime?: number;
  /** Cuts the connection and ends everything, with the signal's reason. */
  signal?: AbortSignal;
}

/** The checks of all options. */
export const RECONNECT_CHECKS: OptionChecks<ReconnectOptions<unknown>> = {
  onOpen: isType("function"),
  isRetriable: isType("function"),
  initialDelay: isInteger(0, MAX_DELAY),
  maxDelay: isInteger(0, MAX_DELAY),
  factor: isFactor,
  resetAfter: isTime,
  attemptTimeout: isTime,
  maxAttempts: isCount(1),
  maxRetryTime: isTime,
  signal: isSignal,
};

function isFactor(value: unknown, name: string): void {
  if (typeof value !== "number") {
    throw new TypeError(
      `Cannot use ${name} of type ${typeOf(value)}: expected a number`,
    );
  }
  if (value >= 1 && value < Infinity) return;
  throw new RangeError(
    `Cannot use ${name} ${value}: expected a finite number of at least 1`,
  );
}
