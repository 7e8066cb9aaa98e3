/**
 * How many replies may go out: some at once, and so many a second from then on.
 * The time is passed in.
 */
export class ReplyBudget {
  readonly #burst: number;
  readonly #rate: number;
  #left: number;
  #then: number;

  constructor(burst: number, rate: number, now: number) {
    this.#burst = burst;
    this.#rate = rate;
    this.#left = burst;
    this.#then = now;
  }

  /** Takes one, if there is one at this time, in milliseconds. */
  take(now: number): boolean {
    const passed = Math.max(0, now - this.#then) / 1000;
    this.#then = now;
    this.#left = Math.min(this.#burst, this.#left + passed * this.#rate);
    if (this.#left < 1) return false;
    this.#left--;
    return true;
  }
}
