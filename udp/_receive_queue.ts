import type { Counters } from "./_counters.ts";
import type { Datagram } from "./datagram.ts";

/** Which datagram goes when the queue is full. */
export type Overflow = "oldest" | "newest";

/** Limits of a {@linkcode ReceiveQueue}. */
export interface QueueLimits {
  readonly maxQueued: number;
  readonly maxQueuedBytes: number;
  readonly overflow: Overflow;
}

/** A power of two, as indices wrap by mask. */
const FIRST_CAPACITY = 16;

/**
 * The datagrams that have arrived and that no call has taken: a ring that grows
 * with need up to its limits. What goes beyond them is counted.
 */
export class ReceiveQueue {
  readonly #limits: QueueLimits;
  readonly #counters: Counters;
  #ring: (Datagram | undefined)[] = [];
  #start = 0;

  /** How many datagrams wait. */
  length = 0;
  /** Their bytes. */
  bytes = 0;

  constructor(limits: QueueLimits, counters: Counters) {
    this.#limits = limits;
    this.#counters = counters;
  }

  /** Appends a datagram, or drops some. */
  push(datagram: Datagram): void {
    const { maxQueued, maxQueuedBytes, overflow } = this.#limits;
    const size = datagram.data.length;
    if (!this.#fits(size)) {
      const makesRoom = overflow === "oldest" && maxQueued > 0 &&
        size <= maxQueuedBytes;
      if (!makesRoom) {
        this.#counters.dropped++;
        return;
      }
      while (!this.#fits(size)) {
        this.shift();
        this.#counters.dropped++;
      }
    }
    if (this.length === this.#ring.length) this.#grow();
    this.#ring[(this.#start + this.length) & (this.#ring.length - 1)] =
      datagram;
    this.length++;
    this.bytes += size;
  }

  /** Takes the oldest datagram out. */
  shift(): Datagram | undefined {
    if (this.length === 0) return undefined;
    const datagram = this.#ring[this.#start];
    this.#ring[this.#start] = undefined;
    this.#start = (this.#start + 1) & (this.#ring.length - 1);
    this.length--;
    this.bytes -= datagram?.data.length ?? 0;
    return datagram;
  }

  /** Forgets everything that waits. */
  clear(): void {
    this.#ring = [];
    this.#start = this.length = this.bytes = 0;
  }

  #fits(size: number): boolean {
    return this.length < this.#limits.maxQueued &&
      this.bytes + size <= this.#limits.maxQueuedBytes;
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
