import { afterTurn } from "../../internal/wait/after_turn.ts";
import { ClosedError } from "../../internal/errors/closed_error.ts";
import { handled, refused } from "../../internal/errors/handled.ts";
import { type Flushable, flushNext } from "../../internal/wait/flush_queue.ts";
import { Notifier } from "../../internal/wait/notifier.ts";
import { limited } from "../../internal/wait/limited.ts";
import { checkWait } from "../../internal/check_options.ts";
import type { WaitOptions } from "../../internal/wait/wait_options.ts";
import type { PieceOwner, WriteHalf } from "../../tcp/conn/_write_half.ts";
import type { Deflater } from "../deflate/_deflater.ts";
import type { Broadcast } from "../frame/_broadcast.ts";
import type { DataOpcode } from "../frame/_frame_handler.ts";
import { FrameEncoder } from "../frame/_frame_encoder.ts";
import { MessageEncoder } from "../frame/_message_encoder.ts";
import { MessageSender, type SendBounds } from "./_message_sender.ts";
import type { PieceSender } from "./_message_streams.ts";
import { WaitingSends } from "./_waiting_sends.ts";
import { OPCode } from "../opcode.ts";

/** From this many queued bytes on, only the latest ping is answered. */
const PONG_LIMIT = 64 * 1024;
/** A batch of so many bytes is sent at once. */
const FULL_BATCH = 64 * 1024;
/** While fewer bytes are queued, `write` settles as soon as a message is queued. */
const WRITE_AHEAD = 64 * 1024;
/** The engine of a sender. */
export interface FrameSenderHost {
  /** The connection, for error messages. */
  readonly conn: unknown;
  /**
   * Whether messages that have come wait for their turn: frames that are sent in the
   * meantime go out together.
   */
  readonly hasBacklog: boolean;
  /** Makes the error of a message that is or was not sent. */
  closedError(): ClosedError;
  /** The system has taken a batch; told only if the sender `isWatched`. */
  onSent(): void;
  /** The connection below has failed. */
  onLinkError(error: unknown): void;
  /** A message could not be compressed. */
  onFault(error: unknown): void;
  /** Too much waits, and the policy is to end the connection. */
  onOverflow(error: unknown): void;
}

/** How a sender sends. */
export interface FrameSenderOptions extends SendBounds {
  readonly role: "server" | "client";
  /** How messages are compressed, if they are. */
  readonly deflate: { deflater: Deflater; threshold: number } | undefined;
}

/**
 * The sending side of a WebSocket connection.
 *
 * Messages are encoded into a shared buffer as they come; it goes to the system
 * once the turn's work is done, or when the write before has come back,
 * whichever is later. So a read of many frames causes one write of many answers.
 * Calls within one batch share one promise.
 */
