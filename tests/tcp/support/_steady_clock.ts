/** The most milliseconds that pass at once. */
const MOST = 10;

/**
 * Lets the clock of the process stand still while the process does: of a time in
 * which the system runs others instead, a few milliseconds pass and no more. So
 * limits compare what the process does, and not how busy the machine is.
 */
export class SteadyClock implements Disposable {
  readonly #real = performance.now;
  readonly #timer: ReturnType<typeof setInterval>;
  #now: number = performance.now();
  #lookedAt: number = this.#now;

  constructor() {
    this.#timer = setInterval(() => this.#look(), 1);
    performance.now = () => this.#now + this.#passed();
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    performance.now = this.#real;
  }

  #passed(): number {
    return Math.min(this.#realNow() - this.#lookedAt, MOST);
  }

  #look(): void {
    this.#now += this.#passed();
    this.#lookedAt = this.#realNow();
  }

  #realNow(): number {
    return this.#real.call(performance);
  }
}
