import {
  giveBuffer,
  LARGE_BUFFER,
  PIECE_BUFFER,
  poolSizeFor,
  takeBuffer,
} from "../../internal/bytes/buffer_pool.ts";
import { isBytes, isDetached, notBytes } from "../../internal/bytes/bytes.ts";
import { noteOn } from "../../internal/errors/note_on.ts";
import { handled } from "../../internal/errors/handled.ts";
import { ClosedError } from "../../internal/errors/closed_error.ts";
import { copyBytes } from "../../internal/bytes/copy_bytes.ts";
import { encodeText } from "../../internal/bytes/encode_text.ts";
import { systemError } from "../../internal/errors/system_error.ts";
import {
  checkWork,
  PollWait,
  WORK_PER_CHECK,
} from "../../internal/wait/poll_budget.ts";
import type { WaitOptions } from "../../internal/wait/wait_options.ts";
import { Waiter, WaitLine, WaitQueue } from "../../internal/wait/wait_queue.ts";
import type { IdleWatch } from "./_idle_watch.ts";
import type { HalfHost, RawConn } from "./_raw_conn.ts";

const EMPTY = new Uint8Array(0);
const DONE = Promise.resolve();
/**
 * How many bytes go to the system at once. Where Linux paces its sending (BBR),
 * larger writes are cut up by its timers, also between programs of one
 * machine: at 256 KiB a bulk transfer had half the rate. Where it does not, which
 * is its default, a rate is as high as with larger ones. Smaller ones cost more
 * calls, and 64 KiB is a few bytes more than a segment of the loopback.
 */
export const MAX_PIECE: number = PIECE_BUFFER;

/** A wait for fewer bytes to be buffered. */
interface Drain extends PromiseWithResolvers<undefined> {
  readonly limit: number;
}

/** Some of the data of a call, and how long it was then. */
interface Part {
  readonly chunk: Uint8Array;
  readonly length: number;
}

/** One call of `write`, with how far it has got. */
class Write extends Waiter<number | void> {
  /** The data that the next byte is in. */
  #chunk: Uint8Array;
  /** How long it was at the call: it may be transferred or resized since. */
  #chunkLength: number;
  /** The place of that byte in it. */
  #offset = 0;
  /** The data behind it. */
  readonly #rest: Iterator<Part> | undefined;
  /** How many bytes the call sends. */
  readonly length: number;
  /** The result of the call. */
  readonly result: number | void;
  /** How many bytes are in pieces that have gone out or are in flight. */
  committed = 0;
  /** The place of its bytes in the piece in flight, and their number. */
  pieceStart = 0;
  pieceLength = 0;

  constructor(
    chunk: Uint8Array,
    rest: Iterator<Part> | undefined,
    length: number,
    result: number | void,
  ) {
    super();
    this.#chunk = chunk;
    this.#chunkLength = chunk.length;
    this.#rest = rest;
    this.length = length;
    this.result = result;
  }

  /** Whether the memory of the next data was transferred away. */
  get isLost(): boolean {
    return this.#chunk.length < this.#chunkLength;
  }

