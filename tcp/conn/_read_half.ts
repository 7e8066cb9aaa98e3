import { noteHandedOut } from "../../internal/bytes/ballast.ts";
import {
  giveBuffer,
  hasWasmBuffer,
  IDLE_BUFFER,
  LARGE_BUFFER,
  MEDIUM_BUFFER,
  ownsMemory,
  poolSizeFor,
  SMALL_BUFFER,
  takeBuffer,
  takeWasmBuffer,
  WIDE_BUFFER,
} from "../../internal/bytes/buffer_pool.ts";
import { ClosedError } from "../../internal/errors/closed_error.ts";
import { copyBytes } from "../../internal/bytes/copy_bytes.ts";
import {
  isPollDue,
  PollWait,
  WORK_PER_CHECK,
} from "../../internal/wait/poll_budget.ts";
import { Slab } from "../../internal/bytes/slab.ts";
import { systemError } from "../../internal/errors/system_error.ts";
import type { WaitOptions } from "../../internal/wait/wait_options.ts";
import { isWasmMemory } from "../../internal/bytes/wasm_memory.ts";
import { WaitLine } from "../../internal/wait/wait_queue.ts";
import type { IdleWatch } from "./_idle_watch.ts";
import { ofHalves } from "./_lock_step.ts";
import type { HalfHost, RawConn } from "./_raw_conn.ts";
import {
  BufferRead,
  LineRead,
  type ReadWaiter,
  takeLine,
} from "./_read_waiters.ts";
import {
  beginWideRead,
  endWideRead,
  hasWidePlace,
  isBulkRare,
  type WideKind,
} from "./_wide_reads.ts";

const EMPTY = new Uint8Array(0);
/** Chunks up to this length may share memory. */
const MAX_SHARED_CHUNK = 128;
/** What such chunks are cut from. */
const SLAB_SIZE = 1024;
/**
 * How many microtasks an answer is waited for: as many as lie between a message
 * that an iterator of a stream brings and the write by a writer, and a few more.
 */
const MAX_TICKS = 8;

/** If 16 to 64 KiB were no more messages than so many, these are large ones. */
const FEW_MESSAGES = 3;

/** A read is as much work more as it has brought blocks of so many bytes. */
const WORK_BLOCK = 512;

/** Windows of so many bytes and more are timed while a waiter looks at them. */
const MIN_TIMED = 8 * 1024;
/** Milliseconds that a waiter may look at one window. */
const MAX_SERVE_TIME = 4;
/** From here on it is the waiter that took the time, and not the system. */
const SURE_SERVE_TIME = 12;
/** If it took no more, the next windows may be larger. */
const SHORT_SERVE_TIME = 1;

const noError = () => undefined;

/** Where the half stands; past `open` it never goes back. */
type ReadState = "open" | "ended" | "failed" | "closed";

/**
 * The reading side of a connection: calls that wait in the order asked, and a
 * window of bytes that arrived and that no call has taken.
 *
 * At most one `read` of the raw connection is in flight, always into a buffer
 * of the half's own, and only while a call waits. Its result goes to whoever is
 * first in line when it arrives, so that a call which gives up loses nothing
 * and has its buffer left alone: a pending read of the system can't be taken
 * back, but nobody has to be the one who asked for it.
 */
