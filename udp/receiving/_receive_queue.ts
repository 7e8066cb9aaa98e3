import type { Counters } from "../_counters.ts";
import type { Datagram } from "../datagram.ts";

/** Which datagram goes when the queue is full. */
export type Overflow = "oldest" | "newest";

/** Limits of a {@linkcode ReceiveQueue}. */
export interface QueueLimits {
  readonly maxQueued: number;
  readonly maxQueuedBytes: number;
  readonly overflow: Overflow;
  /** What the queue shares with others, if it does. */
  readonly budget?: ByteBudget | undefined;
}

/** Bytes that several queues may have together, each datagram's cost included. */
export interface ByteBudget {
  /** How many they have. */
  used: number;
  /** How many they may have. */
  readonly max: number;
}

/** What a datagram costs beside its bytes, counted in a shared budget. */
export const DATAGRAM_COST = 128;

/** A power of two, as indices wrap by mask. */
const FIRST_CAPACITY = 16;

/**
 * The datagrams that have arrived and that no call has taken: a ring that grows
 * with need up to its limits. What goes beyond them is counted.
 */
export class ReceiveQueue {
  readonly #limits: QueueLimits;
  readonly #counters: Counters;
  #budget: ByteBudget | undefined;
  #ring: (Datagram | undefined)[] = [];
  #start = 0;

  /** How many datagrams wait. */
  length = 0;
  /** Their bytes. */
  bytes = 0;

  constructor(limits: QueueLimits, counters: Counters) {
    this.#limits = limits;
    this.#counters = counters;
    this.#budget = limits.budget;
  }

  /** Appends a datagram, or drops some. */
  push(datagram: Datagram): void {
    const { maxQueued, maxQueuedBytes, overflow } = this.#limits;
    const size = datagram.data.length;
    if (!this.#fits(size)) {
      const makesRoom = overflow === "oldest" && maxQueued > 0 &&
        size <= maxQueuedBytes && this.#budgetFits(size - this.#cost);
      while (makesRoom && this.length > 0 && !this.#fits(size)) {
        this.shift();
        this.#counters.dropped++;
      }
      if (!this.#fits(size)) {
        this.#counters.dropped++;
        return;
      }
    }
    if (this.length === this.#ring.length) this.#grow();
    this.#ring[(this.#start + this.length) & (this.#ring.length - 1)] =
      datagram;
    this.#count(1, size);
  }

  /** Takes the oldest datagram out. */
  shift(): Datagram | undefined {
    if (this.length === 0) return undefined;
    const datagram = this.#ring[this.#start];
    this.#ring[this.#start] = undefined;
    this.#start = (this.#start + 1) & (this.#ring.length - 1);
    this.#count(-1, datagram?.data.length ?? 0);
    return datagram;
  }

  /** Forgets everything that waits. */
  clear(): void {
    if (this.#budget !== undefined) this.#budget.used -= this.#cost;
    this.#ring = [];
    this.#start = this.length = this.bytes = 0;
  }

  /** Shares nothing any more: what waits counts for nobody else. */
  leaveBudget(): void {
    if (this.#budget !== undefined) this.#budget.used -= this.#cost;
    this.#budget = undefined;
  }

  /** What all that waits takes of the budget. */
  get #cost(): number {
    return this.bytes + this.length * DATAGRAM_COST;
  }

  /** Counts one more datagram, or one less, of `size` bytes. */
  #count(sign: 1 | -1, size: number): void {
    this.length += sign;
    this.bytes += sign * size;
    if (this.#budget !== undefined) {
      this.#budget.used += sign * (size + DATAGRAM_COST);
    }
  }

  #fits(size: number): boolean {
    const { maxQueued, maxQueuedBytes } = this.#limits;
    return this.length < maxQueued && this.bytes + size <= maxQueuedBytes &&
      this.#budgetFits(size);
  }

  #budgetFits(size: number): boolean {
    const budget = this.#budget;
    return budget === undefined ||
      budget.used + size + DATAGRAM_COST <= budget.max;
  }

  #grow(): void {
    const capacity = Math.max(FIRST_CAPACITY, this.#ring.length * 2);
    const ring: (Datagram | undefined)[] = new Array(capacity).fill(undefined);
    for (let index = 0; index < this.length; index++) {
      ring[index] = this.#ring[(this.#start + index) & (this.#ring.length - 1)];
    }
    this.#ring = ring;
    this.#start = 0;
  }
}
