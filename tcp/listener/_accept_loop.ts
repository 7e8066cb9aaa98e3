import { Alarm } from "../../internal/wait/alarm.ts";
import { ClosedError } from "../../internal/errors/closed_error.ts";
import { isExpectedEnd } from "../../internal/errors/expected_end.ts";
import { closeRaw } from "../../internal/close_raw.ts";
import { PollWait } from "../../internal/wait/poll_budget.ts";
import { SlotMap } from "../../internal/slot_map.ts";
import { systemError } from "../../internal/errors/system_error.ts";
import type { WaitOptions } from "../../internal/wait/wait_options.ts";
import { Waiter, WaitQueue } from "../../internal/wait/wait_queue.ts";
import { oldestClosing } from "../conn/_closing.ts";

/**
 * How many connections may be between the system's accept and the caller's. A
 * peer that opens hundreds a second and stays silent must not delay others for
 * longer than a handshake takes. Each costs a descriptor and some kilobytes.
 */
const MAX_PENDING = 1024;
/** Milliseconds of preparation after which a new connection may take the place. */
const MAX_HOLD = 1000;
/** Milliseconds to pause first after the system failed to accept. */
const MIN_BACKOFF = 5;
/** The longest pause: each is twice the one before. */
const MAX_BACKOFF = 1000;

/** The members that listeners of the runtime have in common. */
export interface RawListener<R> {
  accept(): Promise<R>;
  close(): void;
  ref(): void;
  unref(): void;
}

/** The parts of an {@linkcode AcceptLoop}. */
export interface AcceptSource<C, R> {
  readonly raw: RawListener<R>;
  /** The listener's address, for error messages. */
  readonly name: string;
  /** Whether a connection may come in; if not, it is closed and counted. */
  readonly admits: (raw: R) => boolean;
  /** Makes a connection of a raw one, perhaps after a handshake. */
  readonly prepare: (raw: R) => C | Promise<C>;
  /** Called with a connection that is ready, before a call gets it. */
  readonly onReady: (conn: C) => void;
  /** Called with each error of accepting or preparing a connection. */
  readonly onError: (error: unknown) => void;
  /** Called when the loop ends. */
  readonly onClose?: (() => void) | undefined;
  /** How many may be on the way at once; 1,024 by default. */
  readonly maxPending?: number;
}

interface Closeable {
  close(): void;
}

/** Prepares connections, and can give some of them up. */
interface Preparer {
  /** Since when the one has been prepared that has waited longest. */
  readonly oldestSince: number;
  /** Gives that up if it has had its time: 0 if so, else when it can be. */
  giveUpOldest(): number;
}

/** All with connections in preparation: they share the files of the process. */
const preparers = new Set<Preparer>();

/** Gives up the connection that has been prepared for the longest time of all. */
function giveUpOldestOfAll(): number {
  let oldest: Preparer | undefined;
  for (const preparer of preparers) {
    if (preparer.oldestSince < (oldest?.oldestSince ?? Infinity)) {
      oldest = preparer;
    }
  }
  return oldest?.giveUpOldest() ?? Infinity;
}

/** A connection that is being prepared. */
interface Preparation<R> {
  readonly raw: R;
  /** When that began. */
  readonly since: number;
}

/**
 * The way of connections from the system to the calls that wait for them.
 *
 * One `accept` of the system is in flight at most, and only while calls wait;
 * its result goes to the first in line, so that a call which times out loses no
 * connection. Where connections need a handshake, many are under way at once,
 * and a silent client delays no other.
 *
 * The loop survives errors that end one of the runtime's: a peer that resets
 * before it is accepted, and a system without resources, which it asks again after
 * a pause.
 */
