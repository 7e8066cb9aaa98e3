/** Stops `performance.now()`, until the end of its scope or while it is set. */
export class StoppedClock implements Disposable {
  readonly #real = performance.now;
  now: number = performance.now();

  constructor() {
    performance.now = () => this.now;
  }

  [Symbol.dispose](): void {
    performance.now = this.#real;
  }
}
