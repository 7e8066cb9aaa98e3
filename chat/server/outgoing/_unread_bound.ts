import { afterPoll } from "../../../internal/wait/after_poll.ts";

/** Bytes that one turn of the event loop may queue for one user. */
const MAX_BURST = 64 * 1024 * 1024;

/** The same limit as a multiple of the bound; the larger of the two applies. */
const MAX_BURST_FACTOR = 16;

/**
 * Decides whether a user reads too slowly: by the bytes that are left after the
 * runtime has polled the sockets, not by those that the current turn has queued,
 * as no write can finish before the turn ends. A turn may queue up to 64 MiB or 16
 * times the bound, whichever is more. A queue below the bound costs nothing.
 */
export class UnreadBound {
  readonly #maxBytes: number;
  readonly #maxBurst: number;
  readonly #waiting: () => number;
  /** Whether a check after the next poll is scheduled. */
  #isWatching = false;
  /** Whether more than the bound was left after the last poll. */
  #isSlow = false;

  /**
   * @param maxBytes The most bytes that may be left.
   * @param waiting Returns how many bytes wait.
   */
  constructor(maxBytes: number, waiting: () => number) {
    this.#maxBytes = maxBytes;
    this.#maxBurst = Math.max(MAX_BURST, maxBytes * MAX_BURST_FACTOR);
    this.#waiting = waiting;
  }

  /** Whether so many more bytes may be queued. */
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
