/** Stops `performance.now()`, until the end of its scope or while it is set. */
export class StoppedClock implements Disposable {
  readonly #real = performance.now;
  now: number = performance.now();
  /** How often the clock was read. */
  looks = 0;

  constructor() {
    performance.now = () => {
      this.looks++;
      return this.now;
    };
  }

  [Symbol.dispose](): void {
    performance.now = this.#real;
  }
}