export class FrameSender extends MessageSender
  implements Flushable, PieceOwner, PieceSender {
  // Hot fields come first, to share cache lines.
  readonly #writes: WriteHalf;
  readonly #frames: FrameEncoder;
  #isFlushing = false;
  /** Whether it is in the queue of senders to flush. */
  #isInLine = false;
  #isSending = false;
  #isGathering = false;
  #isClosing = false;
  /** Whether a message is being sent in pieces. */
  #isInMessage = false;
  /** Whether `onSent` of the host is called for each batch. */
  isWatched = false;
  /** How many messages have been handed to the system, */
  #handedOver = 0;
  /** and how many the system has taken. */
  #flushedMessages = 0;
  #batch: PromiseWithResolvers<void> | undefined;
  #sentBatch: PromiseWithResolvers<void> | undefined;
  #latestPing: Uint8Array | undefined;
  /** Whether nothing is accepted any more. */
  #isClosed = false;
  /** Whether nothing goes out any more. */
  #isEnded = false;
  #drained: Notifier | undefined;
  /** The same for the pieces of a message: others wait for its end. */
  #pieceRoom: Notifier | undefined;
  /** Compresses messages, where that was agreed on. */
  readonly #compressed: MessageEncoder | undefined;
  /** Messages that wait for room; made for the first one. */
  #waiting: WaitingSends | undefined;
  readonly #role: "server" | "client";
  readonly #host: FrameSenderHost;
  #isDeferred = false;

  /** How many batches have been handed to the system. */
  offers = 0;

  constructor(
    writes: WriteHalf,
    host: FrameSenderHost,
    options: FrameSenderOptions,
  ) {
    super(options);
    this.#writes = writes;
    this.#host = host;
    this.#role = options.role;
    this.#frames = new FrameEncoder(options.role);
    this.#compressed = options.deflate &&
      new MessageEncoder(this.#frames, options.deflate);
  }

  get isOpen(): boolean {
    return !this.#isClosed;
  }

  /** Bytes that messages have brought and the system has not taken. */
  get bufferedBytes(): number {
    return this.#sendingBytes + (this.#waiting?.bytes ?? 0);
  }

  /** The part of them that is on its way: encoded, or being compressed. */
  get #sendingBytes(): number {
    const waiting = this.#frames.length + (this.#compressed?.pendingBytes ?? 0);
    return this.#isSending ? waiting + this.#writes.bufferedBytes : waiting;
  }

  /** How many bytes the system has taken. */
  get bytesTaken(): number {
    return this.#writes.bytesWritten;
  }

  /** Whether there are messages that the system has not taken. */
  get hasUnsent(): boolean {
    return this.#waitingCount > 0 || this.#flushedMessages < this.messagesSent;
  }

  /** The approximate position in the stream of bytes of the next frame. */
  get position(): number {
    return this.#writes.bytesWritten + this.#sendingBytes;
  }

  /** Whether nothing is left to send. */
  get isIdle(): boolean {
    return !this.#isSending && this.#frames.length === 0 &&
      !this.#compressed?.isBusy;
  }

  /**
   * Sends a message by the policy. It settles when the message is queued with
   * fewer than 64 KiB, and otherwise when the system has taken it.
   *
   * @returns A promise that other messages may share.
   */
  write(
    opcode: DataOpcode,
    data: string | Uint8Array,
    wait?: WaitOptions,
  ): Promise<void> {
    if (this.#isClosed) return refused(this.#host.closedError());
    const isFull = this.isFull(this.#waitingCount > 0);
    if (isFull || this.#isInMessage || wait !== undefined) {
      return this.#writeSlowly(opcode, data, isFull, wait);
    }
    const flushed = this.#put(opcode, data);
    if (this.#settlesNow) return this.pass();
    return flushed ?? this.flushed();
  }

  /** Sends a message by the policy; settles when the system has taken it. */
  writeThrough(opcode: DataOpcode, data: string | Uint8Array): Promise<void> {
    return handled(
      this.write(opcode, data).then(() => {
        if (this.#isEnded) throw this.#host.closedError();
        return this.isIdle ? undefined : this.flushed();
      }),
    );
  }

  /** Whether a message that is queued need not be waited for. */
  get #settlesNow(): boolean {
    return this.bufferedBytes < Math.min(this.maxBuffered, WRITE_AHEAD);
  }

  /**
   * Puts a message behind those that wait, whatever their size.
   *
   * @returns Nothing if the message is in the batch that waits, and otherwise,
   * while it is compressed, a promise that settles when it is with the system.
   */
  send(
    opcode: DataOpcode,
    data: string | Uint8Array,
  ): Promise<void> | undefined {
    this.#admitSenders(Infinity);
    if (!this.#isInMessage) return this.#put(opcode, data);
    return this.#writeSlowly(opcode, data, false, undefined);
  }

  /** Waits until a message may be sent in pieces; others wait for its end. */
  openMessage(wait?: WaitOptions): Promise<void> {
    if (this.#isClosed) return refused(this.#host.closedError());
    const refusal = this.#line.refuse(wait);
    if (refusal !== undefined) return Promise.reject(refusal.error);
    const isFirst = this.#waitingCount === 0;
    const opened = this.#line.add(OPCode.binaryFrame, undefined, wait);
    if (isFirst) this.#admitSenders(Infinity);
    return opened;
  }

  /** Sends a piece of the message that is open. */
  sendPiece(
    opcode: DataOpcode,
    payload: Uint8Array,
    isFirst: boolean,
    isLast: boolean,
  ): Promise<void> {
    if (this.#isClosed) return refused(this.#host.closedError());
    const encoder = this.#compressed ?? this.#frames;
    const bytes = this.#compressed ? new Uint8Array(payload) : payload;
    const kind = isFirst ? opcode : OPCode.continuation;
    const written = encoder.fragment(kind, bytes, { isFinal: isLast });
    if (isLast) this.#countMessage(written);
    else if (written instanceof Promise) this.#flushAfter(written);
    else this.#flushSoon();
    if (isLast) this.releaseMessage();
    if (this.#sendingBytes < this.maxBuffered) return this.pass();
    return (this.#pieceRoom ??= new Notifier()).changed();
  }

  /** Lets other messages go out again. */
  releaseMessage(): void {
    this.#isInMessage = false;
    this.#admitSenders(this.maxBuffered);
  }

  /** Puts a message for many connections behind those that wait. */
  override sendBroadcast(message: Broadcast): void {
    const takesFrames = this.#role === "server" && !this.#compressed &&
      !this.#isInMessage;
    if (!takesFrames) return super.sendBroadcast(message);
    this.#admitSenders(Infinity);
    this.messagesSent++;
    this.#frames.messageCount++;
    this.#frames.appendShared(message.frame);
    this.#flushSoon();
  }

  /** Settles when the bytes that wait now are with the system. */
  flushed(): Promise<void> {
    if (this.#batch === undefined) {
      this.#batch = Promise.withResolvers();
      // A failure that no caller handles is reported as the end of the connection.
      handled(this.#batch.promise);
    }
    return this.#batch.promise;
  }

  /**
   * Settles when all messages that wait now, in whatever way, are with the
   * system.
   */
  async allFlushed(): Promise<void> {
    const target = this.messagesSent + this.#waitingCount;
    // Those that give up while they wait are never sent: then it ends idle.
    while (
      this.#flushedMessages < target && !(this.isIdle && !this.#waitingCount)
    ) {
      await this.flushed();
    }
  }

  /** Settles when fewer than `maxBufferedBytes` wait, or the connection ends. */
  drained(): Promise<void> {
    if (this.#isEnded) return Promise.reject(this.#host.closedError());
    // A writer that goes on as long as there is room is never held up else.
    if (this.bufferedBytes < this.maxBuffered) return this.pass();
    return (this.#drained ??= new Notifier()).changed();
  }

  /** Sends a ping. */
  ping(payload: Uint8Array): void {
    this.#frames.ping(payload);
    this.#flushSoon();
  }

  /** Sends an unsolicited pong. */
  pong(payload: Uint8Array): void {
    this.#frames.pong(payload);
    this.#flushSoon();
  }

  /** Has a control frame sent; settles when the system has taken it. */
  sendControl(send: () => void, wait: WaitOptions | undefined): Promise<void> {
    if (this.#isClosed) return refused(this.#host.closedError());
    const sendNow = () => {
      send();
      return this.flushed();
    };
    if (wait === undefined) return sendNow();
    try {
      checkWait(wait);
    } catch (error) {
      return Promise.reject(error);
    }
    const what = `Cannot send to ${this.#host.conn}`;
    return handled(limited(what, wait, sendNow));
  }

  /** Answers a ping; if much waits already, only the latest of them. */
  answerPing(payload: Uint8Array): void {
    if (this.bufferedBytes < PONG_LIMIT) this.#frames.pong(payload);
    else this.#latestPing = payload;
    this.#flushSoon();
  }

  /** Sends the close frame, behind all messages. */
  close(code: number | undefined, reason: string): void {
    // Messages that wait were written before: they are sent before, of any size.
    this.#admitSenders(Infinity);
    if (this.#isInMessage) this.#cutMessage();
    const written = (this.#compressed ?? this.#frames).close(code, reason);
    this.#isClosing = this.#isClosed = true;
    if (written instanceof Promise) this.#flushAfter(written);
    else this.#flushSoon();
  }

  /**
   * The connection closes in the middle of a message: messages that wait behind it
   * are not sent.
   */
  #cutMessage(): void {
    this.#waiting?.rejectAll(
      new ClosedError(
        `Cannot send to ${this.#host.conn}: the WebSocket was closed in the middle of a message`,
      ),
    );
  }

  /** Lets go out all that waits, of which more is not to come. */
  finish(): void {
    this.#admitSenders(Infinity);
    if (this.#isInMessage) this.#cutMessage();
    this.#isClosed = true;
    this.#flushSoon();
  }

  /** Drops all that was not sent, and rejects the calls that wait for it. */
  end(): void {
    this.#isEnded = this.#isClosed = true;
    // Mostly no call waits, and creating an Error is expensive.
    const error = () => this.#host.closedError();
    // The admitted messages are with the system if nothing is left to send.
    if (this.isIdle) this.#waiting?.resolveAdmitted();
    this.#sentBatch?.reject(error());
    this.#batch?.reject(error());
    this.#drained?.fail(error());
    this.#pieceRoom?.fail(error());
    this.stopPolling();
    this.#frames.take();
    this.#waiting?.rejectAll(error());
    this.#compressed?.free();
  }

  protected override onOverflow(error: ClosedError): void {
    this.#host.onOverflow(error);
  }

  #writeSlowly(
    opcode: DataOpcode,
    data: string | Uint8Array,
    isFull: boolean,
    wait: WaitOptions | undefined,
  ): Promise<void> {
    const refusal = this.#line.refuse(wait);
    if (refusal !== undefined) return Promise.reject(refusal.error);
    const settled = isFull ? this.refuse(this.#host.conn) : undefined;
    if (settled !== undefined) return settled;
    const written = this.#line.add(opcode, data, wait);
    if (!isFull) this.#admitSenders(Infinity);
    return written;
  }

  get #line(): WaitingSends {
    return this.#waiting ??= new WaitingSends(
      () => `Cannot send to ${this.#host.conn}`,
    );
  }

  get #waitingCount(): number {
    return this.#waiting?.count ?? 0;
  }

  /** Lets waiting messages in, as far as there is room. */
  #admitSenders(room: number): void {
    while (
      this.#waitingCount > 0 && this.#sendingBytes < room && !this.#isInMessage
    ) {
      const waiter = this.#waiting?.next();
      if (waiter === undefined) return;
      if (waiter.data === undefined) {
        this.#isInMessage = true;
        this.#waiting?.settle(waiter);
        continue;
      }
      const flushed = this.#put(waiter.opcode, waiter.data) ?? this.flushed();
      if (this.#settlesNow) this.#waiting?.settle(waiter);
      else this.#waiting?.settleAfter(waiter, flushed);
    }
  }

  #put(
    opcode: DataOpcode,
    data: string | Uint8Array,
  ): Promise<void> | undefined {
    let written: number | Promise<number>;
    const encoder = this.#compressed ?? this.#frames;
    if (typeof data === "string") written = encoder.text(data);
    else {
      const payload = this.#compressed ? new Uint8Array(data) : data;
      written = encoder.bytes(opcode, payload);
    }
    return this.#countMessage(written);
  }

  /** Counts a message, and flushes once it is encoded. */
  #countMessage(
    written: number | Promise<number> | void,
  ): Promise<void> | undefined {
    this.messagesSent++;
    if (written instanceof Promise) return this.#flushAfter(written);
    this.#flushSoon();
    return undefined;
  }

  #flushAfter(written: Promise<number>): Promise<void> {
    return handled(written.then(() => {
      this.#flushSoon();
      return this.flushed();
    }, (error) => {
      if (!this.#isEnded) this.#host.onFault(error);
      throw error;
    }));
  }

  /**
   * Sends the waiting frames at the end of the call from which they were sent, or
   * of the turn if more is to be expected in it.
   */
  #flushSoon(): void {
    if (this.#isSending || this.#defer()) return;
    const isFull = this.#frames.length >= FULL_BATCH;
    // A caller that sends much in one turn must not wait for its end.
    if (this.#isFlushing && isFull && !this.#isGathering) return this.#flush();
    this.#isFlushing = true;
    if (this.#isGathering || this.#isInLine) return;
    this.#isInLine = true;
    flushNext(this);
  }

  /** Of the line: it is this one's turn. */
  flush(): void {
    this.#isInLine = false;
    if (this.#isFlushing) this.#flush();
  }

  /**
   * Begins to gather the answers to the messages of one read. Until `release`
   * nothing goes out.
   */
  gather(): void {
    this.#isGathering = true;
  }

  /**
   * Sends the answers that were gathered before the system is asked for more, as the
   * peer waits for them.
   */
  release(): void {
    this.#isGathering = false;
    if (this.#isFlushing) this.#flush();
  }

  /** Puts the flush off to the end of the turn, if that may be worth it. */
  #defer(): boolean {
    if (this.#isClosing || this.#frames.length >= FULL_BATCH) return false;
    if (!this.#host.hasBacklog) return false;
    return this.#isDeferred || this.#deferFlush();
  }

  /**
   * Apart from `#defer`, which mostly does not come this far: V8 makes room for the
   * variables of a closure when the function that has it begins.
   */
  #deferFlush(): boolean {
    afterTurn(() => this.#flushDeferred());
    return this.#isDeferred = true;
  }

  #flushDeferred(): void {
    this.#isDeferred = false;
    // The messages behind it may have brought the end of the backlog.
    if (!this.#isFlushing) this.#flush();
  }

  /** Hands the waiting bytes to the system, if it is free. */
  #flush(): void {
    this.#isFlushing = false;
    if (this.#isSending || this.#isEnded) return;
    if (this.#latestPing !== undefined) {
      if (!this.#isClosing) this.#frames.pong(this.#latestPing);
      this.#latestPing = undefined;
    }
    const bytes = this.#frames.take();
    this.#handedOver = this.#frames.messageCount;
    if (bytes.length === 0) {
      // The awaited messages went out with the batch before.
      this.#batch?.resolve();
      this.#batch = undefined;
      return;
    }
    this.#sentBatch = this.#batch;
    this.#batch = undefined;
    this.#isSending = true;
    this.offers++;
    this.#writes.sendOwned(bytes, this);
  }

  /** Of the write half: the bytes that were handed over have gone out, or not. */
  onPieceDone(error: unknown): void {
    this.#isSending = false;
    if (error !== undefined) return this.#host.onLinkError(error);
    this.#flushedMessages = this.#handedOver;
    this.#frames.recycle();
    this.#sentBatch?.resolve();
    this.#sentBatch = undefined;
    if (this.#waitingCount > 0) this.#admitSenders(this.maxBuffered);
    if (this.#sendingBytes < this.maxBuffered) this.#pieceRoom?.notify();
    if (this.bufferedBytes < this.maxBuffered) this.#drained?.notify();
    const isAwaited = this.#batch !== undefined ||
      this.#latestPing !== undefined;
    if (this.#frames.length > 0) this.#flushSoon();
    else if (isAwaited) this.#flush();
    if (this.isWatched) this.#host.onSent();
  }
}
