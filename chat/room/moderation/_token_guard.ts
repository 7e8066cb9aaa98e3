/** Wrong tokens of one address before it has to wait. */
const FREE = 5;

/** Milliseconds to wait after the first wrong token that is not free. */
const FIRST_WAIT = 1000;
const MAX_WAIT = 5 * 60_000;

/** Milliseconds after which the wrong tokens of an address are forgotten. */
const FORGET_AFTER = 2 * MAX_WAIT;

/** The most addresses that are remembered. */
const MAX_ADDRESSES = 4096;

interface Failures {
  readonly count: number;
  /** The time of the last one. */
  readonly last: number;
}

/**
 * Slows guesses of the operators' token: after five wrong ones, an address has to
 * wait a second, and twice as long after each further one, up to five minutes.
 */
export class TokenGuard {
  /** By address, in the order of the last failure. */
  readonly #failures = new Map<string, Failures>();

  /** Milliseconds until an address may try a token. */
  wait(key: string, now: number): number {
    const { count, last } = this.#failures.get(key) ?? { count: 0, last: now };
    if (count < FREE) return 0;
    const wait = Math.min(MAX_WAIT, FIRST_WAIT * 2 ** (count - FREE));
    return Math.max(0, last + wait - now);
  }

  /** Counts a wrong token. */
  fail(key: string, now: number): void {
    this.expire(now);
    const count = (this.#failures.get(key)?.count ?? 0) + 1;
    this.#failures.delete(key);
    this.#failures.set(key, { count, last: now });
    for (const oldest of this.#failures.keys()) {
      if (this.#failures.size <= MAX_ADDRESSES) return;
      this.#failures.delete(oldest);
    }
  }

  /** Forgets old failures. */
  expire(now: number): void {
    for (const [key, { last }] of this.#failures) {
      if (now - last < FORGET_AFTER) return;
      this.#failures.delete(key);
    }
  }
}
