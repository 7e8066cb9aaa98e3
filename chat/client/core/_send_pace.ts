/** The slowest that a pace becomes, in messages a second. */
const SLOWEST = 0.1;
/** Milliseconds after which a rate that was halved is doubled again. */
const RECOVERY = 60_000;

/**
 * A token bucket: `burst` messages at once, then `rate` a second, so that the
 * server does not see a flood. Times are in milliseconds.
 */
export class SendPace {
  readonly #burst: number;
  readonly #fullRate: number;
  #rate: number;
  #tokens: number;
  #counted = -Infinity;
  #changedAt = -Infinity;

  constructor(burst: number, rate: number) {
    this.#burst = burst;
    this.#fullRate = rate;
    this.#rate = rate;
    this.#tokens = burst;
  }

  /** How long the next message has to wait. */
  delay(now: number): number {
    if (this.#rate === Infinity) return 0;
    this.#count(now);
    const missing = 1 - this.#tokens;
    return missing > 0 ? Math.ceil(missing / this.#rate * 1000) : 0;
  }

  /** Notes that a message goes out. */
  take(now: number): void {
    if (this.#rate === Infinity) return;
    this.#count(now);
    this.#tokens--;
  }

  /** Halves the rate for a time, as the server has found it too high. */
  slowDown(now: number): void {
    if (this.#rate === Infinity) return;
    this.#count(now);
    this.#changedAt = now;
    this.#rate = Math.max(SLOWEST, this.#rate / 2);
    this.#tokens = Math.min(this.#tokens, 0);
  }

  #count(now: number): void {
    const passed = Math.max(0, now - this.#counted) / 1000;
    this.#tokens = Math.min(this.#burst, this.#tokens + passed * this.#rate);
    this.#counted = Math.max(now, this.#counted);
    while (this.#rate < this.#fullRate && now - this.#changedAt >= RECOVERY) {
      this.#rate = Math.min(this.#fullRate, this.#rate * 2);
      this.#changedAt += RECOVERY;
    }
  }
}
