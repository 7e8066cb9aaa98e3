/**
 * A time for several steps, by the monotonic clock: setting the clock of the
 * system neither prolongs nor shortens it.
 */
export class TimeLimit {
  readonly #end: number;

  /** Begins a time of so many milliseconds. */
  constructor(timeout: number) {
    this.#end = performance.now() + timeout;
  }

  /** Milliseconds that are left, at least 0. */
  get left(): number {
    return Math.max(0, this.#end - performance.now());
  }
}
