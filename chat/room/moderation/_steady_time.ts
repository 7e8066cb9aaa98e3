/**
 * Time for limits, made of the moments that calls to a room bring: it goes on with
 * them, and stands still where the clock of the system is set back. So a ban, the
 * session of a user who is away and the delay of one who sends too fast end when
 * they should, and not hours later.
 */
export class SteadyTime {
  #last = -Infinity;
  #steady: number | undefined;

  /** The steady moment of a call, in milliseconds. */
  at(now: number): number {
    const passed = Math.max(0, now - this.#last);
    this.#steady = this.#steady === undefined ? now : this.#steady + passed;
    this.#last = now;
    return this.#steady;
  }
}
