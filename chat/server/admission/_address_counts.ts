import { addressKey, isLoopback } from "../../../internal/address_key.ts";

/** Milliseconds of the window in which new connections are counted. */
const WINDOW = 10 * 60_000;

/** How many addresses may be remembered that have no connection now. */
const MAX_REMEMBERED = 16_384;

/** How many one address may have. */
export interface AdmissionLimits {
  /** The most connections of one address at once. */
  readonly maxPerAddress: number;
  /** The most new ones of one address within ten minutes. */
  readonly maxNewPerAddress: number;
  /** Whether the addresses of this machine itself are without these limits. */
  readonly exemptLoopback: boolean;
}

/** Why a connection is not let in. */
export type AdmissionFault = "too-many-connections" | "too-many-attempts";

interface Visitor {
  /** Connections that are open now. */
  open: number;
  /** Those that began in this part of the window and in the one before. */
  recent: number;
  previous: number;
  /** When this part of the window began. */
  since: number;
}

/**
 * Counts connections by the owner of their address, and lets no owner have too
 * many. New ones are counted in two parts of ten minutes each, of which the
 * earlier one counts by what is left of it within the last ten minutes: so an
 * owner costs four numbers, however many attempts there are.
 *
 * Who entered and has left is remembered for the window, up to 16,384 owners;
 * then the one who left first is forgotten. It has no clock: the caller tells the
 * time, in milliseconds.
 */
export class Admission {
  readonly #limits: AdmissionLimits;
  readonly #visitors = new Map<string, Visitor>();
  /** Those of them without a connection, in the order of their leaving. */
  readonly #gone = new Set<string>();

  constructor(limits: AdmissionLimits) {
    this.#limits = limits;
  }

  /** How many owners are remembered. */
  get size(): number {
    return this.#visitors.size;
  }

  /**
   * Counts a connection that has been accepted, until {@linkcode close}.
   *
   * @returns Why it may not stay: then it is not counted.
   */
  open(hostname: string, now: number): AdmissionFault | undefined {
    if (this.#isExempt(hostname)) return undefined;
    const key = addressKey(hostname);
    const visitor = this.#visitors.get(key);
    if (visitor === undefined) {
      if (this.#limits.maxPerAddress < 1) return "too-many-connections";
      this.#forget(now);
      this.#visitors.set(key, newVisitor(now));
      return undefined;
    }
    if (visitor.open >= this.#limits.maxPerAddress) {
      return "too-many-connections";
    }
    visitor.open++;
    this.#gone.delete(key);
    return undefined;
  }

  /**
   * Counts an open connection as one that enters the chat. An attempt that is
   * refused does not count, so that who waits gets in.
   *
   * @returns Why it may not.
   */
  enter(hostname: string, now: number): AdmissionFault | undefined {
    if (this.#isExempt(hostname)) return undefined;
    const visitor = this.#visitors.get(addressKey(hostname));
    if (visitor === undefined) return undefined;
    shift(visitor, now);
    const left = Math.max(0, 1 - (now - visitor.since) / WINDOW);
    if (
      visitor.recent + visitor.previous * left + 1 >
        this.#limits.maxNewPerAddress
    ) return "too-many-attempts";
    visitor.recent++;
    return undefined;
  }

  /** Takes back an {@linkcode open}. */
  close(hostname: string, now: number): void {
    if (this.#isExempt(hostname)) return;
    const key = addressKey(hostname);
    const visitor = this.#visitors.get(key);
    if (visitor === undefined || visitor.open === 0) return;
    if (--visitor.open > 0) return;
    if (visitor.recent + visitor.previous === 0) this.#visitors.delete(key);
    else this.#gone.add(key);
    this.#forget(now);
  }

  #isExempt(hostname: string): boolean {
    return this.#limits.exemptLoopback && isLoopback(hostname);
  }

  /** Forgets who was here too long ago, and the first of those too many. */
  #forget(now: number): void {
    for (const key of this.#gone) {
      const visitor = this.#visitors.get(key);
      const isOver = visitor === undefined || now - visitor.since > 2 * WINDOW;
      if (!isOver && this.#gone.size <= MAX_REMEMBERED) return;
      this.#gone.delete(key);
      this.#visitors.delete(key);
    }
  }
}

function newVisitor(now: number): Visitor {
  return { open: 1, recent: 0, previous: 0, since: now };
}

/** Moves the window on. */
function shift(visitor: Visitor, now: number): void {
  const age = now - visitor.since;
  if (age < WINDOW) return;
  visitor.previous = age < 2 * WINDOW ? visitor.recent : 0;
  visitor.recent = 0;
  visitor.since = age < 2 * WINDOW ? visitor.since + WINDOW : now;
}
