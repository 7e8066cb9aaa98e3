import { poolSizeFor } from "../../internal/bytes/buffer_pool.ts";
import { ClosedError } from "../../internal/errors/closed_error.ts";
import { systemError } from "../../internal/errors/system_error.ts";
import {
  checkWork,
  PollWait,
  WORK_PER_CHECK,
} from "../../internal/wait/poll_budget.ts";
import type { WaitOptions } from "../../internal/wait/wait_options.ts";
import { WaitLine } from "../../internal/wait/wait_queue.ts";
import { ByteWindow } from "./_byte_window.ts";
import type { IdleWatch } from "./_idle_watch.ts";
import type { HalfHost, RawConn } from "./_raw_conn.ts";
import { ReadSizer } from "./_read_sizer.ts";
import { BufferRead, LineRead, takeLine } from "./_read_calls.ts";
import type { ReadSource, ReadWaiter } from "./_read_waiter.ts";
import {
  allowedSize,
  beginRead,
  endRead,
  type WideKind,
} from "./_wide_reads.ts";

/** A read counts as one more piece of work for each block of this length. */
const WORK_BLOCK = 512;

/** Milliseconds after which it is asked whether the runtime has to poll. */
const LONG_WINDOW = 1;

const noError = () => undefined;

/** The state of the half; past `open` it never goes back. */
type ReadState = "open" | "ended" | "failed" | "closed";

/**
 * The reading side of a connection: calls that wait in the order asked, and a
 * window of bytes that arrived and that no call has taken.
 *
 * At most one `read` of the raw connection is in flight, always into a buffer
 * of the window, and only while a call waits. Its result goes to the call that is
 * first in line when it arrives, so a call that gives up loses nothing and has its
 * buffer left alone, although a pending read of the system can't be taken back.
 */
export class ReadHalf extends WaitLine<ReadWaiter> implements ReadSource {
  readonly #raw: RawConn;
  readonly #host: HalfHost;
  readonly #sizer = new ReadSizer();
  #inFlight = false;
  /** Whether its room is larger than the traffic asks for, as its call needs it. */
  #isForNeed = false;
  #roomLength = 0;
  /** The kind of the read, if it has more than 16 KiB. */
  #wideKind: WideKind | undefined;
  /** How much was done since it was asked whether the runtime has to poll. */
  #work = 0;
  /** Its place in the line for that; most halves never have one. */
  #pollWait: PollWait | undefined;
  /** Whether the read in flight no longer keeps the process alive. */
  #parked = false;
  #state: ReadState = "open";
  /** Makes the error of a call that comes after a failure or the close. */
  #makeError: () => unknown = noError;
  #idle: PromiseWithResolvers<void> | undefined;
  /**
   * Takes the outcome of a read. An idle connection waits here, so there is one
   * function for both outcomes; and it is a bound one, as a closure takes twice
   * the memory.
   */
  readonly #onSettled: (outcome: unknown) => void = this.#settle.bind(this);

  /** The bytes that have arrived and that no call has taken. */
  readonly window: ByteWindow = new ByteWindow();
  /** Told of every arrival while an idle limit is set. */
  idleWatch: IdleWatch | undefined;
  /** The most that a read may bring, for a consumer that works in pieces. */
  maxRead: number = Infinity;
  /** Bytes received from the system. */
  bytesRead = 0;
  /**
   * The reset of the peer, if a write has found one. The system tells that once; a
   * read then finds an end that is none.
   */
  resetError: Error | undefined;
  /** Whether the peer has ended the stream, or the connection has failed. */
  isPeerDone = false;

  constructor(raw: RawConn, host: HalfHost, keepsAlive: boolean) {
    super(keepsAlive);
    this.#raw = raw;
    this.#host = host;
  }

  /** How many bytes wait to be taken. */
  get available(): number {
    return this.window.length;
  }

  /** The position in the stream of the next byte to be taken. */
  get position(): number {
    return this.bytesRead - this.available;
  }

  /** Whether a call may take bytes at once: no other waits, no deadline is set. */
  get isFree(): boolean {
    return this.head === undefined && !this.hasDeadline;
  }

  /** The peer, for error messages. */
  get peerName(): string {
    return this.#host.peerName;
  }

  /** Whether a read of the raw connection is in flight, or about to be. */
  get isReading(): boolean {
    return this.#inFlight || this.isReadDeferred;
  }

  /**
   * Whether a call wants to read, and has to wait until the runtime has polled
   * and other connections have had their turns. Bytes that the peer has sent
   * meanwhile have not been looked at.
   */
  get isReadDeferred(): boolean {
    return this.#pollWait !== undefined && this.#pollWait.isWaiting;
  }

  /**
   * Counts calls that are served from the window, and tells whether they may be:
   * if not, they have to get in line.
   *
   * @param work How many there are.
   */
  mayServe(work = 1): boolean {
    return this.window.length > 0 && this.isFree && !this.#mustPoll(work);
  }

