import { PollWait } from "../../internal/wait/poll_budget.ts";
import type { WaitOptions } from "../../internal/wait/wait_options.ts";
import { Waiter, WaitQueue } from "../../internal/wait/wait_queue.ts";
import type { Datagram, ReadResult } from "../datagram.ts";
import type { UdpAddr } from "../udp_address.ts";
import type { Counters } from "../udp_stats.ts";
import { type QueueLimits, ReceiveQueue } from "./_receive_queue.ts";

/** The source of the datagrams of a {@linkcode Receiver}. */
export interface ReceiverSource {
  /** A call waits. */
  wake(): void;
  /** The last call that waited has given up. */
  rest(): void;
}

/** A datagram whose bytes are valid during the call only. */
export interface Arrival {
  readonly data: Uint8Array;
  readonly addr: UdpAddr;
  readonly truncated: boolean;
}

/** A call that waits for a datagram. */
class ReceiveWaiter extends Waiter<Datagram | ReadResult> {
  /** The caller's buffer; `undefined` for a call of `receive`. */
  readonly target: Uint8Array | undefined;

  constructor(target: Uint8Array | undefined) {
    super();
    this.target = target;
  }
}

/**
 * The receiving side of a connection or a session: calls that wait in the order
 * asked, or else a queue of datagrams.
 *
 * A call takes its datagram at the moment of arrival. So a call that gives up
 * leaves the datagram to the next call, and its buffer alone. Where calls follow
 * one another for so long that the runtime has to poll, the next call waits for
 * that, and datagrams are queued.
 */
export class Receiver {
  readonly #source: ReceiverSource;
  readonly #counters: Counters;
  readonly #pollWait = new PollWait(() => this.#serveQueued());
  /** Makes the error of a call that finds the queue empty after the end. */
  #end: (() => unknown) | undefined;

  /** The datagrams that wait for a call. */
  readonly queue: ReceiveQueue;
  /** The calls that wait for a datagram, and the limits on receiving. */
  readonly waiters: WaitQueue<ReceiveWaiter>;
  /** An error for the next call, in an object as it may be any value. */
  failure: { error: unknown } | undefined;

  /**
   * @param source The source, which is told when a call waits.
   * @param describe The beginning of error messages, such as "Cannot receive".
   * @param limits The limits of the queue.
   * @param counters The counters to count with.
   */
  constructor(
    source: ReceiverSource,
    describe: () => string,
    limits: QueueLimits,
    counters: Counters,
  ) {
    this.#source = source;
    this.#counters = counters;
    this.queue = new ReceiveQueue(limits, counters);
    this.waiters = new WaitQueue<ReceiveWaiter>(
      describe,
      () => this.#onDropped(),
      false,
      () => !this.#pollWait.isWaiting,
    );
  }

  /** Whether a call waits. */
  get isWaited(): boolean {
    return this.waiters.head !== undefined;
  }

  /** Takes the next datagram. */
  receive(wait: WaitOptions | undefined): Promise<Datagram> {
    return this.#next(undefined, wait) as Promise<Datagram>;
  }

  /** Takes the next datagram into the caller's buffer. */
  read(
    target: Uint8Array,
    wait: WaitOptions | undefined,
  ): Promise<ReadResult> {
    return this.#next(target, wait) as Promise<ReadResult>;
  }

  #next(
    target: Uint8Array | undefined,
    wait: WaitOptions | undefined,
  ): Promise<Datagram | ReadResult> {
    const refusal = this.#refuse(wait);
    if (refusal !== undefined) return Promise.reject(refusal.error);
    const queued = this.#mayTake() ? this.queue.shift() : undefined;
    if (queued !== undefined) {
      return Promise.resolve(
        target === undefined ? queued : this.#fill(target, queued),
      );
    }
    if (this.#end !== undefined) return Promise.reject(this.#end());
    const waiter = new ReceiveWaiter(target);
    this.waiters.add(waiter, wait);
    this.#source.wake();
    return waiter.promise;
  }

  /**
   * Delivers a datagram whose bytes are valid during the call only.
   *
   * @returns Whether another call waits.
   */
  deliver(arrival: Arrival): boolean {
    const waiter = this.waiters.head;
    if (waiter === undefined || this.#pollWait.isWaiting) {
      this.queue.push(toDatagram(arrival));
    } else this.#serve(waiter, arrival);
    return this.isWaited;
  }

  /** Fails the first call that waits, or else the next call. */
  failNext(error: unknown): void {
    const waiter = this.waiters.shift();
    if (waiter === undefined) this.failure = { error };
    else waiter.reject(error);
  }

  /** Fails all calls that wait, or else the next call. */
  failAll(error: unknown): void {
    if (this.isWaited) this.waiters.rejectAll(error);
    else this.failure = { error };
  }

  /** Takes the error that is due to the next call. */
  takeFailure(): unknown {
    const error = this.failure?.error;
    this.failure = undefined;
    return error;
  }

  /** Ends the receiving. Queued datagrams can still be received. */
  end(makeError: () => unknown): void {
    this.#pollWait.leave();
    this.#serveQueued();
    this.#end = makeError;
    this.failure = undefined;
    this.waiters.drain((waiter) => waiter.reject(makeError()));
    this.waiters.close();
  }

  /** Ends the receiving, and drops the queued datagrams. */
  close(makeError: () => unknown): void {
    this.queue.clear();
    this.end(makeError);
  }

  #refuse(wait: WaitOptions | undefined): { error: unknown } | undefined {
    if (this.#end !== undefined && this.queue.length === 0) return undefined;
    return this.waiters.refuse(wait) ??
      (this.failure && { error: this.takeFailure() });
  }

  /** Whether a call may take a queued datagram at once, or has to wait. */
  #mayTake(): boolean {
    // The datagrams that are left at the end are bounded.
    if (this.#end !== undefined) return true;
    // The pending receive keeps the process alive, if anything does.
    if (this.#pollWait.isSpent()) this.#pollWait.enter(false);
    return !this.#pollWait.isWaiting;
  }

  #serveQueued(): void {
    let waiter = this.waiters.head;
    while (waiter !== undefined) {
      const queued = this.queue.shift();
      if (queued === undefined) return;
      this.#serve(waiter, queued);
      waiter = this.waiters.head;
    }
  }

  #serve(waiter: ReceiveWaiter, arrival: Arrival): void {
    this.waiters.remove(waiter);
    const { target } = waiter;
    waiter.resolve(
      target === undefined ? toDatagram(arrival) : this.#fill(target, arrival),
    );
  }

  /** Copies a datagram into the caller's buffer, as far as it fits. */
  #fill(target: Uint8Array, { data, addr, truncated }: Arrival): ReadResult {
    // The length of a buffer that was transferred meanwhile is 0.
    const length = Math.min(data.length, target.length);
    if (length > 0) {
      target.set(length === data.length ? data : data.subarray(0, length));
    }
    const isCut = length < data.length;
    if (isCut && !truncated) this.#counters.truncated++;
    return [length, addr, truncated || isCut];
  }

  #onDropped(): void {
    if (this.isWaited) return;
    this.#pollWait.leave();
    this.#source.rest();
  }
}

/** Copies a datagram, whose bytes are the caller's from then on. */
function toDatagram({ data, addr, truncated }: Arrival): Datagram {
  return { data: new Uint8Array(data), addr, truncated };
}
