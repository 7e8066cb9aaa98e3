import {
  addressKey,
  isLoopback,
} from "../../../internal/address/address_key.ts";

/** Milliseconds of the window in which new connections are counted. */
const WINDOW = 10 * 60_000;

/** How many addresses without an open connection are remembered. */
const MAX_REMEMBERED = 16_384;

/** The limits of one address. */
export interface AddressLimits {
  /** The most open connections of one address. */
  readonly maxPerAddress: number;
  /** The most connections of one address that enter within ten minutes. */
  readonly maxNewPerAddress: number;
  /** Whether addresses of this machine are exempt. */
  readonly exemptLoopback: boolean;
}

/** Why a connection exceeds the limits of its address. */
export type AddressFault = "too-many-connections" | "too-many-attempts";

interface Counts {
  /** Open connections. */
  open: number;
  /** Entries in the current part of the window. */
  recent: number;
  /** Entries in the part before. */
  previous: number;
  /** When the current part began. */
  since: number;
}

/**
 * Counts connections by address (for IPv6, by /64 network), and enforces the
 * limits of one address. Entries are counted in two parts of ten minutes; the
 * earlier part counts in proportion to its overlap with the last ten minutes, so
 * that an address costs four numbers for any number of attempts.
 *
 * Addresses without an open connection are remembered for the window, up to
 * 16,384 of them; then the one that closed its last connection first is forgotten.
 * There is no clock: the caller passes the time, in milliseconds.
 */
export class AddressCounts {
  readonly #limits: AddressLimits;
  readonly #counts = new Map<string, Counts>();
  /** Keys without an open connection, in the order of their last close. */
  readonly #closed = new Set<string>();

  constructor(limits: AddressLimits) {
    this.#limits = limits;
  }

  /** How many addresses are remembered. */
  get size(): number {
    return this.#counts.size;
  }

  /**
   * Counts an accepted connection, until {@linkcode close}.
   *
   * @returns Why it may not stay: then it is not counted.
   */
  open(hostname: string, now: number): AddressFault | undefined {
    if (this.#isExempt(hostname)) return undefined;
    const key = addressKey(hostname);
    const counts = this.#counts.get(key);
    if ((counts?.open ?? 0) >= this.#limits.maxPerAddress) {
      return "too-many-connections";
    }
    if (counts === undefined) {
      this.#forget(now);
      this.#counts.set(key, { open: 1, recent: 0, previous: 0, since: now });
    } else {
      counts.open++;
      this.#closed.delete(key);
    }
    return undefined;
  }

  /**
   * Counts an open connection as one that enters the chat. A refused attempt does
   * not count, so that a client that waits gets in.
   *
   * @returns Why it may not enter.
   */
  enter(hostname: string, now: number): AddressFault | undefined {
    if (this.#isExempt(hostname)) return undefined;
    const counts = this.#counts.get(addressKey(hostname));
    if (counts === undefined) return undefined;
    moveWindow(counts, now);
    const overlap = Math.max(0, 1 - (now - counts.since) / WINDOW);
    const entries = counts.recent + counts.previous * overlap;
    if (entries + 1 > this.#limits.maxNewPerAddress) return "too-many-attempts";
    counts.recent++;
    return undefined;
  }

  /** Takes back an {@linkcode open}. */
  close(hostname: string, now: number): void {
    if (this.#isExempt(hostname)) return;
    const key = addressKey(hostname);
    const counts = this.#counts.get(key);
    if (counts === undefined || counts.open === 0) return;
    if (--counts.open > 0) return;
    if (counts.recent + counts.previous === 0) this.#counts.delete(key);
    else this.#closed.add(key);
    this.#forget(now);
  }

  #isExempt(hostname: string): boolean {
    return this.#limits.exemptLoopback && isLoopback(hostname);
  }

  /** Forgets addresses beyond the window, and the oldest of those too many. */
  #forget(now: number): void {
    for (const key of this.#closed) {
      const counts = this.#counts.get(key);
      const isOver = counts === undefined || now - counts.since > 2 * WINDOW;
      if (!isOver && this.#closed.size <= MAX_REMEMBERED) return;
      this.#closed.delete(key);
      this.#counts.delete(key);
    }
  }
}

function moveWindow(counts: Counts, now: number): void {
  const age = now - counts.since;
  if (age < WINDOW) return;
  counts.previous = age < 2 * WINDOW ? counts.recent : 0;
  counts.recent = 0;
  counts.since = age < 2 * WINDOW ? counts.since + WINDOW : now;
}