  /** Reads into the caller's buffer: see `StreamConn.read`. */
  read(buffer: Uint8Array, wait?: WaitOptions): Promise<number | null> {
    // A poll of a pipelining peer ends here: no waiter, no clock, no microtask
    // beyond that of the promise.
    if (wait === undefined && this.mayServe()) {
      return Promise.resolve(this.window.take(buffer));
    }
    return this.start(new BufferRead(buffer), wait);
  }

  /** Reads a line: see `StreamConn.readLine`. */
  readLine(maxLength: number, wait?: WaitOptions): Promise<string | null> {
    const line = wait === undefined && this.mayServe()
      ? takeLine(this.window, maxLength)
      : undefined;
    return line === undefined
      ? this.start(new LineRead(maxLength), wait)
      : Promise.resolve(line);
  }

  /** Puts a call in line, and serves it at once if its turn has come. */
  start<T>(
    waiter: ReadWaiter & { readonly promise: Promise<T> },
    wait: WaitOptions | undefined,
  ): Promise<T> {
    const refusal = this.#refusal(wait);
    if (refusal !== undefined) return Promise.reject(refusal.error);
    this.#enter(waiter, wait);
    return waiter.promise;
  }

  /**
   * Puts a waiter in line that has no promise, and so can be used again when it
   * has left the line: continuous reading makes no garbage.
   */
  feed(waiter: ReadWaiter): void {
    waiter.limit = undefined;
    const refusal = this.#refusal(undefined);
    if (refusal !== undefined) return waiter.fail(refusal.error);
    // It may have dealt with thousands of messages since it left the line.
    this.#work = WORK_PER_CHECK;
    this.#enter(waiter, undefined);
  }

  #refusal(wait: WaitOptions | undefined): { error: unknown } | undefined {
    if (this.#state === "closed") return { error: this.#makeError() };
    return this.refuse(wait);
  }

  #enter(waiter: ReadWaiter, wait: WaitOptions | undefined): void {
    this.append(waiter);
    if (this.head === waiter) this.#serve();
    // A call that was served at once has left the line, and takes no timer.
    const waits = this.head === waiter || waiter.previous !== undefined;
    if (waits) this.limit(waiter, wait);
    if (this.#parked && this.head !== undefined) this.#unpark();
  }

  /** Rejects the calls for which `isMeant` holds. */
  withdraw(
    isMeant: (waiter: ReadWaiter) => boolean,
    makeError: () => unknown,
  ): void {
    let waiter = this.head;
    while (waiter !== undefined) {
      const { next }: ReadWaiter = waiter;
      if (isMeant(waiter)) {
        this.remove(waiter);
        waiter.dropped?.(this);
        waiter.reject(makeError());
      }
      waiter = next;
    }
    this.#onLeft();
  }

