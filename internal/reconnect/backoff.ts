/** How the pauses between attempts grow. */
export interface BackoffOptions {
  readonly initialDelay: number;
  readonly maxDelay: number;
  readonly factor: number;
}

/**
 * Exponential back-off with full jitter: each pause is a random part of a
 * ceiling that grows by a factor, so that the clients of a server that comes
 * back do not all dial in the same moment.
 */
export class Backoff {
  readonly #options: BackoffOptions;
  readonly #random: () => number;
  #ceiling = 0;

  /**
   * @param options The ceilings, in milliseconds.
   * @param random Gives a number from 0 up to, but not including, 1.
   */
  constructor(options: BackoffOptions, random: () => number) {
    this.#options = options;
    this.#random = random;
    this.reset();
  }

  /** Starts anew with the first ceiling. */
  reset(): void {
    const { initialDelay, maxDelay } = this.#options;
    this.#ceiling = Math.min(initialDelay, maxDelay);
  }

  /** The next pause in milliseconds. */
  next(): number {
    const delay = this.#random() * this.#ceiling;
    const { maxDelay, factor } = this.#options;
    this.#ceiling = Math.min(this.#ceiling * factor, maxDelay);
    return delay;
  }
}
