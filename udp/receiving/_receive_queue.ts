import { Queue } from "../../internal/queue.ts";
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

/**
 * The datagrams that no call has taken yet. Those beyond the limits are dropped
 * and counted.
 */
export class ReceiveQueue {
  readonly #limits: QueueLimits;
  readonly #counters: Counters;
  #budget: ByteBudget | undefined;
  readonly #datagrams = new Queue<Datagram>();

  /** Their bytes. */
  bytes = 0;

  constructor(limits: QueueLimits, counters: Counters) {
    this.#limits = limits;
    this.#counters = counters;
    this.#budget = limits.budget;
  }

  /** How many datagrams there are. */
  get length(): number {
    return this.#datagrams.length;
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
    this.#datagrams.push(datagram);
    this.#count(1, size);
  }

  /** Removes and returns the oldest datagram. */
  shift(): Datagram | undefined {
    const datagram = this.#datagrams.shift();
    if (datagram !== undefined) this.#count(-1, datagram.data.length);
    return datagram;
  }

  /** Drops all datagrams, without counting them. */
  clear(): void {
    if (this.#budget !== undefined) this.#budget.used -= this.#cost;
    this.#datagrams.clear();
    this.bytes = 0;
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
}
