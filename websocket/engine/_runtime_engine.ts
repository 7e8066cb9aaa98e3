import { Alarm } from "../../internal/wait/alarm.ts";
import {
  isCount,
  isTime,
  type OptionChecks,
} from "../../internal/check_options.ts";
import { refused } from "../../internal/errors/handled.ts";
import { checkTimeout } from "../../internal/wait/wait_options.ts";
import {
  DEFAULT_CLOSE_TIMEOUT,
  DEFAULT_HANDSHAKE_TIMEOUT,
  DEFAULT_MAX_MESSAGE_SIZE,
} from "../_defaults.ts";
import {
  type MessageEngine,
  type MessageHandler,
  queuedSize,
} from "./_message_engine.ts";
import { type MessageData, MessageQueue } from "./_message_queue.ts";
import { uncleanEnd } from "./_close.ts";
import { CloseCode } from "../close_code.ts";
import {
  type ClosingHost,
  ClosingLimit,
  notTakenError,
} from "./_closing_limit.ts";
import { noPongError } from "./_heartbeat.ts";
import { OPCode } from "../opcode.ts";
import { ProtocolError } from "../protocol_error.ts";
import { RuntimeSender, type RuntimeSenderHost } from "./_runtime_sender.ts";
import { State } from "../state.ts";
import {
  WEBSOCKET_CHECKS,
  type WebSocketOptions,
} from "../websocket_options.ts";

/** A step of sending in which progress is to be seen, in bytes. */
const PROGRESS_STEP = 1024 * 1024;
const DEFAULT_MAX_QUEUED = 16 * 1024 * 1024;
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

/**
 * Does the work of `Engine` over a server's `WebSocket` of the runtime instead of a
 * stream connection, as far as that is possible. The limits of the runtime are
 * documented at `upgradeWebSocket`.
 *
 * The runtime can't stop the peer: while the delivery is paused, messages are
 * queued here, and beyond `maxQueuedBytes` the connection is closed.
 *
 * The runtime fires the close event twice after a missing pong, and none at all
 * if the handshake fails or the peer does not answer a close frame: here the
 * end comes exactly once.
 *
 * A close frame waits for the messages before it for a third of `idleTimeout` at
 * most: until then the runtime pings, and cuts a peer that takes long for the
 * messages before the ping.
 */
