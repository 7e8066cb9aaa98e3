import { afterPoll } from "../../../internal/after_poll.ts";

/** What one turn of the event loop may queue for one user, whatever the bound. */
const MAX_BURST = 64 * 1024 * 1024;

/** How many times its bound a queue may hold, if that is more. */
const MAX_BURST_FACTOR = 16;

/**
 * Decides whether a user is too slow to read: by the bytes that are left when the
 * runtime has polled the sockets, and not by those that this very turn has queued,
 * since no write can end before the turn does. A turn may queue up to 64 MiB or 16
 * times the bound, whichever is more.
 *
 * It costs nothing as long as the bound is kept.
 */
export class UnreadBound {
  readonly #maxBytes: number;
  readonly #maxBurst: number;
  readonly #waiting: () => number;
  /** The runtime is about to poll. */
  #isWatching = false;
  /** More than the bound was left after the last poll. */
  #isSlow = false;

  /**
   * @param maxBytes The most bytes that may be left.
   * @param waiting Tells how many bytes wait now.
   */
  constructor(maxBytes: number, waiting: () => number) {
    this.#maxBytes = maxBytes;
    this.#maxBurst = Math.max(MAX_BURST, maxBytes * MAX_BURST_FACTOR);
    this.#waiting = waiting;
  }

  /** Whether so many bytes more may be queued. */
  admits(length: number): boolean {
    const waiting = this.#waiting();
    const total = waiting + length;
    if (total <= this.#maxBytes) return true;
    if (total > this.#maxBurst) return false;
    if (waiting > this.#maxBytes && this.#isSlow) return false;
    this.#isSlow = false;
    if (!this.#isWatching) {
      this.#isWatching = true;
      afterPoll(this.#onPolled);
    }
    return true;
  }

  readonly #onPolled = (): void => {
    this.#isWatching = false;
    this.#isSlow = this.#waiting() > this.#maxBytes;
  };
}