  /** Copies what fits into `piece` from `start` to `limit`; returns its new end. */
  fill(piece: Uint8Array, start: number, limit: number): number {
    let end = start;
    while (!this.isLost) {
      const left = this.#chunkLength - this.#offset;
      const length = Math.min(left, limit - end);
      copyBytes(this.#chunk, this.#offset, length, piece, end);
      end += length;
      this.#offset += length;
      if (length < left || this.#rest === undefined) break;
      const { done, value } = this.#rest.next();
      if (done) break;
      this.#chunk = value.chunk;
      this.#chunkLength = value.length;
      this.#offset = 0;
    }
    this.pieceStart = start;
    this.pieceLength = end - start;
    this.committed += this.pieceLength;
    return end;
  }
}

/** A protocol that makes its pieces itself. */
export interface PieceOwner {
  /** A piece is with the system, or has failed. */
  onPieceDone(error: unknown): void;
}

/**
 * The writing side of a connection: a queue of calls, of which one piece at a
 * time is with the system.
 *
 * A piece is a copy in a buffer of the half's own, of as many waiting calls as
 * fit, so that many small writes cost one call to the system. Once made, it
 * goes out whole, whatever becomes of the calls: so `bytesWritten` of a call that
 * gives up is exact, and its buffer free for reuse.
 */
export class WriteHalf extends WaitLine<Write> {
  // The fields of every piece come first; see `FrameSender`.
  readonly #raw: RawConn;
  #piece: Uint8Array<ArrayBuffer> = EMPTY;
  #pieceLength = 0;
  #pieceSent = 0;
  /** The owner of the piece, if it is not the half's own. */
  #pieceOwner: PieceOwner | undefined;
  /** Bytes that calls have brought and that the system has not taken. */
  bufferedBytes = 0;
  /** Bytes that the system has taken. */
  bytesWritten = 0;
  /** Makes the error of a call that comes too late; `undefined` while open. */
  #refusal: (() => unknown) | undefined;
  #isDone = false;
  /** Told of every departure while an idle limit is set. */
  idleWatch: IdleWatch | undefined;
  /** How many pieces the system has taken since it was asked for a poll. */
  #work = 0;
  /** Its place in the line for the next poll; most never need one. */
  #pollWait: PollWait | undefined;
  /** How many bytes the system has taken while it waits. */
  #taken = 0;
  /** Whether FIN goes behind the writes. */
  #isEnding = false;
  /** Whether a call has asked for FIN, and not the end of the connection. */
  #isFinAsked = false;
  /** Calls that wait for FIN. */
  #finWaits: WaitQueue<Waiter<void>> | undefined;
  readonly #keepsAlive: boolean;
  readonly #host: HalfHost;
  #hasEnded = false;
  #isFinSent = false;
  /** Told of the outcome of the piece that was in flight at the end. */
  #onSettled: (() => void) | undefined;
  /** Waits for fewer bytes to be buffered than a limit. */
  #drains: Drain[] | undefined;
  /** How many bytes of the last call that settled have gone out. */
  lastWriteSent = 0;

  constructor(raw: RawConn, host: HalfHost, keepsAlive: boolean) {
    super(keepsAlive);
    this.#keepsAlive = keepsAlive;
    this.#raw = raw;
    this.#host = host;
  }

  /** Writes all bytes: see `StreamConn.write`. */
  write(data: Uint8Array, wait?: WaitOptions): Promise<number> {
    const { length } = data;
    const write = new Write(data, undefined, length, length);
    return this.#add(write, wait) as Promise<number>;
  }

  /** Writes a string as UTF-8: see `StreamConn.writeString`. */
  writeText(text: string, wait?: WaitOptions): Promise<number> {
    return this.write(encodeText(text), wait);
  }

  /** Writes all chunks, in order, as one: see `StreamConn.writev`. */
  writev(chunks: readonly Uint8Array[], wait?: WaitOptions): Promise<number> {
    let length = 0;
    const parts: Part[] = [];
    for (const chunk of chunks) {
      if (chunk.length > 0) parts.push({ chunk, length: chunk.length });
      length += chunk.length;
    }
    const rest = parts.values();
    const first = rest.next().value?.chunk ?? EMPTY;
    const write = new Write(first, rest, length, length);
    return this.#add(write, wait) as Promise<number>;
  }

  /** Writes a chunk of a stream, which may be anything. */
  writeChunk(chunk: unknown): Promise<void> {
    if (!isBytes(chunk) || isDetached(chunk)) {
      return Promise.reject(notBytes("write", chunk));
    }
    const write = new Write(chunk, undefined, chunk.length, undefined);
    return this.#add(write, undefined) as Promise<void>;
  }

  /**
   * Hands bytes to the system at once if nothing is ahead of them, and tells
   * whether it did. How they fare shows in the state of the half.
   */
  writeNow(data: Uint8Array): boolean {
    const isFree = this.#refusal === undefined && this.#pieceLength === 0 &&
      !this.hasDeadline && data.length <= LARGE_BUFFER;
    if (!isFree) return false;
    this.bufferedBytes += data.length;
    const piece = takeBuffer(poolSizeFor(data.length));
    copyBytes(data, 0, data.length, piece, 0);
    this.#sendPiece(piece, data.length);
    return true;
  }

  /**
   * Hands over bytes that stay as they are until the owner is told, with the
   * error if they did not go out: for a protocol that batches by itself, and
   * that is the only one to write. They do not count for `drained`.
   */
  sendOwned(piece: Uint8Array<ArrayBuffer>, owner: PieceOwner): void {
    if (this.#refusal !== undefined) return owner.onPieceDone(this.#refusal());
    this.#pieceOwner = owner;
    this.bufferedBytes += piece.length;
    this.#sendPiece(piece, piece.length);
  }

  /**
   * Puts a call in line, or refuses it. It has been made before, as its limits
   * may be getters, which could take its data away.
   */
  #add(
    write: Write,
    wait: WaitOptions | undefined,
  ): Promise<number | void> {
    if (this.#refusal !== undefined) return this.#refuse(this.#refusal());
    const refusal = this.refuse(wait);
    if (refusal !== undefined) return this.#refuse(refusal.error);
    if (write.length === 0) {
      this.lastWriteSent = 0;
      return Promise.resolve(write.result);
    }
    this.bufferedBytes += write.length;
    this.add(write, wait);
    if (this.#pieceLength === 0) this.#send();
    return write.promise;
  }

  /** Sends FIN behind all that was written: see `StreamConn.closeWrite`. */
  closeWrite(wait?: WaitOptions): Promise<void> {
    const waits = this.#finWaits ??= this.#makeFinWaits();
    waits.timeout = this.timeout;
    const refusal = waits.refuse(wait);
    if (refusal !== undefined) return Promise.reject(refusal.error);
    if (this.#refusal === undefined) {
      this.#isFinAsked = true;
      this.finish(() =>
        new ClosedError(
          `Cannot write to ${this.#host.peerName}: the writing side is closed`,
        )
      );
    } else if (!this.#isFinAsked || this.hasFailed) {
      return Promise.reject(this.#refusal());
    }
    if (this.#isFinSent) return DONE;
    const waiter = new Waiter<void>();
    waits.add(waiter, wait);
    // It is often not awaited: failures show in other calls.
    return handled(waiter.promise);
  }

  /** Refuses later calls, and sends FIN behind all that was written before. */
  finish(makeRefusal: () => unknown): void {
    this.#refusal = makeRefusal;
    if (this.#isEnding || this.#isDone) return;
    this.#isEnding = true;
    if (this.#pieceLength === 0) this.#end();
  }

  #makeFinWaits(): WaitQueue<Waiter<void>> {
    const waits: WaitQueue<Waiter<void>> = new WaitQueue(
      () => `Cannot close the writing side to ${this.#host.peerName}`,
      () => {},
      this.#keepsAlive,
    );
    waits.setDeadline(this.deadline);
    return waits;
  }

  override setDeadline(deadline: Date | number | undefined): void {
    super.setDeadline(deadline);
    this.#finWaits?.setDeadline(deadline);
  }

  override stopTiming(): void {
    super.stopTiming();
    this.#finWaits?.stopTiming();
  }

  /** Whether all that was written is with the system, and more could be. */
  get isIdle(): boolean {
    return !this.#isDone && this.#pieceLength === 0 && this.head === undefined;
  }

  /** Whether the system or the connection's end keeps bytes from going out. */
  get hasFailed(): boolean {
    return this.#isDone && !this.#isFinSent;
  }

  /** Drops all writes that have not begun, and ends the side. */
  abort(reason: unknown): Promise<void> {
    this.drain((write) => {
      this.onDropped(write, reason);
      write.reject(reason);
    });
    this.bufferedBytes = this.#pieceLength - this.#pieceSent;
    if (this.#isDone) return Promise.resolve();
    this.failEnd();
    return this.closeWrite();
  }

  /** Lets the end of the stream be a failure for the peer, where that shows. */
  failEnd(): void {
    this.#raw.failEnd?.();
  }

  /** Resolves when fewer than `limit` bytes are buffered. */
  drained(limit: number): Promise<undefined> {
    if (this.bufferedBytes < limit) return Promise.resolve(undefined);
    const known = this.#drains?.find((drain) => drain.limit === limit);
    if (known !== undefined) return known.promise;
    const drain = { limit, ...Promise.withResolvers<undefined>() };
    drain.promise.catch(() => {});
    (this.#drains ??= []).push(drain);
    return drain.promise;
  }

  /** Ends writing because the connection is closed. */
  close(makeError: () => unknown): void {
    if (this.#isDone) {
      this.#refusal = makeError;
      return;
    }
    const isInFlight = !this.#stopPolling() && this.#pieceLength > 0;
    this.#finish(makeError, isInFlight);
  }

  /** Makes a piece of the waiting writes, and hands it to the system. */
  #send(): void {
    if (this.head?.isLost) this.#dropLost();
    if (this.head === undefined) return this.#endIfAsked();
    const limit = Math.min(this.bufferedBytes, MAX_PIECE);
    const piece = takeBuffer(poolSizeFor(limit));
    let end = 0;
    let write: Write | undefined = this.head;
    while (write !== undefined && end < limit) {
      end = write.fill(piece, end, limit);
      // Those behind it go out when it has left the line.
      if (write.isLost) break;
      write = write.next;
    }
    this.#sendPiece(piece, end);
  }

  /** Fails calls whose data are gone; bytes that have gone out stay. */
  #dropLost(): void {
    for (let write = this.head; write?.isLost; write = this.head) {
      const error = new TypeError(
        `Cannot write to ${this.#host.peerName}: the buffer was transferred or resized`,
      );
      this.remove(write);
      this.onDropped(write, error);
      write.reject(error);
    }
  }

  #sendPiece(piece: Uint8Array<ArrayBuffer>, length: number): void {
    this.#piece = piece;
    this.#pieceLength = length;
    this.#pieceSent = 0;
    this.#write(length === piece.length ? piece : piece.subarray(0, length));
  }

  #write(bytes: Uint8Array): void {
    this.#raw.write(bytes).then(
      (length) => this.#afterWrite(length),
      (error) => this.#onWriteError(error),
    );
  }

  /**
   * Goes on when the system has taken bytes, in a microtask if it takes them at
   * once: so a loop of writes has to let the runtime poll, too. Until then the
   * piece is in flight for all others. Protocols that own theirs see to it
   * themselves.
   */
  #afterWrite(length: number): void {
    const isExempt = this.#isDone || this.#pieceOwner !== undefined;
    if (isExempt || !this.#mustPoll()) return this.#onWritten(length);
    this.#taken = length;
    this.#pollWait ??= new PollWait(() => this.#onPolled());
    this.#pollWait.enter(true);
  }

  #onPolled(): void {
    this.#work = 0;
    this.#onWritten(this.#taken);
  }

  /**
   * Waits for no poll any more, and tells whether it did: then it is known how much
   * the system has taken, and nothing is in flight.
   */
  #stopPolling(): boolean {
    if (this.#pollWait?.isWaiting !== true) return false;
    this.#pollWait.leave();
    this.bytesWritten += this.#taken;
    this.#pieceSent += this.#taken;
    this.#note(this.#taken);
    return true;
  }

  /** Counts pieces, and tells whether the runtime has to poll now. */
  #mustPoll(): boolean {
    this.#work = checkWork(this.#work + 1);
    return this.#work >= WORK_PER_CHECK;
  }

  /** The system has taken so many bytes of the piece. */
  #onWritten(length: number): void {
    this.bytesWritten += length;
    this.#pieceSent += length;
    if (this.#isDone) {
      this.#onSettled?.();
      this.#onSettled = undefined;
    } else if (!this.#note(length)) {
      this.#write(this.#piece.subarray(this.#pieceSent, this.#pieceLength));
    } else if (this.#pieceLength === 0) this.#send();
  }

  /** Notes that bytes have gone out, and tells whether all of the piece have. */
  #note(length: number): boolean {
    this.bufferedBytes -= length;
    if (this.idleWatch !== undefined) this.idleWatch.touch();
    if (this.#pieceSent < this.#pieceLength) return false;
    const owner = this.#pieceOwner;
    if (owner === undefined) giveBuffer(this.#piece);
    this.#pieceOwner = undefined;
    this.#piece = EMPTY;
    this.#pieceLength = this.#pieceSent = 0;
    if (owner === undefined) this.#settle();
    else owner.onPieceDone(undefined);
    return true;
  }

  /** Resolves the calls all of whose bytes have gone out. */
  #settle(): void {
    let write = this.head;
    while (write !== undefined && write.committed === write.length) {
      this.remove(write);
      this.lastWriteSent = write.length;
      write.resolve(write.result);
      write = this.head;
    }
    this.#checkDrained();
  }

  #checkDrained(): void {
    const drains = this.#drains;
    if (drains === undefined) return;
    const isMet = ({ limit }: Drain) => this.bufferedBytes < limit;
    this.#drains = drains.every(isMet)
      ? undefined
      : drains.filter((drain) => !isMet(drain));
    for (const drain of drains) if (isMet(drain)) drain.resolve(undefined);
  }

  /** The system does not take the piece. */
  #onWriteError(error: unknown): void {
    if (this.#isDone) {
      this.#onSettled?.();
      this.#onSettled = undefined;
      return;
    }
    const attempt = { operation: "write", name: this.#host.peerName } as const;
    this.#finish(() => systemError(attempt, error), false);
    this.#host.onWriteEnd(systemError(attempt, error));
  }

  #endIfAsked(): void {
    if (this.#isEnding) this.#end();
  }

  /** Sends FIN: all writes are out. */
  #end(): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#raw.closeWrite().then(() => {
      if (this.#isDone) return;
      this.#isDone = this.#isFinSent = true;
      this.stopTiming();
      this.#finWaits?.drain((waiter) => waiter.resolve());
      this.#host.onWriteEnd(undefined);
    }, (error) => this.#onWriteError(error));
  }