export class AcceptLoop<C extends Closeable, R extends Closeable>
  implements Preparer {
  readonly #source: AcceptSource<C, R>;
  /** The calls that wait for a connection, with the limits of all. */
  readonly calls: WaitQueue<Waiter<C>>;
  readonly #ready: C[] = [];
  readonly #retry = new Alarm(() => this.#endPause(), true);
  #accepting: Promise<void> | undefined;
  /** Connections that are being prepared, by the order in which they came. */
  readonly #preparing = new SlotMap<number, Preparation<R>>();
  #lastPreparation = 0;
  readonly #turnover = new Alarm(() => this.#run(), true);
  /** Where many connections wait, each is accepted without a poll between. */
  readonly #pollWait = new PollWait(() => this.#run());
  #isPaused = false;
  #backoff = MIN_BACKOFF;
  #isClosed = false;
  #isRef = true;
  /** Whether the raw listener holds the process now. */
  #holds = true;

  /** Connections that came in. */
  acceptedCount = 0;
  /** Connections that came in and could not be prepared. */
  failedCount = 0;
  /** Connections that were not admitted. */
  droppedCount = 0;

  constructor(source: AcceptSource<C, R>) {
    this.#source = source;
    this.calls = new WaitQueue(
      () => `Cannot accept on ${source.name}`,
      () => this.#updateRef(),
      false,
      () => !this.#pollWait.isWaiting,
    );
  }

  /** Whether a pending accept keeps the process alive. */
  set isRef(isRef: boolean) {
    this.#isRef = isRef;
    this.#updateRef();
  }

  /** Connections that are being prepared. */
  get preparingCount(): number {
    return this.#preparing.size;
  }

  /** Whether the listener is closed. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Waits for a connection. */
  accept(wait?: WaitOptions): Promise<C> {
    if (this.#isClosed) return Promise.reject(this.#closedError());
    const refusal = this.calls.refuse(wait);
    if (refusal !== undefined) return Promise.reject(refusal.error);
    if (this.calls.head === undefined) {
      const conn = this.#ready.shift();
      if (conn !== undefined) return Promise.resolve(conn);
    }
    const call = new Waiter<C>();
    this.calls.add(call, wait);
    this.#run();
    this.#updateRef();
    return call.promise;
  }

  /** Takes an unused connection back, to be the next. */
  giveBack(conn: C): void {
    if (this.#isClosed) return conn.close();
    const call = this.calls.shift();
    if (call === undefined) this.#ready.unshift(conn);
    else call.resolve(conn);
  }

  /** Ends the loop. Connections that no call has got are closed. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#retry.stop();
    this.#turnover.stop();
    this.#pollWait.leave();
    closeRaw(this.#source.raw);
    this.#source.onClose?.();
    this.calls.drain((call) => call.reject(this.#closedError()));
    this.calls.stopTiming();
    for (const conn of this.#ready.splice(0)) conn.close();
    for (const { raw } of this.#preparing.values()) closeRaw(raw);
  }

  /** Resolves when the system has let go of the port, after a close. */
  async released(): Promise<void> {
    await this.#accepting;
  }

  /** An accept that no call waits for must not keep the process alive. */
  #updateRef(): void {
    const isWanted = this.calls.head !== undefined ||
      this.#accepting === undefined;
    const holds = this.#isRef && isWanted;
    this.#pollWait.setKeepsAlive(this.#isRef);
    if (this.#isClosed || holds === this.#holds) return;
    this.#holds = holds;
    if (holds) this.#source.raw.ref();
    else this.#source.raw.unref();
  }

  #run(): void {
    if (this.#isClosed || this.#isPaused || this.#accepting !== undefined) {
      return;
    }
    if (this.calls.head === undefined || !this.#makeRoom()) return;
    if (this.#pollWait.isWaiting) return;
    if (this.#pollWait.isSpent()) return this.#pollWait.enter(this.#isRef);
    this.#accepting = this.#source.raw.accept().then(
      this.#onAccepted,
      this.#onAcceptError,
    );
  }

  readonly #onAccepted = (raw: R): void => {
    this.#accepting = undefined;
    if (this.#isClosed) return closeRaw(raw);
    this.#backoff = MIN_BACKOFF;
    if (this.#source.admits(raw)) {
      this.acceptedCount++;
      this.#prepare(raw);
    } else {
      this.droppedCount++;
      closeRaw(raw);
    }
    this.#run();
  };

  #prepare(raw: R): void {
    const conn = this.#source.prepare(raw);
    if (!(conn instanceof Promise)) return this.#deliver(conn);
    const number = ++this.#lastPreparation;
    this.#preparing.set(number, { raw, since: performance.now() });
    preparers.add(this);
    conn.then((conn) => {
      // Ready just when it had to give up its place: it is closed by now.
      if (this.#forget(number)) this.#deliver(conn);
      else this.#discard(conn);
      this.#run();
    }, (error) => {
      this.#forget(number);
      if (!this.#isClosed) {
        if (!isExpectedEnd(error)) this.failedCount++;
        this.#source.onError(error);
      }
      this.#run();
    });
  }

  /**
   * Whether one more connection may come in. If all places are taken, the
   * connection that has been in preparation for the longest time is closed, once
   * it has had `MAX_HOLD`: otherwise silent peers could keep all others out until
   * the limit of the handshake.
   */
  #makeRoom(): boolean {
    const { maxPending = MAX_PENDING } = this.#source;
    if (this.#preparing.size + this.#ready.length < maxPending) return true;
    const end = this.giveUpOldest();
    if (end > 0 && end < Infinity) this.#turnover.ringBy(end);
    return end === 0;
  }

  /**
   * Gives up the connection that has been prepared for the longest time.
   *
   * @returns 0 if one was, else when it can be.
   */
  giveUpOldest(): number {
    for (const [number, { raw, since }] of this.#preparing) {
      const end = since + MAX_HOLD;
      if (performance.now() < end) return end;
      this.#forget(number);
      closeRaw(raw);
      return 0;
    }
    return Infinity;
  }

  /** Since when the oldest has been prepared, `Infinity` if there is none. */
  get oldestSince(): number {
    for (const { since } of this.#preparing.values()) return since;
    return Infinity;
  }

  /** Whether a connection was still in preparation, which is over. */
  #forget(number: number): boolean {
    const wasThere = this.#preparing.delete(number);
    if (this.#preparing.size === 0) preparers.delete(this);
    return wasThere;
  }

  /** Closes a connection that no call gets, and that counts until it is freed. */
  #discard(conn: C): void {
    this.#source.onReady(conn);
    conn.close();
  }

  #deliver(conn: C): void {
    if (this.#isClosed) return this.#discard(conn);
    this.#source.onReady(conn);
    const call = this.calls.shift();
    if (call === undefined) this.#ready.push(conn);
    else call.resolve(conn);
  }

  readonly #onAcceptError = (error: unknown): void => {
    this.#accepting = undefined;
    if (this.#isClosed) return;
    if (error instanceof Deno.errors.BadResource) return this.close();
    // Health checks leave before they are accepted, too.
    if (isOfPeer(error)) return this.#run();
    this.#source.onError(
      systemError({ operation: "accept", name: this.#source.name }, error),
    );
    if (this.#isClosed) return;
    // The system lacks something, such as file descriptors, of which connections
    // that are closing hold some.
    const closing = oldestClosing();
    if (closing !== undefined) {
      closing.cut();
      return this.#run();
    }
    // So do those that are not ready yet, of any listener: a descriptor is free
    // when the runtime has dropped the calls that were pending on it.
    const next = giveUpOldestOfAll();
    if (next === 0) this.#backoff = MIN_BACKOFF;
    // Asking again at once would only burn the processor.
    this.#isPaused = true;
    const end = performance.now() + this.#backoff;
    this.#retry.ringBy(next === 0 ? end : Math.min(end, next));
    this.#backoff = Math.min(2 * this.#backoff, MAX_BACKOFF);
  };

  #endPause(): void {
    this.#isPaused = false;
    this.#run();
  }

  #closedError(): ClosedError {
    return new ClosedError(
      `Cannot accept on ${this.#source.name}: the listener is closed`,
    );
  }
}

/** Whether the peer left before it was accepted. */
function isOfPeer(error: unknown): boolean {
  return error instanceof Deno.errors.NotConnected ||
    error instanceof Deno.errors.ConnectionReset ||
    error instanceof Deno.errors.ConnectionAborted;
}
