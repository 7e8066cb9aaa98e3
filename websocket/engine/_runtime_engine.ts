import { decodeLossy } from "../../internal/bytes/decode_text.ts";
import { Alarm } from "../../internal/wait/alarm.ts";
import {
  isCount,
  isTime,
  type OptionChecks,
} from "../../internal/check_options.ts";
import { ClosedError } from "../../internal/errors/closed_error.ts";
import { PollGate } from "../../internal/wait/poll_gate.ts";
import {
  checkTimeout,
  type WaitOptions,
} from "../../internal/wait/wait_options.ts";
import { Waiter, WaitQueue } from "../../internal/wait/wait_queue.ts";
import type { DataOpcode } from "../frame/_frame_handler.ts";
import {
  DEFAULT_CLOSE_TIMEOUT,
  DEFAULT_HANDSHAKE_TIMEOUT,
  DEFAULT_MAX_BUFFERED_BYTES,
} from "../_defaults.ts";
import { DEFAULT_MAX_MESSAGE_SIZE } from "../frame/_message_assembler.ts";
import {
  type MessageEngine,
  type MessageHandler,
  queuedSize,
} from "./_message_engine.ts";
import { type MessageData, MessageQueue } from "./_message_queue.ts";
import { CloseCode } from "../close_code.ts";
import { type ClosingHost, ClosingLimit } from "./_closing_limit.ts";
import { OPCode } from "../opcode.ts";
import { ProtocolError } from "../protocol_error.ts";
import { SendLimit, type SendLimitHost } from "./_send_limit.ts";
import { State } from "../state.ts";
import { Transit } from "./_transit_time.ts";
import {
  type CloseInfo,
  type SendPolicy,
  WEBSOCKET_CHECKS,
  type WebSocketOptions,
} from "../websocket_options.ts";

/** A step of sending in which progress is to be seen, in bytes. */
const PROGRESS_STEP = 1024 * 1024;
const DEFAULT_MAX_QUEUED = 16 * 1024 * 1024;
/** Milliseconds between looks at what the runtime has not sent yet. */
const POLL_INTERVAL = 5;
/** The most bytes of UTF-8 that a UTF-16 code unit becomes. */
const MAX_UNIT_SIZE = 3;

/** The limits that can be kept above the runtime's WebSocket. */
export interface RuntimeEngineOptions extends
  Pick<
    WebSocketOptions,
    "maxMessageSize" | "maxBufferedBytes" | "sendPolicy" | "closeTimeout"
  > {
  /** Milliseconds until the connection must be open. */
  handshakeTimeout?: number;
  /** Milliseconds of silence after which the runtime ends the connection. */
  idleTimeout?: number;
  /** The most bytes of messages that may wait to be read. */
  maxQueuedBytes?: number;
}

/** A message that waits until the runtime may have it. */
class SendWaiter extends Waiter<void> {
  readonly data: string | Uint8Array;

  constructor(data: string | Uint8Array) {
    super();
    this.data = data;
  }
}

/**
 * Does over a server's `WebSocket` of the runtime what `Engine` does over a
 * stream connection, as far as that is possible. What the runtime does not allow
 * is documented at `upgradeWebSocket`.
 *
 * The runtime can't stop the peer: while the delivery is paused, messages are
 * queued here, and beyond `maxQueuedBytes` the connection is closed.
 *
 * The runtime fires the close event twice after a missing pong, and none at all
 * if the handshake fails or the peer does not answer a close frame: here the
 * end comes exactly once.
 *
 * From its close frame on the runtime does not tell any more how much it has yet
 * to send. So that frame is held back while messages wait before it, as there is
 * progress to see by then; but not for longer than a third of `idleTimeout`, since
 * until then the runtime pings, and cuts a peer that takes long for what is before
 * the ping.
 */