  /** Ends reading on the caller's wish; bytes that have arrived are dropped. */
  cancel(): void {
    if (this.#state === "closed") return;
    this.close(() =>
      new ClosedError(
        `Cannot read from ${this.#host.peerName}: reading was cancelled`,
      )
    );
    this.#park();
    this.#host.onReadEnd(undefined);
  }

  /** Ends reading because the connection is closed. */
  close(makeError: () => ClosedError): void {
    if (this.#state === "closed") return;
    this.#state = "closed";
    this.#makeError = makeError;
    this.drain((waiter) => waiter.fail(makeError()));
    this.#endWide();
    this.#pollWait?.leave();
    this.#tellIdle();
    this.stopTiming();
    this.window.clear();
  }

  /** Resolves when no read of the raw connection is in flight, nor about to be. */
  whenIdle(): Promise<void> {
    if (!this.isReading) return Promise.resolve();
    this.#idle ??= Promise.withResolvers();
    return this.#idle.promise;
  }

  /** Applies `ref` or `unref` of the connection. */
  updateRef(): void {
    if (this.#host.isRef && !this.#parked) this.#raw.ref();
    else this.#raw.unref();
    this.#pollWait?.setKeepsAlive(this.#host.isRef);
  }

  /**
   * Serves those in line as far as the window goes, then reads for the next.
   * Where the runtime has to poll first, it goes on after that.
   */
  #serve(isAfterRead = false): void {
    if (this.isReadDeferred) return;
    // The bytes of a read are dealt with in any case.
    let isChecked = isAfterRead;
    for (
      let waiter = this.head;
      waiter !== undefined;
      waiter = this.head
    ) {
      const hasBytes = this.window.length > 0;
      if (hasBytes && !isChecked && this.#mustPoll()) return this.#defer();
      isChecked = false;
      if (!hasBytes || !this.#serveOne(waiter)) {
        if (this.#state === "open") return this.#fill();
        if (this.#state === "ended") this.#tellEnd(waiter);
        else {
          waiter.dropped?.(this);
          waiter.fail(this.#makeError());
        }
      }
      // A waiter that ends the half, such as one of a stream that is cancelled
      // while it is served, has been taken out already.
      if (this.head === waiter) this.remove(waiter);
    }
  }

  /** Settles a call at the end, which may still get the rest of the stream. */
  #tellEnd(waiter: ReadWaiter): void {
    const hasRest = this.available > 0;
    waiter.end(this);
    if (!hasRest && this.available === 0) this.#host.onEndTold();
  }

  /** Lets a call look at the window, and takes note of the time if it is large. */
  #serveOne(waiter: ReadWaiter): boolean {
    const { length } = this.window;
    if (!this.#sizer.isSample(length)) return waiter.serve(this);
    const began = performance.now();
    const isServed = waiter.serve(this);
    const time = performance.now() - began;
    this.#sizer.noteTime(length, time);
    // So long a window makes up for many pieces of work.
    if (time > LONG_WINDOW) this.#work = WORK_PER_CHECK;
    return isServed;
  }

  /** Counts pieces of work, and tells whether the runtime has to poll now. */
  #mustPoll(work = 1): boolean {
    this.#work = checkWork(this.#work + work);
    return this.#work >= WORK_PER_CHECK;
  }

  /** Goes on when the runtime has polled and those before it have gone on. */
  #defer(): void {
    this.#pollWait ??= new PollWait(() => this.#onPolled());
    this.#pollWait.enter(this.#host.isRef);
  }

  #onPolled(): void {
    this.#work = 0;
    this.#serve();
    if (!this.isReading) this.#tellIdle();
  }

  /** Starts a read of the raw connection behind the window. */
  #fill(): void {
    if (this.#inFlight || this.isReadDeferred) return;
    if (this.#mustPoll()) return this.#defer();
    const kind = this.#sizer.isGrowing ? "growing" : "waiting";
    const size = allowedSize(kind, Math.min(this.#sizer.size, this.maxRead));
    const need = this.head?.need ?? 0;
    const isEmpty = this.window.length === 0;
    const room = this.window.lend(size, need);
    this.#isForNeed = isEmpty && need > 0 && poolSizeFor(need) > size;
    this.#roomLength = room.length;
    this.#inFlight = true;
    if (isEmpty) this.#wideKind = beginRead(kind, room.length);
    this.#raw.read(room).then(this.#onSettled, this.#onSettled);
  }

  #endWide(): void {
    if (this.#wideKind === undefined) return;
    endRead(this.#wideKind);
    this.#wideKind = undefined;
  }

  /** Of the read in flight: its outcome, which is an error if it is no length. */
  #settle(outcome: unknown): void {
    this.#inFlight = false;
    this.#endWide();
    if (typeof outcome !== "number") this.isPeerDone = true;
    if (this.#state === "closed") {
      this.#tellIdle();
      return this.window.release();
    }
    if (typeof outcome === "number") return this.#onRead(outcome);
    const error = outcome ?? this.resetError;
    if (error === undefined) return this.#finish("ended", undefined);
    const attempt = { operation: "read", name: this.#host.peerName } as const;
    this.#finish("failed", systemError(attempt, error));
  }

  #onRead(length: number): void {
    this.bytesRead += length;
    this.#work += Math.floor(length / WORK_BLOCK);
    if (this.idleWatch !== undefined) this.idleWatch.touch();
    const isFull = length === this.#roomLength;
    if (isFull || !this.#isForNeed) this.#sizer.noteRead(length, isFull);
    this.window.fill(length);
    this.#serve(true);
    if (!this.isReading) this.#tellIdle();
  }

  #finish(state: "ended" | "failed", error: unknown): void {
    this.#state = state;
    this.#makeError = () => error;
    this.window.release();
    this.#serve();
    if (this.window.length === 0) this.window.clear();
    this.stopTiming();
    this.#tellIdle();
    this.#host.onReadEnd(error);
  }

  #tellIdle(): void {
    this.#idle?.resolve();
    this.#idle = undefined;
  }

  /** While it is put off, bytes that have arrived have not been looked at. */
  protected override get mayExpire(): boolean {
    return !this.isReadDeferred;
  }

  protected override describeWait(): string {
    return `Cannot read from ${this.#host.peerName}`;
  }

  /** A call gave up. */
  protected override onDropped(waiter: ReadWaiter): void {
    waiter.dropped?.(this);
    this.#onLeft();
  }

  /**
   * Goes on after calls have given up: the bytes they gave back are for the next,
   * and if there is none, the read in flight must not keep the process alive.
   */
  #onLeft(): void {
    if (this.head !== undefined) return this.#serve();
    if (this.isReadDeferred) {
      this.#pollWait?.leave();
      if (!this.isReading) this.#tellIdle();
    }
    this.#park();
  }

  #park(): void {
    if (!this.#inFlight || this.#parked) return;
    this.#parked = true;
    this.updateRef();
  }

  #unpark(): void {
    this.#parked = false;
    this.updateRef();
  }
}