export class ReadHalf extends WaitLine<ReadWaiter> {
  readonly #raw: RawConn;
  readonly #host: HalfHost;
  /** Holds the window, from `#start` to `#end`; bytes arrive behind it. */
  #buffer: Uint8Array<ArrayBuffer> = EMPTY;
  #start = 0;
  #end = 0;
  /** How large a buffer the next read of an empty window gets. */
  #nextSize = IDLE_BUFFER;
  /**
   * What the latest reads have brought that had no room for more; above 64 KiB
   * it does not matter how much.
   */
  #overflowing = 0;
  /** How many messages there had been when much came at once the last time. */
  #messagesBefore = 0;
  #inFlight = false;
  /** As what the read in flight counts, if it has more than 16 KiB. */
  #wideKind: WideKind | undefined;
  /** Whether the next read comes when the peer has its answer. */
  #awaitsAnswer = false;
  /** How much was done since it was asked whether the runtime has to poll. */
  #work = 0;
  /** Its place among those who wait for that; most never do. */
  #pollWait: PollWait | undefined;
  /** The largest buffer that can be dealt with in time, as far as is known. */
  #maxSize = LARGE_BUFFER;
  /** Whether the window before took too long. */
  #wasSlow = false;
  /** Where the read in flight puts what it brings. */
  #target: Uint8Array<ArrayBuffer> = EMPTY;
  #targetStart = 0;
  /** If it is filled up to here, there may be more. */
  #targetEnd = 0;
  /** Whether the read in flight no longer keeps the process alive. */
  #parked = false;
  #state: ReadState = "open";
  /** Makes the error of a call that comes after a failure or the close. */
  #makeError: () => unknown = noError;
  #idle: PromiseWithResolvers<void> | undefined;
  /** What small chunks are cut from. */
  #slab: Slab | undefined;
  /**
   * Takes the outcome of a read. An idle connection waits here, so there is one
   * function for both outcomes; and it is a bound one, as a closure takes twice
   * the memory.
   */
  readonly #onSettled: (outcome: unknown) => void = this.#settle.bind(this);

  /**
   * Whether its large buffers are in memory of WebAssembly, as far as there is
   * any: for a waiter that changes bytes where they are. Who else reads gets
   * copies.
   */
  usesWasm = false;
  /** Told of every arrival while an idle limit is set. */
  idleWatch: IdleWatch | undefined;
  /** Bytes received from the system. */
  bytesRead = 0;
  /** Whether the peer has ended the stream, or the connection has failed. */
  isPeerDone = false;

  constructor(raw: RawConn, host: HalfHost, keepsAlive: boolean) {
    super(keepsAlive);
    this.#raw = raw;
    this.#host = host;
  }

  /** How many bytes wait to be taken. */
  get available(): number {
    return this.#end - this.#start;
  }

  /** Where in the stream the next byte to be taken is. */
  get position(): number {
    return this.bytesRead - this.available;
  }

  /** Whether a call may take bytes at once: nobody waits, no deadline is set. */
  get isFree(): boolean {
    return this.head === undefined && !this.isLimited(undefined);
  }

  /** The peer, for error messages. */
  get peerName(): string {
    return this.#host.peerName;
  }

  /** Whether a read of the raw connection is in flight, or about to be. */
  get isReading(): boolean {
    return this.#inFlight || this.#awaitsAnswer || this.isReadDeferred;
  }

  /**
   * Whether somebody wants to read, and has to wait until the runtime has polled
   * and other connections have had their turns. What the peer has sent meanwhile
   * has not been looked at.
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
    return this.#end > this.#start && this.isFree && !this.#mustPoll(work);
  }

  /** Reads into the caller's buffer: see `StreamConn.read`. */
  read(buffer: Uint8Array, wait?: WaitOptions): Promise<number | null> {
    // A poll of a pipelining peer ends here: no waiter, no clock, no microtask
    // beyond that of the promise.
    if (wait === undefined && this.mayServe()) {
      return Promise.resolve(this.take(buffer));
    }
    return this.start(new BufferRead(buffer), wait);
  }

  /** Reads a line: see `StreamConn.readLine`. */
  readLine(maxLength: number, wait?: WaitOptions): Promise<string | null> {
    const line = wait === undefined && this.mayServe()
      ? takeLine(this, maxLength)
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
   * has left the line: what goes on all the time makes no garbage.
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
    return this.isLimited(wait) ? this.refuse(wait) : undefined;
  }

  #enter(waiter: ReadWaiter, wait: WaitOptions | undefined): void {
    this.add(waiter, wait);
    if (this.head === waiter) this.#serve();
    if (this.#parked && this.head !== undefined) this.#unpark();
  }

