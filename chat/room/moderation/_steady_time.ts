/**
 * A clock for limits, made of the times that calls to a room pass in. It stands
 * still when the system's clock is set back, so that bans, sessions and delays do
 * not last longer.
 */
export class SteadyTime {
  #last = -Infinity;
  #steady: number | undefined;

  /** The steady time of a call, in milliseconds. */
  at(now: number): number {
    const passed = Math.max(0, now - this.#last);
    this.#steady = this.#steady === undefined ? now : this.#steady + passed;
    this.#last = now;
    return this.#steady;
  }
}