export class RuntimeEngine
  implements MessageEngine, SendLimitHost, ClosingHost {
  readonly #socket: WebSocket;
  readonly #name: string;
  readonly #maxMessageSize: number;
  readonly #maxBuffered: number;
  readonly #sendPolicy: SendPolicy;
  readonly #closeTimeout: number;
  readonly #idleTimeout: number;
  readonly #senders: WaitQueue<SendWaiter>;
  readonly #openAlarm: Alarm;
  #pollTimer: ReturnType<typeof setTimeout> | undefined;
  #polled: PromiseWithResolvers<void> | undefined;
  readonly #maxQueued: number;
  /** Messages received while the delivery is paused. */
  readonly #queue = new MessageQueue();
  readonly #gate: PollGate = new PollGate();
  #close: { code: number | undefined; reason: string } | undefined;
  #closing: ClosingLimit | undefined;
  /** The limit on closing, in milliseconds. */
  #closeLimit = 0;
  /** When the close frame is sent at the latest. */
  #closeBy = Infinity;
  #unsentAtClose = 0;
  #transitAtClose = 0;
  /** The bytes of the largest message given to the runtime. */
  #largest = 0;
  /** Bytes given to the runtime, as it counts them. */
  #given = 0;
  /** How long they may be on their way. */
  readonly #transit = new Transit();
  /** Made when more waits than may. */
  #limit: SendLimit | undefined;
  #failure: ProtocolError | undefined;

  /** Nothing is compressed, but the runtime makes the frames. */
  readonly takesFrames = false;
  /** The runtime delivers and sends whole messages only. */
  readonly streams = undefined;
  /** Gets the events; another may take over at any time. */
  handler: MessageHandler;
  /** Whether the delivery of messages is paused. */
  isPaused = false;
  /** The state of the connection. */
  state: State = State.connecting;
  /** Messages received. */
  messagesReceived = 0;
  /** Messages given to the runtime. */
  messagesSent = 0;
  /** Messages that were not sent, by the policy `"drop"`. */
  messagesDropped = 0;

  /**
   * @param handler Gets the events.
   * @param socket The runtime's WebSocket, which nobody else uses.
   * @param name What the connection is called in messages.
   * @param options Limits, which {@linkcode RUNTIME_CHECKS} has let pass.
   */
  constructor(
    handler: MessageHandler,
    socket: WebSocket,
    name: string,
    options: RuntimeEngineOptions,
  ) {
    this.handler = handler;
    this.#socket = socket;
    this.#name = name;
    this.#maxMessageSize = options.maxMessageSize ?? DEFAULT_MAX_MESSAGE_SIZE;
    // With 0, the policy applies as soon as anything waits.
    this.#maxBuffered = Math.max(
      1,
      options.maxBufferedBytes ?? DEFAULT_MAX_BUFFERED_BYTES,
    );
    this.#maxQueued = options.maxQueuedBytes ?? DEFAULT_MAX_QUEUED;
    this.#sendPolicy = options.sendPolicy ?? "wait";
    this.#closeTimeout = options.closeTimeout ?? DEFAULT_CLOSE_TIMEOUT;
    this.#idleTimeout = options.idleTimeout ?? Infinity;
    this.#senders = new WaitQueue(
      () => `Cannot send to ${name}`,
      () => {},
      true,
    );
    this.#openAlarm = new Alarm(() => this.#onOpenLimit(), false);
    const limit = options.handshakeTimeout ?? DEFAULT_HANDSHAKE_TIMEOUT;
    if (limit !== Infinity) this.#openAlarm.ringBy(performance.now() + limit);
    socket.binaryType = "arraybuffer";
    socket.onopen = () => this.#open();
    socket.onmessage = (event) => this.#receive(event.data);
    socket.onerror = (event) => this.#onSocketError(event);
    socket.onclose = (event) => this.#onSocketClose(event);
  }

  /** Bytes that the runtime has and the system has not taken, as far as it says. */
  get bufferedBytes(): number {
    if (this.state === State.closed) return 0;
    // From then on the runtime reports 0, though it still sends.
    if (this.#hasSentClose) return this.#unsentAtClose;
    return this.#socket.bufferedAmount;
  }

  /** Bytes that the system has taken, as far as the runtime says. */
  get bytesTaken(): number {
    return this.#given - this.bufferedBytes;
  }

  /** The runtime offers to the system at once what it is given. */
  get offers(): number {
    return this.messagesSent;
  }

  /** Whether the peer has left so many bytes that the policy acts. */
  get isOverLimit(): boolean {
    if (this.bufferedBytes < this.#maxBuffered) return false;
    this.#limit ??= new SendLimit(this, this.#maxBuffered);
    return this.#limit.isReached;
  }

  /**
   * Of the limit on closing: what waits may be on its way, as the runtime tells of
   * progress when it has sent a whole message.
   */
  get isAllSent(): boolean {
    return true;
  }

  /**
   * Of the limit on closing: how long it may need to the peer. As long as there is
   * progress to see, a message of several MiB has the limit for each of them.
   */
  get closeTransitTime(): number {
    if (this.#hasSentClose) return this.#transitAtClose;
    const more = Math.max(0, this.#largest / PROGRESS_STEP - 1);
    return more === 0 ? 0 : this.#closeLimit * more;
  }

  /** Of the limit on closing: it has passed. */
  onCloseLimit(): void {
    if (this.bufferedBytes > 0) {
      this.handler.onError(
        new DOMException(
          `Cannot close ${this.#name} in order: the peer takes no more of what was sent before`,
          "TimeoutError",
        ),
      );
    }
    this.#sendCloseFrame();
    this.#end(undefined);
  }

  /**
   * Sends a message by the policy; settles when the runtime has it, and has polled
   * now and then under a loop of sends.
   */
  write(
    opcode: DataOpcode,
    message: string | Uint8Array,
    wait?: WaitOptions,
  ): Promise<void> {
    const data = toData(opcode, message);
    const isConnecting = this.state === State.connecting &&
      this.#close === undefined;
    if (!isConnecting && !this.#isOpen) {
      return handled(Promise.reject(this.#closedError()));
    }
    const refusal = wait && this.#senders.refuse(wait);
    if (refusal !== undefined) return Promise.reject(refusal.error);
    const isFull = this.#sendPolicy === "wait"
      ? this.#senders.head !== undefined ||
        this.bufferedBytes >= this.#maxBuffered
      : this.isOverLimit;
    if (!isConnecting && !isFull) {
      this.#send(data);
      return this.#gate.pass();
    }
    if (!isConnecting && this.#sendPolicy === "drop") {
      this.messagesDropped++;
      return this.#gate.pass();
    }
    if (!isConnecting && this.#sendPolicy === "close") {
      const error = new ClosedError(
        `Cannot send to ${this.#name}: ${this.bufferedBytes} bytes wait already`,
      );
      this.handler.onError(error);
      this.terminate();
      return handled(Promise.reject(error));
    }
    const waiter = new SendWaiter(data);
    this.#senders.add(waiter, wait);
    if (!isConnecting) this.#pollSoon();
    return handled(waiter.promise);
  }

  /** Queues a message behind those that wait, whatever the policy. */
  send(opcode: DataOpcode, data: string | Uint8Array): void {
    this.#sendWaiting();
    this.#send(toData(opcode, data));
  }

  /** Never called, as `takesFrames` is false. */
  sendFrame(): void {}

  /** Whether fewer than `maxBufferedBytes` would wait with so many more. */
  hasRoom(length: number): boolean {
    return this.#isOpen && this.bufferedBytes + length < this.#maxBuffered;
  }

  /** Settles when fewer than `maxBufferedBytes` wait, or the connection ends. */
  drained(): Promise<void> {
    return this.bufferedBytes < this.#maxBuffered
      ? this.#gate.pass()
      : this.#whenBelow(this.#maxBuffered);
  }

  /** Settles when nothing waits, or the connection ends. */
  allFlushed(): Promise<void> {
    return this.#whenBelow(1);
  }

  async #whenBelow(size: number): Promise<void> {
    while (this.state !== State.closed && this.bufferedBytes >= size) {
      this.#polled ??= Promise.withResolvers();
      this.#pollSoon();
      await this.#polled.promise;
    }
  }

  /** Does nothing: the runtime reads by itself. */
  start(): void {}

  /** Does nothing: the runtime keeps the interval that it was given. */
  setPingInterval(): void {}

  /** Rejects: the runtime has no call for it. */
  sendPing(): Promise<never> {
    return this.#notSupported("Cannot send a ping on");
  }

  /** Rejects: the runtime has no call for it. */
  sendPong(): Promise<never> {
    return this.#notSupported("Cannot send a pong on");
  }

  /** Rejects: the runtime has no call for it. */
  measurePing(): Promise<never> {
    return this.sendPing();
  }

  #notSupported(what: string): Promise<never> {
    return handled(Promise.reject(
      new Deno.errors.NotSupported(
        `${what} ${this.#name}: Deno.upgradeWebSocket has no way to, acceptWebSocket has`,
      ),
    ));
  }

  /** Queues messages from now on. */
  pause(): void {
    this.isPaused = true;
  }

  /** Delivers the queued messages, and those that arrive. */
  resume(): void {
    this.isPaused = false;
    while (!this.isPaused && this.#queue.length > 0) this.#deliverQueued();
  }

  /** Does nothing: no close frame of the peer is delayed. */
  onTaken(): void {}

  /** Does nothing: no close frame of the peer is delayed. */
  onIdle(): void {}

  /** Begins the closing handshake, behind all messages. */
  beginClose(code: number | undefined, reason: string, timeout?: number): void {
    const limit = checkTimeout(timeout ?? this.#closeTimeout);
    if (this.state === State.closed) return;
    const isFirst = this.#close === undefined;
    this.#close ??= { code, reason };
    // While it connects, the runtime would forget that it is to close.
    if (isFirst && this.state === State.open) this.#sendClose();
    if (isFirst || timeout !== undefined) {
      this.#limitClose(limit, timeout !== undefined);
    }
  }

  /** Closes with an error of the peer's, and reports it. */
  #fail(error: ProtocolError): void {
    if (this.state === State.closed || this.#failure !== undefined) return;
    this.#failure = error;
    this.handler.onError(error);
    this.beginClose(error.closeCode, error.message);
    // The runtime reads no more from a peer that breaks the rules.
    if (this.state === State.closing) this.#sendCloseFrame();
  }

  /**
   * Ends the connection on this side. The runtime cannot cut it: the peer gets
   * a close frame, and its answer or its end frees the resource.
   */
  terminate(): void {
    if (this.#socket.readyState === WebSocket.OPEN) {
      this.#socket.close(CloseCode.goingAway);
    }
    this.#end(undefined);
  }

  get #isOpen(): boolean {
    return this.state === State.open &&
      this.#socket.readyState === WebSocket.OPEN;
  }

  #open(): void {
    this.#openAlarm.stop();
    this.state = State.open;
    if (this.#close !== undefined) return this.#sendClose();
    this.#admitSenders();
    this.handler.onOpen?.();
  }

  #onOpenLimit(): void {
    this.handler.onError(
      new DOMException(
        `Cannot open ${this.#name}: the response was not sent in time`,
        "TimeoutError",
      ),
    );
    this.#end(undefined);
  }

  #receive(data: string | ArrayBuffer): void {
    if (this.state !== State.open) return;
    if (this.#isTooBig(data)) {
      return this.#fail(
        new ProtocolError(
          CloseCode.messageTooBig,
          `Message of more than ${this.#maxMessageSize} bytes`,
        ),
      );
    }
    this.messagesReceived++;
    const message = typeof data === "string" ? data : new Uint8Array(data);
    const isTakenNow = !this.isPaused && this.handler.isWaiting;
    if (isTakenNow) return this.#deliver(message);
    const queued = this.#queue.size + (this.handler.queuedBytes ?? 0);
    if (queued + queuedSize(message) > this.#maxQueued) {
      return this.#fail(
        new ProtocolError(
          CloseCode.tryAgainLater,
          "Too many messages wait here",
        ),
      );
    }
    if (this.isPaused) this.#queue.push(message);
    else this.#deliver(message);
  }

  #deliverQueued(): void {
    const message = this.#queue.shift();
    if (message !== undefined) this.#deliver(message);
  }

  #deliver(message: MessageData): void {
    if (typeof message === "string") this.handler.onText(message);
    else this.handler.onBytes(OPCode.binaryFrame, message);
  }

  #isTooBig(data: string | ArrayBuffer): boolean {
    const max = this.#maxMessageSize;
    if (typeof data !== "string") return data.byteLength > max;
    if (data.length * MAX_UNIT_SIZE <= max) return false;
    return data.length > max || new TextEncoder().encode(data).length > max;
  }

  #send(data: string | Uint8Array): void {
    this.messagesSent++;
    // The runtime takes no view of shared memory.
    const isShared = typeof data !== "string" &&
      data.buffer instanceof SharedArrayBuffer;
    const before = this.#socket.bufferedAmount;
    this.#socket.send(isShared ? data.slice() : data);
    const length = this.#socket.bufferedAmount - before;
    this.#given += length;
    this.#transit.add(length);
    if (length > this.#largest) this.#largest = length;
  }

  #sendClose(): void {
    // What still waits is in memory anyway, and goes out ahead of the end.
    this.#sendWaiting();
    this.state = State.closing;
    this.#closeBy = performance.now() + this.#idleTimeout / 3;
    this.#sendCloseInTime();
  }

  #sendWaiting(): void {
    this.#senders.drain((waiter) => {
      this.#send(waiter.data);
      waiter.resolve();
    });
  }

  /** Sends the close frame when all before it is sent, or it is high time. */
  #sendCloseInTime(): void {
    const isTime = this.bufferedBytes === 0 ||
      performance.now() >= this.#closeBy;
    if (isTime) this.#sendCloseFrame();
    else this.#pollSoon();
  }

  /** Whether the close frame is with the runtime. */
  get #hasSentClose(): boolean {
    return this.state === State.closing &&
      this.#socket.readyState !== WebSocket.OPEN;
  }

  #sendCloseFrame(): void {
    if (this.#socket.readyState !== WebSocket.OPEN) return;
    this.#unsentAtClose = this.#socket.bufferedAmount;
    this.#transitAtClose = this.#transit.time;
    this.#socket.close(this.#close?.code, this.#close?.reason);
  }

  #limitClose(limit: number, isStrict: boolean): void {
    this.#closeLimit = limit;
    if (this.#closing === undefined) {
      this.#closing = new ClosingLimit(this, limit, isStrict);
    } else this.#closing.setTimeout(limit, isStrict);
  }

  #pollSoon(): void {
    this.#pollTimer ??= setTimeout(this.#poll, POLL_INTERVAL);
  }

  readonly #poll = (): void => {
    this.#pollTimer = undefined;
    this.#admitSenders();
    this.#polled?.resolve();
    this.#polled = undefined;
    if (this.state === State.closing && !this.#hasSentClose) {
      this.#sendCloseInTime();
    }
    if (this.#senders.head !== undefined) this.#pollSoon();
  };

  #admitSenders(): void {
    while (
      this.#senders.head !== undefined && this.#isOpen &&
      this.bufferedBytes < this.#maxBuffered
    ) {
      const waiter = this.#senders.head;
      this.#senders.remove(waiter);
      this.#send(waiter.data);
      waiter.resolve();
    }
  }

  #onSocketError(event: Event): void {
    // A missing pong brings no error, and is told by the code of the end.
    const error = event instanceof ErrorEvent ? event.error : undefined;
    const isLate = this.#close !== undefined;
    if (error instanceof Error && !isLate) this.handler.onError(toError(error));
    // No close event follows if the handshake has failed.
    if (this.state === State.connecting) this.#end(undefined);
  }

  #onSocketClose(event: CloseEvent): void {
    if (event.wasClean) return this.#end(event);
    if (event.code === CloseCode.goingAway) {
      this.handler.onError(
        new DOMException(
          `Cannot keep ${this.#name} open: no pong has come in time`,
          "TimeoutError",
        ),
      );
    }
    this.#end(undefined);
  }

  /** Tells the end; `received` is what the peer's close frame said. */
  #end(received: { code: number; reason: string } | undefined): void {
    if (this.state === State.closed) return;
    const wasConnecting = this.state === State.connecting;
    this.state = State.closed;
    this.#openAlarm.stop();
    this.#closing?.stop();
    clearTimeout(this.#pollTimer);
    this.#detach(wasConnecting);
    const error = this.#closedError();
    this.#senders.rejectAll(error);
    this.#senders.close();
    this.#polled?.resolve();
    this.#gate.stop();
    while (this.#queue.length > 0) this.#deliverQueued();
    this.handler.onClosed(this.#closeInfo(received));
  }

  #detach(wasConnecting: boolean): void {
    const socket = this.#socket;
    socket.onmessage = socket.onerror = socket.onclose = null;
    // The response may be sent yet, to nobody who would use it.
    socket.onopen = wasConnecting
      ? () => socket.close(CloseCode.goingAway)
      : null;
  }

  #closeInfo(
    received: { code: number; reason: string } | undefined,
  ): CloseInfo {
    if (this.#failure !== undefined) {
      const { closeCode, message } = this.#failure;
      return { code: closeCode, reason: message, wasClean: false };
    }
    if (received === undefined) {
      return { code: CloseCode.abnormal, reason: "", wasClean: false };
    }
    const { code, reason } = received;
    return { code, reason, wasClean: true };
  }

  #closedError(): ClosedError {
    return new ClosedError(`Cannot use ${this.#name}: it is closed`);
  }
}

