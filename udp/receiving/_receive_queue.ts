import type { Datagram } from "../datagram.ts";
import type { Counters } from "../udp_stats.ts";

/** Which datagram is dropped when the queue is full. */
export type Overflow = "oldest" | "newest";

/** Limits of a {@linkcode ReceiveQueue}. */
export interface QueueLimits {
  readonly maxQueued: number;
  readonly maxQueuedBytes: number;
  readonly overflow: Overflow;
  /** The budget that it shares with other queues, if it does. */
  readonly budget?: ByteBudget | undefined;
}

/** A limit on the bytes of several queues, each datagram's cost included. */
export interface ByteBudget {
  /** How many bytes they have. */
  used: number;
  /** How many bytes they may have. */
  readonly max: number;
}

/** The cost of a datagram beside its bytes, counted in a shared budget. */
export const DATAGRAM_COST = 128;

/** A power of two, as indices wrap by a mask. */
const FIRST_CAPACITY = 16;

/**
 * The datagrams that no call has taken yet: a ring buffer that grows on demand up
 * to its limits. Datagrams beyond the limits are dropped and counted.
 */
export class ReceiveQueue {
  readonly #limits: QueueLimits;
  readonly #counters: Counters;
  #budget: ByteBudget | undefined;
  #ring: (Datagram | undefined)[] = [];
  #start = 0;

  /** How many datagrams there are. */
  length = 0;
  /** Their bytes. */
  bytes = 0;

  constructor(limits: QueueLimits, counters: Counters) {
    this.#limits = limits;
    this.#counters = counters;
    this.#budget = limits.budget;
  }

  /** Appends a datagram; drops it or older ones if the queue is full. */
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

  /** Removes and returns the oldest datagram. */
  shift(): Datagram | undefined {
    if (this.length === 0) return undefined;
    const datagram = this.#ring[this.#start];
    this.#ring[this.#start] = undefined;
    this.#start = (this.#start + 1) & (this.#ring.length - 1);
    this.#count(-1, datagram?.data.length ?? 0);
    return datagram;
  }

  /** Drops all datagrams, without counting them. */
  clear(): void {
    if (this.#budget !== undefined) this.#budget.used -= this.#cost;
    this.#ring = [];
    this.#start = this.length = this.bytes = 0;
  }

  /** Leaves the shared budget: the datagrams left count no more in it. */
  leaveBudget(): void {
    if (this.#budget !== undefined) this.#budget.used -= this.#cost;
    this.#budget = undefined;
  }

  /** The share of all datagrams in the budget. */
  get #cost(): number {
    return this.bytes + this.length * DATAGRAM_COST;
  }

  /** Counts one datagram of `size` bytes in or out. */
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