export class RuntimeEngine
  implements MessageEngine, RuntimeSenderHost, ClosingHost {
  readonly #socket: WebSocket;
  readonly #name: string;
  readonly #maxMessageSize: number;
  readonly #closeTimeout: number;
  readonly #idleTimeout: number;
  readonly #openAlarm: Alarm;
  readonly #maxQueued: number;
  /** Messages received while the delivery is paused. */
  readonly #queue = new MessageQueue();
  #close: { code: number | undefined; reason: string } | undefined;
  #closing: ClosingLimit | undefined;
  /** The limit on closing, in milliseconds. */
  #closeLimit = 0;
  #failure: ProtocolError | undefined;

  readonly sender: RuntimeSender;
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

  /**
   * @param handler Gets the events.
   * @param socket The runtime's WebSocket, which has no other user.
   * @param name The name of the connection in errors.
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
    this.sender = new RuntimeSender(socket, name, this, options);
    this.#maxQueued = options.maxQueuedBytes ?? DEFAULT_MAX_QUEUED;
    this.#closeTimeout = options.closeTimeout ?? DEFAULT_CLOSE_TIMEOUT;
    this.#idleTimeout = options.idleTimeout ?? Infinity;
    this.#openAlarm = new Alarm(() => this.#onOpenLimit(), false);
    const limit = options.handshakeTimeout ?? DEFAULT_HANDSHAKE_TIMEOUT;
    if (limit !== Infinity) this.#openAlarm.ringBy(performance.now() + limit);
    socket.binaryType = "arraybuffer";
    socket.onopen = () => this.#open();
    socket.onmessage = (event) => this.#receive(event.data);
    socket.onerror = (event) => this.#onSocketError(event);
    socket.onclose = (event) => this.#onSocketClose(event);
  }

  /**
   * Of the limit on closing: messages that wait may be on their way, as the runtime
   * tells of progress when it has sent a whole message.
   */
  get isAllSent(): boolean {
    return true;
  }

  /**
   * Of the limit on closing: how long it may need to the peer. As long as there is
   * progress to see, a message of several MiB has the limit for each of them.
   */
  get closeTransitTime(): number {
    if (this.sender.hasSentClose) return this.sender.transitAtClose;
    const more = Math.max(0, this.sender.largest / PROGRESS_STEP - 1);
    return more === 0 ? 0 : this.#closeLimit * more;
  }

  /** Of the limit on closing: bytes that the system has taken. */
  get bytesTaken(): number {
    return this.sender.bytesTaken;
  }

  /** Of the sender: whether the connection is about to open, and not to close. */
  get isConnecting(): boolean {
    return this.state === State.connecting && this.#close === undefined;
  }

  /** Of the sender: too much waits, and the policy is to end the connection. */
  onOverflow(error: unknown): void {
    this.handler.onError(error);
    this.terminate();
  }

  /** Of the limit on closing: it has passed. */
  onCloseLimit(): void {
    if (this.sender.bufferedBytes > 0) {
      this.handler.onError(notTakenError(this.#name));
    }
    this.sender.closeNow();
    this.#end(undefined);
  }

  /** Does nothing: the runtime reads by itself. */
  start(): void {}

  /** Does nothing: the runtime keeps the interval that it was given. */
  setPingInterval(): void {}

  /** Rejects: the runtime has no call for it. */
  sendControl(kind: "ping" | "pong"): Promise<never> {
    return refused(
      new Deno.errors.NotSupported(
        `Cannot send a ${kind} on ${this.#name}: Deno.upgradeWebSocket has no way to, acceptWebSocket has`,
      ),
    );
  }

  /** Rejects: the runtime has no call for it. */
  measurePing(): Promise<never> {
    return this.sendControl("ping");
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
    if (this.state === State.closing) this.sender.closeNow();
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

  #open(): void {
    this.#openAlarm.stop();
    this.state = State.open;
    if (this.#close !== undefined) return this.#sendClose();
    this.sender.admitWaiting();
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

  #sendClose(): void {
    this.state = State.closing;
    const { code, reason = "" } = this.#close ?? {};
    this.sender.close(code, reason, this.#idleTimeout / 3);
  }

  #limitClose(limit: number, isStrict: boolean): void {
    this.#closeLimit = limit;
    this.#closing ??= new ClosingLimit(this);
    this.#closing.set(limit, isStrict);
  }

  #onSocketError(event: Event): void {
    // A missing pong brings no error here, but a close event with a code.
    const error = event instanceof ErrorEvent ? event.error : undefined;
    const isLate = this.#close !== undefined;
    if (error instanceof Error && !isLate) this.handler.onError(toError(error));
    // No close event follows if the handshake has failed.
    if (this.state === State.connecting) this.#end(undefined);
  }

  #onSocketClose(event: CloseEvent): void {
    if (event.wasClean) {
      return this.#end(this.#isLoss(event) ? undefined : event);
    }
    if (event.code === CloseCode.goingAway) {
      this.handler.onError(noPongError(this.#name));
    }
    this.#end(undefined);
  }

  /**
   * Whether the link is lost. Behind a close frame of this side the runtime tells
   * of that as of a close frame without a code, but a peer repeats the code.
   */
  #isLoss({ code }: CloseEvent): boolean {
    return code === CloseCode.noStatus && this.sender.sentCode !== undefined;
  }

  /** Reports the end; `received` is the content of the peer's close frame. */
  #end(received: { code: number; reason: string } | undefined): void {
    if (this.state === State.closed) return;
    const wasConnecting = this.state === State.connecting;
    this.state = State.closed;
    this.#openAlarm.stop();
    this.#closing?.stop();
    this.#detach(wasConnecting);
    this.sender.end();
    while (this.#queue.length > 0) this.#deliverQueued();
    const isEnd = received !== undefined && this.#failure === undefined;
    this.handler.onClosed(
      isEnd
        ? { code: received.code, reason: received.reason, wasClean: true }
        : uncleanEnd(this.#failure),
    );
  }

  #detach(wasConnecting: boolean): void {
    const socket = this.#socket;
    socket.onmessage = socket.onerror = socket.onclose = null;
    // The response may still be sent: then the connection is not used.
    socket.onopen = wasConnecting
      ? () => socket.close(CloseCode.goingAway)
      : null;
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