  /** Fails all that waits, and all that comes later. */
  #finish(makeError: () => unknown, isInFlight: boolean): void {
    this.#isDone = true;
    this.#refusal = makeError;
    const failed: Write[] = [];
    this.drain((write) => failed.push(write));
    const fail = () => {
      for (const write of failed) this.#fail(write, makeError());
    };
    // The piece in flight may be out already: its outcome tells how much is.
    if (isInFlight) this.#onSettled = fail;
    else fail();
    this.stopTiming();
    this.bufferedBytes = 0;
    this.#finWaits?.drain((waiter) => waiter.reject(makeError()));
    for (const drain of this.#drains ?? []) drain.reject(makeError());
    this.#drains = undefined;
    const owner = this.#pieceOwner;
    this.#pieceOwner = undefined;
    owner?.onPieceDone(makeError());
  }

  /** Rejects a write that is out of the queue and has not gone out whole. */
  #fail(write: Write, error: unknown): void {
    // Of the piece in flight, as much counts as the system has taken.
    const sent = this.#pieceLength === 0 ? write.pieceLength : Math.min(
      Math.max(this.#pieceSent - write.pieceStart, 0),
      write.pieceLength,
    );
    this.lastWriteSent = write.committed - write.pieceLength + sent;
    noteOn(error, { bytesWritten: this.lastWriteSent });
    write.reject(error);
  }

  /** The system has taken the piece in flight while the half waits for a poll. */
  protected override get mayExpire(): boolean {
    return this.#pollWait?.isWaiting !== true;
  }

  protected override describeWait(): string {
    return `Cannot write to ${this.#host.peerName}`;
  }

  /** A call gave up. Its bytes in the piece in flight go out all the same. */
  protected override onDropped(write: Write, error: unknown): void {
    this.bufferedBytes -= write.length - write.committed;
    this.#checkDrained();
    this.lastWriteSent = write.committed;
    noteOn(error, { bytesWritten: write.committed });
  }

  /** Rejects a call of which nothing is sent. */
  #refuse(error: unknown): Promise<never> {
    this.lastWriteSent = 0;
    noteOn(error, { bytesWritten: 0 });
    return Promise.reject(error);
  }
}