  /** Takes bytes of the window into `target` and tells how many. */
  take(target: Uint8Array, offset = 0): number {
    // A target that was transferred meanwhile takes nothing.
    const room = Math.max(0, target.length - offset);
    const length = Math.min(this.#end - this.#start, room);
    copyBytes(this.#buffer, this.#start, length, target, offset);
    this.consume(length);
    return length;
  }

  /** Takes the window as a chunk with memory of its own. */
  takeCopy(): Uint8Array<ArrayBuffer> {
    noteHandedOut(this.available);
    const isAll = this.#end - this.#start === this.#buffer.length;
    if (isAll && !this.#inFlight && ownsMemory(this.#buffer)) {
      const chunk = this.#buffer;
      this.#buffer = EMPTY;
      this.#start = this.#end = 0;
      return chunk;
    }
    const chunk = this.#buffer.slice(this.#start, this.#end);
    this.consume(chunk.length);
    return chunk;
  }

  /**
   * Takes the window as a chunk, which may share its memory with other chunks
   * of this connection if it is small.
   */
  takeChunk(): Uint8Array<ArrayBuffer> {
    const length = this.#end - this.#start;
    if (length > MAX_SHARED_CHUNK) return this.takeCopy();
    this.#slab ??= new Slab(SLAB_SIZE, MAX_SHARED_CHUNK);
    const chunk = this.#slab.copy(this.#buffer, this.#start, length);
    this.consume(length);
    return chunk;
  }

  /** The window itself: valid until the next call that takes or reads. */
  peek(): Uint8Array<ArrayBuffer> {
    return this.#buffer.subarray(this.#start, this.#end);
  }

  /** Drops the first bytes of the window. */
  consume(length: number): void {
    this.#start += length;
    if (this.#start < this.#end || this.#inFlight) return;
    this.#start = this.#end = 0;
    if (this.#buffer.length > SMALL_BUFFER) this.#dropBuffer();
  }

  /** Whether the window can have so many bytes in memory of WebAssembly. */
  canHold(length: number): boolean {
    const { buffer, length: size } = this.#buffer;
    return size >= length && isWasmMemory(buffer) ||
      hasWasmBuffer(wasmSizeFor(length));
  }

  /**
   * Says how many bytes come next, as far as is known: a protocol begins, and
   * what has come before tells nothing about it.
   */
  expect(length: number): void {
    this.#nextSize = poolSizeFor(length);
  }

  /** Puts bytes back before the window: the call has made no use of them. */
  unread(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    const window = this.#buffer.subarray(this.#start, this.#end);
    // A new buffer: a read in flight goes on writing to the old one.
    const buffer = new Uint8Array(bytes.length + window.length);
    buffer.set(bytes);
    buffer.set(window, bytes.length);
    if (!this.#inFlight) giveBuffer(this.#buffer);
    this.#buffer = buffer;
    this.#start = 0;
    this.#end = buffer.length;
  }

  /** Rejects the calls for which `isMeant` holds: nobody waits for them. */
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

  /** Ends reading on the caller's wish; what has arrived is dropped. */
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
    ofHalves.forget(this);
    this.#endWide();
    this.#pollWait?.leave();
    this.#tellIdle();
    this.stopTiming();
    // A read in flight may still write to its target: that is free after it.
    const isInUse = this.#inFlight && this.#buffer === this.#target;
    if (!isInUse) giveBuffer(this.#buffer);
    if (!this.#inFlight) this.#target = EMPTY;
    this.#buffer = EMPTY;
    this.#start = this.#end = 0;
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
   * Serves those in line as far as the window goes, then reads for the next: at
   * once, or when the peer has its answer if it seems to wait for one. Where the
   * runtime has to poll first, it goes on after that.
   */
  #serve(isAfterRead = false): void {
    if (this.isReadDeferred) return;
    // What a read has just brought is dealt with in any case.
    let isChecked = isAfterRead;
    for (
      let waiter = this.head;
      waiter !== undefined;
      waiter = this.head
    ) {
      const hasBytes = this.#end > this.#start;
      if (hasBytes && !isChecked && this.#mustPoll()) return this.#defer();
      isChecked = false;
      if (!hasBytes || !this.#serveOne(waiter)) {
        if (this.#state === "open") {
          if (isAfterRead && ofHalves.isAnswerDue(this)) {
            this.#fillAfterAnswer();
          } else this.#fill();
          return;
        }
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

  /** Lets one look at the window, and notes whether that takes too long. */
  #serveOne(waiter: ReadWaiter): boolean {
    const length = this.available;
    if (length < Math.min(MIN_TIMED, this.#maxSize / 2)) {
      return waiter.serve(this);
    }
    const began = performance.now();
    const isServed = waiter.serve(this);
    const time = performance.now() - began;
    const isSlow = time > MAX_SERVE_TIME;
    // One alone may be due to the system, which has run something else meanwhile.
    const isSure = this.#wasSlow || time > SURE_SERVE_TIME;
    if (isSlow && isSure) this.#maxSize = sizeBelow(length);
    else if (time < SHORT_SERVE_TIME && length > this.#maxSize / 2) {
      this.#maxSize = sizeAbove(this.#maxSize);
    }
    this.#wasSlow = isSlow;
    return isServed;
  }

  /** Counts pieces of work, and tells whether the runtime has to poll now. */
  #mustPoll(work = 1): boolean {
    this.#work += work;
    if (this.#work < WORK_PER_CHECK) return false;
    const isDue = isPollDue();
    // If so, the next to ask is told the same.
    this.#work = isDue ? WORK_PER_CHECK : 0;
    return isDue;
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

  /**
   * Lets the answer go out before the next read, which would be in vain until
   * then. Meanwhile others may have served the first in line.
   */
  async #fillAfterAnswer(): Promise<void> {
    if (this.#awaitsAnswer) return;
    this.#awaitsAnswer = true;
    for (let tick = 0; tick < MAX_TICKS && ofHalves.isAnswerDue(this); tick++) {
      await undefined;
    }
    this.#awaitsAnswer = false;
    if (this.#state === "open" && this.head !== undefined) this.#fill();
    if (!this.isReading) this.#tellIdle();
  }

  /** Starts a read of the raw connection behind the window. */
  #fill(): void {
    if (this.#inFlight || this.isReadDeferred) return;
    if (this.#mustPoll()) return this.#defer();
    if (this.#start === this.#end) this.#replaceBuffer();
    else this.#makeRoomFor(this.head?.need ?? 0);
    this.#target = this.#buffer;
    this.#targetStart = this.#end;
    this.#inFlight = true;
    if (this.#end === 0 && this.#target.length > MEDIUM_BUFFER) {
      this.#wideKind = this.#nextKind;
      beginWideRead(this.#wideKind);
    }
    this.#raw.read(this.#room()).then(this.#onSettled, this.#onSettled);
  }

  /** Where the next read puts what it brings. */
  #room(): Uint8Array<ArrayBuffer> {
    const buffer = this.#buffer;
    this.#targetEnd = buffer.length;
    if (this.#end > 0) return buffer.subarray(this.#end);
    const expected = ofHalves.expectedLength(this);
    // In lock step: see _lock_step.ts.
    if (expected > 0) return buffer.subarray(0, expected);
    if (buffer.length < WIDE_BUFFER) return buffer;
    const most = Math.min(this.head?.most ?? Infinity, buffer.length);
    const unit = Math.min(this.head?.unit || Infinity, most);
    const end = most - most % unit;
    // Only in bulk: a message that just fills its room must not look as if there
    // were more.
    if (buffer.length >= LARGE_BUFFER) this.#targetEnd = end;
    return buffer.subarray(0, end);
  }

  /** Gives the empty window a buffer of the size that the traffic asks for. */
  #replaceBuffer(): void {
    this.#start = this.#end = 0;
    const old = this.#buffer;
    const size = this.#allowedSize();
    if (old.length === size) return;
    this.#buffer = this.#takeBuffer(size);
    giveBuffer(old);
  }

  /** What the next read gets of what its connection asks for. */
  #allowedSize(): number {
    return Math.min(this.#freeSize(), this.#maxSize);
  }

  /** The same if what it brings takes no time. */
  #freeSize(): number {
    if (this.#nextSize <= MEDIUM_BUFFER) return this.#nextSize;
    const kind = this.#nextKind;
    if (!hasWidePlace(kind)) return MEDIUM_BUFFER;
    if (kind === "waiting") {
      return this.#hasFewMessages() ? this.#nextSize : MEDIUM_BUFFER;
    }
    // Memory of WebAssembly comes in large buffers only.
    const hasWasm = this.usesWasm && this.canHold(LARGE_BUFFER);
    return hasWasm || isBulkRare() ? LARGE_BUFFER : WIDE_BUFFER;
  }

  /**
   * Whether what has come at once was few messages, for a protocol that has
   * them. Those who send many small ones would wait for all of them to be dealt
   * with, where half as many could be on their way meanwhile.
   */
  #hasFewMessages(): boolean {
    const messages = this.head?.messagesReceived ?? 0;
    const isFew = messages - this.#messagesBefore <= FEW_MESSAGES;
    this.#messagesBefore = messages;
    return isFew;
  }

  /** As what the next read counts, if it gets more than 16 KiB. */
  get #nextKind(): WideKind {
    return this.#overflowing === 0 ? "waiting" : "growing";
  }

  #endWide(): void {
    if (this.#wideKind === undefined) return;
    endWideRead(this.#wideKind);
    this.#wideKind = undefined;
  }

  /**
   * Makes room behind the window, in a buffer of the size that the traffic asks
   * for: as much as the window holds, and `length` bytes at least. No read is in
   * flight.
   */
  #makeRoom(length: number): void {
    const used = this.#end - this.#start;
    const needed = poolSizeFor(used + Math.max(used, length));
    const size = Math.max(this.#allowedSize(), needed);
    const isTight = size - this.#end < Math.max(size / 4, length);
    if (isTight || size !== this.#buffer.length) this.#moveWindow(size);
  }

  /** Makes room for a window of so many bytes in all, or for any more if it is 0. */
  #makeRoomFor(length: number): void {
    if (length === 0) return this.#makeRoom(0);
    const whole = Math.max(length, this.available + 1);
    if (this.#buffer.length - this.#start < whole) {
      this.#moveWindow(
        this.usesWasm ? wasmSizeFor(whole) : poolSizeFor(whole),
      );
    }
  }

  #takeBuffer(size: number): Uint8Array<ArrayBuffer> {
    return this.usesWasm ? takeWasmBuffer(size) : takeBuffer(size);
  }

  /** Moves the window to the front of its buffer, or of one of another size. */
  #moveWindow(size: number): void {
    const old = this.#buffer;
    const used = this.#end - this.#start;
    if (size === old.length) old.copyWithin(0, this.#start, this.#end);
    else {
      this.#buffer = this.#takeBuffer(size);
      this.#buffer.set(old.subarray(this.#start, this.#end));
      giveBuffer(old);
    }
    this.#start = 0;
    this.#end = used;
  }

  /** Of the read in flight: its outcome, which is an error if it is no length. */
  #settle(outcome: unknown): void {
    this.#inFlight = false;
    this.#endWide();
    if (typeof outcome !== "number") this.isPeerDone = true;
    if (this.#state === "closed") {
      this.#tellIdle();
      return this.#dropTarget();
    }
    if (typeof outcome === "number") return this.#onRead(outcome);
    if (outcome === null) return this.#finish("ended", undefined);
    const attempt = { operation: "read", name: this.#host.peerName } as const;
    this.#finish("failed", systemError(attempt, outcome));
  }

  #onRead(length: number): void {
    this.bytesRead += length;
    this.#work += Math.floor(length / WORK_BLOCK);
    if (this.idleWatch !== undefined) this.idleWatch.touch();
    const isFull = this.#targetStart + length === this.#targetEnd;
    ofHalves.noteRead(this, isFull ? 0 : length);
    this.#adapt(length, isFull);
    this.#append(length);
    this.#serve(true);
    if (!this.isReading) this.#tellIdle();
  }

  /** Makes what has arrived at the target a part of the window. */
  #append(length: number): void {
    if (this.#start === this.#end) {
      this.#buffer = this.#target;
      this.#start = this.#targetStart;
    } else if (this.#target !== this.#buffer) {
      // Bytes were put back in the meantime, into another buffer.
      if (this.#buffer.length - this.#end < length) this.#makeRoom(length);
      copyBytes(
        this.#target,
        this.#targetStart,
        length,
        this.#buffer,
        this.#end,
      );
      this.#end += length;
      giveBuffer(this.#target);
      return;
    }
    this.#end = this.#targetStart + length;
  }

  #finish(state: "ended" | "failed", error: unknown): void {
    this.#state = state;
    this.#makeError = () => error;
    this.#serve();
    if (this.#start === this.#end) this.#dropBuffer();
    this.stopTiming();
    ofHalves.forget(this);
    this.#tellIdle();
    this.#host.onReadEnd(error);
  }

  /** Gives the buffer back: the window is empty, and no read is in flight. */
  #dropBuffer(): void {
    giveBuffer(this.#buffer);
    this.#buffer = this.#target = EMPTY;
    this.#start = this.#end = 0;
  }

  /** Gives back what the read was for that was in flight at the close. */
  #dropTarget(): void {
    giveBuffer(this.#target);
    this.#target = EMPTY;
  }

  #tellIdle(): void {
    this.#idle?.resolve();
    this.#idle = undefined;
  }

  /**
   * Chooses the size of the next buffer. One that came back full has more
   * behind it: the next is a size larger, unless the room was a small rest. One
   * that did not has emptied the system's queue, or was the end of a message of
   * a peer in lock step: the next such message is to come with one read. But the
   * connection may fall idle with that read pending, which so holds 64 KiB at
   * most.
   */
  #adapt(length: number, isFull: boolean): void {
    const total = this.#overflowing + length;
    if (isFull) {
      const isRest = length < MEDIUM_BUFFER / 4;
      const isBulk = !isRest && this.#target.length >= MEDIUM_BUFFER;
      this.#nextSize = isBulk ? LARGE_BUFFER : MEDIUM_BUFFER;
      this.#overflowing = Math.min(total, WIDE_BUFFER + 1);
    } else {
      this.#nextSize = total > WIDE_BUFFER ? MEDIUM_BUFFER : poolSizeFor(total);
      this.#overflowing = 0;
    }
  }

  /** While it is put off, what has arrived has not been looked at. */
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
   * Goes on after calls have given up: what they gave back is for the next, and
   * if nobody is next, the read in flight must not hold up the process.
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

/** The size of what holds so many bytes in memory of WebAssembly. */
function wasmSizeFor(length: number): number {
  return Math.max(poolSizeFor(length), LARGE_BUFFER);
}

/** The size of a buffer that gets less than so many bytes at once. */
function sizeBelow(length: number): number {
  if (length > WIDE_BUFFER) return WIDE_BUFFER;
  return length > MEDIUM_BUFFER ? MEDIUM_BUFFER : SMALL_BUFFER;
}

/** The size of a buffer that gets more than one of another size. */
function sizeAbove(size: number): number {
  if (size < MEDIUM_BUFFER) return MEDIUM_BUFFER;
  return size < WIDE_BUFFER ? WIDE_BUFFER : LARGE_BUFFER;
}
