import { PollWait } from "../../internal/wait/poll_budget.ts";
import { Slab } from "../../internal/bytes/slab.ts";
import { WaitQueue } from "../../internal/wait/wait_queue.ts";
import type { WaitOptions } from "../../internal/wait/wait_options.ts";
import type { Counters } from "../_counters.ts";
import type { Datagram, ReadResult } from "../datagram.ts";
import { type QueueLimits, ReceiveQueue } from "./_receive_queue.ts";
import {
  DatagramWaiter,
  fill,
  ReadWaiter,
  type ReceiveWaiter,
} from "./_receive_waiters.ts";
import type { UdpAddr } from "../udp_address.ts";

/** Datagrams up to this length may share memory. */
const MAX_SHARED = 256;
/** What they are cut from. */
const SLAB_SIZE = 4096;

/** Where the datagrams of a {@linkcode Receiver} come from. */
export interface ReceiverSource {
  /** A call waits. */
  wake(): void;
  /** The last call that waited has given up. */
  rest(): void;
}

/**
 * The receiving side of a connection or session: calls that wait in the order
 * asked, or else a queue of datagrams that wait for calls.
 *
 * A call that gives up leaves its datagram to the next one, and its buffer
 * alone: datagrams are handed out at the moment they arrive, to whoever is
 * first in line then. Where calls follow one another for so long that the
 * runtime has to poll, the next one waits for that, and datagrams are queued.
 */
export class Receiver {
  readonly #source: ReceiverSource;
  readonly #counters: Counters;
  readonly #queue: ReceiveQueue;
  readonly #slab = new Slab(SLAB_SIZE, MAX_SHARED);
  readonly #waiters: WaitQueue<ReceiveWaiter>;
  /** Its place among those who wait for a poll. */
  readonly #pollWait = new PollWait(() => this.#serveQueued());
  /** Makes the error of a call that finds the queue empty for good. */
  #end: (() => unknown) | undefined;

  /** An error that is due to the next call, in an object as it may be anything. */
  failure: { error: unknown } | undefined;

  /**
   * @param source Is told when a call waits.
   * @param describe Says what cannot be done, for error messages.
   * @param limits Those of the queue.
   * @param counters What to count with.
   */
  constructor(
    source: ReceiverSource,
    describe: () => string,
    limits: QueueLimits,
    counters: Counters,
  ) {
    this.#source = source;
    this.#counters = counters;
    this.#queue = new ReceiveQueue(limits, counters);
    this.#waiters = new WaitQueue<ReceiveWaiter>(
      describe,
      () => this.#onDropped(),
      false,
      () => !this.#pollWait.isWaiting,
    );
  }

  /** The limits of the side. */
  get limits(): WaitQueue<ReceiveWaiter> {
    return this.#waiters;
  }

  /** What waits to be received. */
  get queue(): ReceiveQueue {
    return this.#queue;
  }

  /** Whether a call waits. */
  get isWaited(): boolean {
    return this.#waiters.head !== undefined;
  }

  /** Takes the next datagram. */
  receive(wait: WaitOptions | undefined): Promise<Datagram> {
    const refusal = this.#refuse(wait);
    if (refusal !== undefined) return Promise.reject(refusal.error);
    const queued = this.#mayTake() ? this.#queue.shift() : undefined;
    if (queued !== undefined) return Promise.resolve(queued);
    if (this.#end !== undefined) return Promise.reject(this.#end());
    const waiter = new DatagramWaiter();
    this.#waiters.add(waiter, wait);
    this.#source.wake();
    return waiter.promise;
  }

  /** Takes the next datagram into the caller's buffer. */
  read(
    target: Uint8Array,
    wait: WaitOptions | undefined,
  ): Promise<ReadResult> {
    const refusal = this.#refuse(wait);
    if (refusal !== undefined) return Promise.reject(refusal.error);
    const queued = this.#mayTake() ? this.#queue.shift() : undefined;
    if (queued !== undefined) {
      const { data, addr, truncated } = queued;
      if (data.length > target.length && !truncated) this.#counters.truncated++;
      return Promise.resolve(fill(target, data, addr, truncated));
    }
    if (this.#end !== undefined) return Promise.reject(this.#end());
    const waiter = new ReadWaiter(target);
    this.#waiters.add(waiter, wait);
    this.#source.wake();
    return waiter.promise;
  }

  /**
   * Hands out a datagram whose bytes are borrowed.
   *
   * @returns Whether another call waits.
   */
  deliver(bytes: Uint8Array, addr: UdpAddr, truncated: boolean): boolean {
    const waiter = this.#waiters.head;
    if (waiter === undefined || this.#pollWait.isWaiting) {
      this.#queue.push({ data: this.#slab.copy(bytes), addr, truncated });
    } else this.#serve(waiter, bytes, addr, truncated);
    return this.#waiters.head !== undefined;
  }

  /** Fails the call that is first in line, or else the next one. */
  failNext(error: unknown): void {
    const waiter = this.#waiters.head;
    if (waiter === undefined) this.failure = { error };
    else {
      this.#waiters.remove(waiter);
      waiter.reject(error);
    }
  }

  /** Fails the calls that wait, or else the next one. */
  failAll(error: unknown): void {
    if (this.#waiters.head === undefined) this.failure = { error };
    else this.#waiters.rejectAll(error);
  }

  /** Takes the failure that is due to the next call. */
  takeFailure(): unknown {
    const error = this.failure?.error;
    this.failure = undefined;
    return error;
  }

  /** Lets nothing more in. What is queued can still be received. */
  end(makeError: () => unknown): void {
    this.#pollWait.leave();
    this.#serveQueued();
    this.#end = makeError;
    this.failure = undefined;
    this.#waiters.drain((waiter) => waiter.reject(makeError()));
    this.#waiters.close();
  }

  /** Forgets what is queued too. */
  close(makeError: () => unknown): void {
    this.#queue.clear();
    this.end(makeError);
  }

  #refuse(wait: WaitOptions | undefined): { error: unknown } | undefined {
    if (this.#end !== undefined && this.#queue.length === 0) return undefined;
    if (this.#waiters.isLimited(wait)) {
      const refusal = this.#waiters.refuse(wait);
      if (refusal !== undefined) return refusal;
    }
    return this.failure === undefined
      ? undefined
      : { error: this.takeFailure() };
  }

  /** Whether a call may have what is queued; if not, it has to get in line. */
  #mayTake(): boolean {
    // What is left at the end is bounded.
    if (this.#end !== undefined) return true;
    // The pending receive keeps the process alive, if anything does.
    if (this.#pollWait.isSpent()) this.#pollWait.enter(false);
    return !this.#pollWait.isWaiting;
  }

  /** Gives what is queued to those who wait. */
  #serveQueued(): void {
    for (
      let waiter = this.#waiters.head;
      waiter !== undefined;
      waiter = this.#waiters.head
    ) {
      const queued = this.#queue.shift();
      if (queued === undefined) return;
      this.#serve(waiter, queued.data, queued.addr, queued.truncated);
    }
  }

  #serve(
    waiter: ReceiveWaiter,
    bytes: Uint8Array,
    addr: UdpAddr,
    truncated: boolean,
  ): void {
    this.#waiters.remove(waiter);
    if (waiter.take(bytes, addr, truncated, this.#slab) && !truncated) {
      this.#counters.truncated++;
    }
  }

  #onDropped(): void {
    if (this.#waiters.head !== undefined) return;
    this.#pollWait.leave();
    this.#source.rest();
  }
}
