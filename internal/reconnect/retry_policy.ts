import { Backoff, type BackoffOptions } from "./backoff.ts";

/** How pauses grow, and how much is tried without a stable connection. */
export interface RetryLimits extends BackoffOptions {
  /** Milliseconds after which an open connection is stable. */
  readonly resetAfter: number;
  /** The most attempts. */
  readonly maxAttempts: number;
  /** The most milliseconds of attempts and pauses. */
  readonly maxRetryTime?: number | undefined;
}

/** The decision after an attempt: another one after a pause, or none. */
export type Retry =
  | { readonly delay: number }
  | { readonly delay?: undefined; readonly why: string };

/**
 * Decides when to connect again, and when to give up: counts attempts, lets pauses
 * grow, and begins anew after a stable connection. It has no clock and no I/O.
 */
export class RetryPolicy {
  readonly #limits: RetryLimits;
  readonly #backoff: Backoff;
  #attempt = 1;
  #giveUpAt: number;

  /**
   * @param limits The limits.
   * @param now The time of the first attempt, in milliseconds.
   * @param random Gives a number from 0 up to, but not including, 1.
   */
  constructor(limits: RetryLimits, now: number, random: () => number) {
    this.#limits = limits;
    this.#backoff = new Backoff(limits, random);
    this.#giveUpAt = this.#end(now);
  }

  /** The number of the attempt, from 1, since a connection was last stable. */
  get attempt(): number {
    return this.#attempt;
  }

  /** When the attempt is given up, however far it has come. */
  get giveUpAt(): number {
    return this.#giveUpAt;
  }

  /**
   * Takes note of the end of an attempt, or of its connection.
   *
   * @param upTime Milliseconds that the connection was open, negative without one.
   * @param now The time, in milliseconds.
   * @returns The pause before the next attempt, or why there is none.
   */
  next(upTime: number, now: number): Retry {
    const { resetAfter, maxAttempts, maxRetryTime } = this.#limits;
    this.#attempt++;
    if (upTime >= resetAfter) {
      this.#backoff.reset();
      this.#attempt = 1;
      this.#giveUpAt = this.#end(now);
    }
    if (this.#attempt > maxAttempts) {
      return { why: `${maxAttempts} attempts have failed` };
    }
    const delay = this.#backoff.next();
    return now + delay < this.#giveUpAt
      ? { delay }
      : { why: `${maxRetryTime} ms have passed` };
  }

  #end(now: number): number {
    return now + (this.#limits.maxRetryTime ?? Infinity);
  }
}
