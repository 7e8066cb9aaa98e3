import { dropOldest } from "../../_drop_oldest.ts";

/** Wrong guesses of one address before it has to wait. */
const FREE = 5;

/** Milliseconds to wait after the first wrong guess that is not free. */
const FIRST_WAIT = 1000;
const MAX_WAIT = 5 * 60_000;

/** Milliseconds after which the wrong guesses of an address are forgotten. */
const FORGET_AFTER = 2 * MAX_WAIT;

/** The most addresses that are remembered, of each kind. */
const MAX_ADDRESSES = 4096;

/** Wrong guesses of all addresses together: at once, and then a second. */
const TOTAL = 200;
const TOTAL_PER_SECOND = 2;

interface Failures {
  readonly count: number;
  /** The time of the last one. */
  readonly last: number;
}

/**
 * Slows guesses of a secret. After five wrong ones, an address has to wait a
 * second, and twice as long after each further one, up to five minutes. All
 * addresses together have 200 wrong ones, and two a second come back; addresses
 * that have guessed right before are exempt from this limit, so that an attack
 * from many addresses does not keep them out.
 */
export class GuessGuard {
  /** By address, in the order of the last failure. */
  readonly #failures = new Map<string, Failures>();
  /** The addresses that have guessed right, in the order of the last time. */
  readonly #known = new Set<string>();
  /** Wrong guesses that have not come back yet, at a time. */
  #spent = 0;
  #spentAt = 0;

  /** Milliseconds until an address may guess. */
  wait(key: string, now: number): number {
    return Math.max(this.#waitOf(key, now), this.#waitOfAll(key, now));
  }

  /** Counts a wrong guess. */
  fail(key: string, now: number): void {
    this.#expire(now);
    this.#spent = Math.min(TOTAL, this.#spentNow(now) + 1);
    this.#spentAt = now;
    const count = (this.#failures.get(key)?.count ?? 0) + 1;
    this.#failures.delete(key);
    this.#failures.set(key, { count, last: now });
    dropOldest(this.#failures, MAX_ADDRESSES);
  }

  /** Forgets the wrong guesses of an address that has guessed right. */
  succeed(key: string): void {
    this.#failures.delete(key);
    this.#known.delete(key);
    this.#known.add(key);
    dropOldest(this.#known, MAX_ADDRESSES);
  }

  #waitOf(key: string, now: number): number {
    const { count, last } = this.#failures.get(key) ?? { count: 0, last: now };
    if (count < FREE || now - last >= FORGET_AFTER) return 0;
    const wait = Math.min(MAX_WAIT, FIRST_WAIT * 2 ** (count - FREE));
    return last + wait - now;
  }

  #waitOfAll(key: string, now: number): number {
    const excess = this.#spentNow(now) - (TOTAL - 1);
    if (excess <= 0 || this.#known.has(key)) return 0;
    return excess / TOTAL_PER_SECOND * 1000;
  }

  #spentNow(now: number): number {
    const back = (now - this.#spentAt) / 1000 * TOTAL_PER_SECOND;
    return Math.max(0, this.#spent - back);
  }

  #expire(now: number): void {
    for (const [key, { last }] of this.#failures) {
      if (now - last < FORGET_AFTER) return;
      this.#failures.delete(key);
    }
  }
}
