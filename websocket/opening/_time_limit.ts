/**
 * One time limit for several steps, on the monotonic clock: setting the system's
 * clock neither extends nor shortens it.
 */
export class TimeLimit {
  readonly #end: number;

  /** Starts a limit of so many milliseconds. */
  constructor(timeout: number) {
    this.#end = performance.now() + timeout;
  }

  /** The milliseconds left, at least 0. */
  get left(): number {
    return Math.max(0, this.#end - performance.now());
  }
}
