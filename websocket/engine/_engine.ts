import { ClosedError } from "../../internal/errors/closed_error.ts";
import { refused } from "../../internal/errors/handled.ts";
import {
  checkTimeout,
  type WaitOptions,
} from "../../internal/wait/wait_options.ts";
import { transitTime } from "../../internal/wait/transit_time.ts";
import type { ReadHalf } from "../../tcp/conn/_read_half.ts";
import type { WriteHalf } from "../../tcp/conn/_write_half.ts";
import type { ConnProtocol } from "../../tcp/conn/_conn_core.ts";
import { coreOf, type StreamConn } from "../../tcp/conn/stream_conn.ts";
import { DEFAULT_CLOSE_TIMEOUT, DEFAULT_PONG_TIMEOUT } from "../_defaults.ts";
import {
  type ClosingHost,
  ClosingLimit,
  notTakenError,
} from "./_closing_limit.ts";
import { noPongError } from "./_heartbeat.ts";
import { uncleanEnd } from "./_close.ts";
import { CloseDelay } from "./_close_delay.ts";
import type { DataOpcode, FrameHandler } from "../frame/_frame_handler.ts";
import { type Delivery, FrameParser } from "../frame/_frame_parser.ts";
import { Liveness, type LivenessHost } from "./_liveness.ts";
import type { MessageEngine, MessageHandler } from "./_message_engine.ts";
import type { Inflater } from "../deflate/_inflater.ts";
import {
  type EngineSetup,
  makeDeflater,
  makeInflater,
} from "./_engine_setup.ts";
import type { MessageStreams, PieceSender } from "./_message_streams.ts";
import { type ByteSink, Intake } from "./_intake.ts";
import { FrameSender, type FrameSenderHost } from "./_frame_sender.ts";
import { Pings } from "./_pings.ts";
import { CloseCode } from "../close_code.ts";
import { ProtocolError } from "../protocol_error.ts";
import { State } from "../state.ts";
import type { CloseInfo, WebSocketOptions } from "../websocket_options.ts";

const SERVER_PING_INTERVAL = 30_000;
/** Milliseconds that a client waits for the server to end the stream first. */
const STREAM_END_TIMEOUT = 2_000;
/** The most unconfirmed bytes that are assumed to have reached the peer's system. */
const MAX_CUT = 64 * 1024;

/**
 * The project's own engine: a WebSocket connection after its handshake, over the
 * two halves of a stream connection.
 *
 * The parser reads bytes in the buffer of the system call and calls the handler
 * for each message; `FrameSender` sends. The engine itself does pings and pongs, the
 * closing handshake and the end.
 */