/** The checks of all options. */
export const RUNTIME_CHECKS: OptionChecks<RuntimeEngineOptions> = {
  maxMessageSize: isCount(1),
  maxBufferedBytes: WEBSOCKET_CHECKS.maxBufferedBytes,
  sendPolicy: WEBSOCKET_CHECKS.sendPolicy,
  closeTimeout: isTime,
  handshakeTimeout: isTime,
  idleTimeout: isTime,
  maxQueuedBytes: isCount(0),
};

/**
 * The same promise, whose rejection nobody has to look at: that the connection
 * has ended is told by others.
 */
function handled<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {});
  return promise;
}

/** What the runtime takes: text as a string. */
function toData(
  opcode: DataOpcode,
  data: string | Uint8Array,
): string | Uint8Array {
  const isEncoded = opcode === OPCode.textFrame && typeof data !== "string";
  return isEncoded ? decodeLossy(data, 0, data.length) : data;
}

/** Gives those of the runtime's bare errors a class that have one elsewhere. */
function toError(error: Error): Error {
  if (/\beof\b/i.test(error.message)) {
    return new Deno.errors.UnexpectedEof(
      "Cannot read from the WebSocket: it ended without a close frame",
      { cause: error },
    );
  }
  if (/connection reset/i.test(error.message)) {
    return new Deno.errors.ConnectionReset(
      "Cannot read from the WebSocket: the peer has reset the connection",
      { cause: error },
    );
  }
  return error;
}