export class Engine
  implements
    MessageEngine,
    MessageStreams,
    FrameHandler,
    ByteSink,
    FrameSenderHost,
    ClosingHost,
    LivenessHost,
    ConnProtocol {
  readonly conn: StreamConn<unknown>;
  readonly #handler: MessageHandler;
  readonly #role: "server" | "client";
  readonly #reads: ReadHalf;
  readonly #writes: WriteHalf;
  readonly sender: FrameSender;
  readonly #parser: FrameParser;
  readonly #inflater: Inflater | undefined;
  readonly #intake = new Intake(this);
  readonly #closeTimeout: number;
  readonly #liveness: Liveness;
  #closing: ClosingLimit | undefined;
  /** How much had been read when the limit on closing began. */
  #readBefore = 0;
  #pings: Pings | undefined;
  #isReading = false;
  #hasSentClose = false;
  #received: { code: number; reason: string } | undefined;
  #failure: ProtocolError | undefined;
  #isEnded = false;
  /** Whether the connection was closed without a closing handshake. */
  #isLeft = false;
  /** The close frame or violation that waits for earlier messages. */
  #delay: CloseDelay | undefined;

  /** The state of the connection. */
  state: State = State.open;
  /** Messages received. */
  messagesReceived = 0;
  /** Whether the connection has ended in the middle of a message. */
  hasTornMessage = false;

  constructor(handler: MessageHandler, setup: EngineSetup) {
    const { conn, role, options, deflate } = setup;
    const core = coreOf(conn);
    const { reads, writes } = core;
    this.conn = conn;
    core.protocol = this;
    this.#handler = handler;
    this.#role = role;
    this.#reads = reads;
    this.#writes = writes;
    this.#closeTimeout = checkTimeout(
      options.closeTimeout ?? DEFAULT_CLOSE_TIMEOUT,
      "closeTimeout",
    );
    this.sender = new FrameSender(writes, this, {
      role,
      maxBufferedBytes: options.maxBufferedBytes,
      sendPolicy: options.sendPolicy,
      deflate: deflate && {
        threshold: deflate.options.threshold ?? 256,
        deflater: makeDeflater(role, deflate),
      },
    });
    this.#liveness = new Liveness(this, this.sender, reads);
    this.#inflater = deflate && makeInflater(role, deflate);
    this.#parser = new FrameParser(this, {
      role,
      textAs: setup.textAs,
      maxMessageSize: options.maxMessageSize,
      maxFragments: options.maxFragments,
      inflater: this.#inflater,
    });
  }

  /** Starts to read, and to ping. */
  start(options: WebSocketOptions): void {
    // The limits on reading bytes no longer apply: messages have their own.
    this.#reads.timeout = Infinity;
    this.#reads.setDeadline(undefined);
    this.#reads.stopTiming();
    this.#writes.stopTiming();
    const interval = options.pingInterval ??
      (this.#role === "server" ? SERVER_PING_INTERVAL : Infinity);
    this.setPingInterval(interval, options.pongTimeout ?? DEFAULT_PONG_TIMEOUT);
    this.#read();
  }

  /** Changes the interval of pings; `Infinity` for none. */
  setPingInterval(interval: number, timeout: number): void {
    checkTimeout(interval, "pingInterval");
    checkTimeout(timeout, "pongTimeout");
    if (this.#isEnded) return;
    const { keepsAlive } = coreOf(this.conn);
    this.#liveness.start({ interval, timeout, keepsAlive });
  }

  // --- Sending ---

  /** Sends a ping or an unsolicited pong; settles when the system has taken it. */
  sendControl(
    kind: "ping" | "pong",
    payload: Uint8Array,
    wait?: WaitOptions,
  ): Promise<void> {
    return this.sender.sendControl(() => {
      if (kind === "ping") this.#liveness.ping(payload);
      else this.sender.pong(payload);
    }, wait);
  }

  /** Sends a ping and waits for its pong; resolves to milliseconds. */
  measurePing(payload: Uint8Array, wait?: WaitOptions): Promise<number> {
    if (this.state !== State.open) return refused(this.closedError());
    this.#pings ??= new Pings(() => `Cannot ping ${this.conn}`);
    return this.#pings.measure(
      payload,
      wait,
      () => this.#liveness.ping(payload),
    );
  }

  /** Starts the closing handshake behind all messages. */
  beginClose(code: number | undefined, reason: string, timeout?: number): void {
    if (this.state !== State.open) {
      if (timeout !== undefined && !this.#isEnded) {
        this.#limitClose(timeout, true);
      }
      return;
    }
    this.#sendClose(code, reason);
    this.#limitClose(timeout ?? this.#closeTimeout, timeout !== undefined);
  }

  /** Cuts the connection. */
  terminate(): void {
    this.#end(false);
    // It may have ended before, and be waiting for its peer's end.
    this.conn.terminate();
  }

  // --- Receiving ---

  /** Takes bytes from the connection. */
  push(bytes: Uint8Array): number {
    this.sender.gather();
    const used = this.#parser.push(bytes);
    this.sender.release();
    return used;
  }

  /** How many bytes it has to see at once to go on. */
  get need(): number {
    return this.#parser.need;
  }

  /** Whether it takes more. */
  get wantsMore(): boolean {
    return !this.#parser.paused && !this.#parser.held;
  }

  /** Whether the reader has stopped the flow of messages. */
  get isPaused(): boolean {
    return this.#parser.paused;
  }

  /** Of the liveness: whether arriving bytes are not looked at. */
  get isBlind(): boolean {
    return !this.wantsMore || this.#reads.isReadDeferred;
  }

  /** Stops the flow of messages, and thereby the peer. */
  pause(): void {
    this.#parser.paused = true;
  }

  /** Lets messages flow again. */
  resume(): void {
    if (!this.#parser.paused) return;
    this.#parser.paused = false;
    this.#readOn();
  }

  #readOn(): void {
    const isReady = this.wantsMore && !this.#isReading && !this.#isEnded;
    if (isReady) this.#read();
  }

  #read(): void {
    this.#isReading = true;
    this.#reads.feed(this.#intake);
  }

  /** Of the intake: the parser has been paused. */
  onFull(): void {
    this.#isReading = false;
  }

  /** Of the intake: the peer has ended the stream. */
  onStreamEnd(): void {
    this.#isReading = false;
    // It may still take the answers, and the close frame behind them.
    const isSaid = this.#received !== undefined || this.#failure !== undefined;
    const isDue = this.#delay !== undefined || (isSaid && !this.isAllSent);
    if (!isDue) this.#end(true);
  }

  /** Of the intake: nothing comes any more. */
  onStreamError(error: unknown): void {
    this.#isReading = false;
    this.onLinkError(error);
  }

  /** Of the parser: a message of text. */
  textMessage(text: string): void {
    this.messagesReceived++;
    this.#handler.onText(text);
  }

  /** Of the parser: a message of bytes. */
  bytesMessage(opcode: DataOpcode, payload: Uint8Array<ArrayBuffer>): void {
    this.messagesReceived++;
    this.#handler.onBytes(opcode, payload);
  }

  // --- Messages in pieces ---

  /** Messages as streams. */
  get streams(): MessageStreams {
    return this;
  }

  /** Whether this side has sent its close frame. */
  get isClosing(): boolean {
    return this.#hasSentClose;
  }

  /** Says how the next message is delivered. */
  deliver(delivery: Delivery): void {
    this.#parser.deliver(delivery);
    this.#readOn();
  }

  /** Ends the connection because of a violation of the peer's. */
  refuse(error: ProtocolError): void {
    this.#parser.stop();
    this.fail(error);
  }

  /** Sends a message in pieces. */
  get pieces(): PieceSender {
    return this.sender;
  }

  /** Of the parser: a message in pieces begins. */
  messageStart(opcode: DataOpcode, isCompressed: boolean): void {
    this.messagesReceived++;
    const inflater = isCompressed ? this.#inflater : undefined;
    this.#handler.onMessageStart?.(opcode, inflater);
  }

  /** Of the parser: a piece of it. */
  messageChunk(chunk: Uint8Array<ArrayBuffer>): void {
    this.#handler.onMessageChunk?.(chunk);
  }

  /** Of the parser: its end. */
  messageEnd(): void {
    this.#handler.onMessageEnd?.();
  }

  /** Of the parser: whether a message over the limit is held. */
  holdsLarge(): boolean {
    return this.#handler.holdsLarge?.() ?? false;
  }

  /** Of the parser: a ping. */
  ping(payload: Uint8Array<ArrayBuffer>): void {
    if (!this.#hasSentClose) this.sender.answerPing(payload);
  }

  /** Of the parser: a pong. */
  pong(payload: Uint8Array<ArrayBuffer>): void {
    this.#liveness.onPong();
    this.#pings?.onPong(payload);
    this.#handler.onPong?.(payload);
  }

  /** Of the parser: a close frame. */
  close(code: number, reason: string): void {
    this.#received = { code, reason };
    // It answers this side's close frame, so the peer has all that was before it.
    if (this.#hasSentClose) this.#liveness.confirmAll();
    this.#handler.onCloseFrame?.(code, reason);
    this.#whenIdle(() => this.#answerClose(code, reason));
  }

  /** Of the parser: a violation. */
  fail(error: ProtocolError): void {
    this.#whenIdle(() => this.#fail(error), error);
  }

  /** Of the handler: all messages that have come are dealt with. */
  onIdle(): void {
    this.#delay?.act();
  }

  /** Of the handler: a message was taken. */
  onTaken(): void {
    this.#onProgress();
  }

  /** Lets the messages that have come be dealt with before: see `CloseDelay`. */
  #whenIdle(act: () => void, failure?: ProtocolError): void {
    if (this.#hasSentClose || !this.#handler.isBusy) return act();
    this.sender.isWatched = true;
    this.#delay = new CloseDelay(this, {
      act: () => {
        this.#delay = undefined;
        act();
      },
      limit: this.#closeTimeout,
      failure,
    });
  }

  /** Of the delay: whether nothing is left to send. */
  get isIdle(): boolean {
    return this.sender.isIdle;
  }

  /** Of the delay: whether messages or answers wait for a poll. */
  get isPolling(): boolean {
    return this.sender.isPolling || (this.#handler.isPolling ?? false);
  }

  #dropDelay(): void {
    this.#delay?.stop();
    this.#delay = undefined;
  }

  #onProgress(): void {
    if (this.#delay !== undefined) this.#delay.hasProgressed = true;
  }

  #answerClose(code: number, reason: string): void {
    if (!this.#hasSentClose) {
      this.#sendClose(code === CloseCode.noStatus ? undefined : code, reason);
      this.#limitClose(this.#closeTimeout);
    }
    this.#endIfDone();
  }

  /** No pong has come in time, nor anything else. */
  onSilent(): void {
    this.#handler.onError(noPongError(this.conn));
    this.#end(false);
  }

  // --- The end ---

  #sendClose(code: number | undefined, reason: string): void {
    this.sender.isWatched = true;
    this.sender.close(code, reason);
    this.#beginClosing();
    this.#hasSentClose = true;
  }

  /** From here on the limit of closing counts, and not the heartbeat's. */
  #beginClosing(): void {
    this.state = State.closing;
    this.#liveness.stop();
  }

  #limitClose(timeout: number, isStrict = false): void {
    checkTimeout(timeout);
    this.#readBefore = this.#reads.bytesRead;
    this.#closing ??= new ClosingLimit(this);
    this.#closing.set(timeout, isStrict);
  }

  /** Of the limit on closing: sent bytes that the system has taken. */
  get bytesTaken(): number {
    return this.sender.bytesTaken;
  }

  /** Of the limit on closing: how long these may need to the peer. */
  get closeTransitTime(): number {
    return transitTime(this.#liveness.unconfirmed);
  }

  /** Of the limit on closing: it has passed. */
  onCloseLimit(): void {
    const { isAllSent } = this;
    if (!isAllSent) this.#handler.onError(notTakenError(this.conn));
    // With nothing unread, and nothing that a reset would find in the system's
    // send buffer, cutting destroys nothing.
    const hasUnread = this.#reads.bytesRead !== this.#readBefore;
    this.#end(isAllSent && (hasUnread || this.#liveness.unconfirmed > MAX_CUT));
  }

  /** Ends the connection because of the peer, or of a fault on this side. */
  #fail(error: unknown): void {
    const failure = error instanceof ProtocolError
      ? error
      : new ProtocolError(CloseCode.internalError, "Internal error", {
        cause: error,
      });
    this.#failure ??= failure;
    // The failure goes before the frame that is delayed.
    this.#dropDelay();
    this.#handler.onError(error);
    this.#parser.stop();
    if (!this.#hasSentClose) {
      this.#sendClose(failure.closeCode, failure.message);
    }
    if (this.#closing === undefined) this.#limitClose(this.#closeTimeout);
    this.#endIfDone();
  }

  /**
   * Ends the connection behind the last frame: it sends FIN, and reads and drops
   * bytes until the peer has ended too. The server does so first (RFC 6455 section
   * 7.1.1), so a client waits for that a moment.
   */
  #endIfDone(): void {
    const isOver = this.#received !== undefined ||
      this.#failure !== undefined ||
      this.#isLeft;
    if (!this.isAllSent || !isOver || this.#isEnded) return;
    const isFirst = this.#role === "server" || this.#failure !== undefined;
    if (isFirst || this.#isLeft) return this.#end(true);
    this.#liveness.confirmAll();
    this.#limitClose(Math.min(this.#closeTimeout, STREAM_END_TIMEOUT));
    this.#parser.paused = false;
    if (!this.#isReading) this.#read();
  }

  /**
   * Of the connection: somebody has closed it, such as `serve()` when its handler
   * is done. Sent messages go out, and a closing handshake that is under way goes
   * on; none is begun.
   */
  closeConn(): void {
    this.#delay?.act();
    if (this.#isEnded || this.#hasSentClose || this.#isLeft) return;
    this.#isLeft = true;
    if (this.isAllSent) return this.#end(true);
    this.#beginClosing();
    this.sender.isWatched = true;
    this.sender.finish();
    this.#limitClose(this.#closeTimeout);
  }

  /** Whether the close frame, and so all before it, is with the system. */
  get isAllSent(): boolean {
    return (this.#hasSentClose || this.#isLeft) && this.sender.isIdle;
  }

  /** Of the sender: whether messages wait that may have answers. */
  get hasBacklog(): boolean {
    return this.#handler.hasBacklog ?? false;
  }

  /** Of the sender: a batch is with the system. */
  onSent(): void {
    this.#onProgress();
    this.#endIfDone();
  }

  /** Of the sender: a message could not be compressed. */
  onFault(error: unknown): void {
    this.#fail(error);
  }

  /** Of the sender: too much waits. */
  onOverflow(error: unknown): void {
    this.#handler.onError(error);
    this.#end(false);
  }

  /** The link does not give or take any more. */
  onLinkError(error: unknown): void {
    if (this.#isEnded) return;
    // When all was said on both sides, how the link ends does not matter.
    const isSaid = this.#received !== undefined && !this.sender.hasUnsent;
    if (!isSaid && this.#failure === undefined) this.#handler.onError(error);
    this.#end(false);
  }

  /**
   * Ends the connection: in order if the bytes that the system has taken are to
   * arrive, and else at once.
   */
  #end(isOrderly: boolean): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.state = State.closed;
    this.hasTornMessage = this.#failure === undefined &&
      this.#parser.isInMessage;
    this.#parser.stop();
    this.#liveness.stop();
    this.#closing?.stop();
    const violation = this.#delay?.failure;
    this.#dropDelay();
    if (violation !== undefined) {
      this.#failure ??= violation;
      this.#handler.onError(violation);
    }
    const info = this.#closeInfo();
    coreOf(this.conn).protocol = undefined;
    if (isOrderly) this.conn.close();
    else this.conn.terminate();
    this.sender.end();
    this.#pings?.end(this.closedError());
    this.#handler.onClosed(info);
  }

  #closeInfo(): CloseInfo {
    const received = this.#received;
    // Own messages that were cut off are not the end that the peer has meant.
    const isEnd = this.#failure === undefined && !this.sender.hasUnsent;
    return isEnd && received !== undefined
      ? { ...received, wasClean: this.isAllSent }
      : uncleanEnd(this.#failure);
  }

  /** The error of calls on a connection that is or gets closed. */
  closedError(): ClosedError {
    return new ClosedError(`Cannot use ${this.conn}: the WebSocket is closed`);
  }
}
