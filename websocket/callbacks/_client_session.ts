import { callSafely } from "../../internal/errors/call_safely.ts";
import { ClosedError } from "../../internal/errors/closed_error.ts";
import { handled } from "../../internal/errors/handled.ts";
import { printError } from "../../internal/errors/print_error.ts";
import { limited } from "../../internal/wait/limited.ts";
import type { WaitOptions } from "../../internal/wait/wait_options.ts";
import type { ClientCallbacks } from "./_callbacks.ts";
import type { SessionCounts } from "./_server_counts.ts";
import { beginClose } from "../engine/_close.ts";
import type {
  MessageEngine,
  MessageHandler,
} from "../engine/_message_engine.ts";
import type { MessageSender } from "../engine/_message_sender.ts";
import type { DataOpcode } from "../frame/_frame_handler.ts";
import { CloseCode } from "../close_code.ts";
import { Message } from "../message.ts";
import { OPCode } from "../opcode.ts";
import { State } from "../state.ts";
import type { WebSocketCloseOptions } from "../websocket_conn.ts";
import type { CloseInfo, WebSocketOptions } from "../websocket_options.ts";

/** How many promises of message callbacks may be pending. */
const MAX_PENDING = 1024;
/** How many bytes the messages of pending promises may have. */
const MAX_PENDING_BYTES = 1024 * 1024;

const ENCODER = new TextEncoder();
const NOTHING_SENT = Promise.resolve(0);
const ignore = () => {};

/** The client that the callbacks of a session get. */
export interface SessionClient {
  /** The name of the connection in errors. */
  readonly uri: string;
  /** Whether an error of a callback is also reported to the program. */
  readonly panicOnCallback: boolean;
}

/** The parts of a session. */
export interface SessionParts<C extends SessionClient> {
  readonly client: C;
  /** The callbacks, in the order in which they are called. */
  readonly lists: readonly ClientCallbacks<C>[];
  /** The options of the connection. */
  readonly options: WebSocketOptions;
  /** Makes the engine, which reports to the handler. */
  readonly makeEngine: (handler: MessageHandler) => MessageEngine;
  /** Called at the end, before the callbacks. */
  readonly owner?: SessionOwner<C>;
}

/** How a session has ended. */
interface End {
  /** Makes the error; there is none for a clean end. */
  readonly makeError?: () => unknown;
}

/** The owner of sessions. */
export interface SessionOwner<C extends SessionClient> {
  /** The connection of a client has ended. */
  onSessionEnd(session: ClientSession<C>): void;
}

/**
 * One connection of a `Client` after the opening handshake: passes the events of
 * the engine to the callbacks, and watches their outcomes.
 *
 * Callbacks are called directly by the parser. A promise that one returns is not
 * awaited, but when too many of them are pending the engine is paused, and resumed
 * when half of them have settled.
 */
export class ClientSession<C extends SessionClient> implements MessageHandler {
  readonly #options: WebSocketOptions;
  readonly #owner: SessionOwner<C> | undefined;
  #ended: PromiseWithResolvers<void> | undefined;
  /** Called at the end, after the callbacks. */
  #onEnd: (() => void) | undefined;
  /** How it has ended: with an error or without. */
  #end: End | undefined;
  readonly #engine: MessageEngine;
  #isOpened = false;
  #wantsStart = false;
  #isStarted = false;
  #hasClosed = false;
  #hasFailed = false;
  #failure: { readonly error: unknown } | undefined;
  #pendingCount = 0;
  #pendingBytes = 0;
  // The writes of one length within one batch share a promise.
  #batch: Promise<void> | undefined;
  #batchLength = 0;
  #batchResult: Promise<number> = NOTHING_SENT;

  /** Whose connection it is. */
  readonly client: C;
  /** Sends its messages. */
  readonly sender: MessageSender;
  /** The callbacks, in the order in which they are asked. */
  lists: readonly ClientCallbacks<C>[];
  /** When the last pong came, or the connection was opened; Unix seconds. */
  lastPongUt: number = unixNow();
  /** Of the engine: messages go to the callbacks at once. */
  readonly isWaiting = true;

  constructor(parts: SessionParts<C>) {
    this.client = parts.client;
    this.lists = parts.lists;
    this.#options = parts.options;
    this.#owner = parts.owner;
    this.#engine = parts.makeEngine(this);
    this.sender = this.#engine.sender;
  }

  /** How far the connection has come. */
  get state(): State {
    return this.#engine.state;
  }

  /** Bytes that wait to be sent. */
  get bufferedBytes(): number {
    return this.sender.bufferedBytes;
  }

  /** The counters of the connection at this moment. */
  get counts(): SessionCounts {
    const { messagesReceived, conn } = this.#engine;
    return {
      messagesReceived,
      messagesSent: this.sender.messagesSent,
      bytesRead: conn?.bytesRead ?? 0,
      bytesWritten: conn?.bytesWritten ?? 0,
    };
  }

  /** Resolves at a clean end, rejects at any other. */
  get ended(): Promise<void> {
    if (this.#ended === undefined) {
      this.#ended = Promise.withResolvers();
      handled(this.#ended.promise);
      if (this.#end !== undefined) settle(this.#ended, this.#end);
    }
    return this.#ended.promise;
  }

  /** Sets the function to call at the end: cheaper than `ended`. */
  whenEnded(onEnd: () => void): void {
    if (this.#end === undefined) this.#onEnd = onEnd;
    else onEnd();
  }

  /** Tells the callbacks that the connection is open. */
  open(announce: () => void): void {
    announce();
    for (const list of this.lists) {
      for (const callback of list.open.items) {
        this.guard(() => callback(this.client));
      }
    }
    this.#isOpened = true;
    if (this.#wantsStart) this.start();
  }

  /** Begins to read, once the callbacks know that the connection is open. */
  start(): void {
    this.#wantsStart = true;
    if (!this.#isOpened || this.#isStarted || this.state === State.closed) {
      return;
    }
    this.#isStarted = true;
    this.#engine.start(this.#options);
  }

  /** Pings at another interval from now on. */
  setPingInterval(interval: number, timeout: number): void {
    this.#engine.setPingInterval(interval, timeout);
  }

  // --- Sending ---

  /** Sends a message; resolves to its length. */
  write(
    opcode: DataOpcode,
    data: string | Uint8Array,
    length: number,
    wait?: WaitOptions,
  ): Promise<number> {
    const sent = this.sender.write(opcode, data, wait);
    if (sent === this.#batch && length === this.#batchLength) {
      return this.#batchResult;
    }
    const result = handled(sent.then(() => length));
    this.#batch = sent;
    this.#batchLength = length;
    this.#batchResult = result;
    return result;
  }

  /** Sends a ping or a pong; settles when it is with the system. */
  sendControl(
    kind: "ping" | "pong",
    payload: Uint8Array,
    wait?: WaitOptions,
  ): Promise<void> {
    return this.state === State.open
      ? this.#engine.sendControl(kind, payload, wait)
      : Promise.reject(closedError());
  }

  /** Reads until the end, or waits no longer at a limit: the reading goes on. */
  listen(wait?: WaitOptions): Promise<void> {
    if (wait === undefined) {
      this.start();
      return this.ended;
    }
    const what = `Cannot wait for the end of "${this.client.uri}"`;
    return limited(what, wait, () => {
      this.start();
      return this.ended;
    });
  }

  /**
   * Does the closing handshake, with arguments that `checkClose` has accepted;
   * resolves at the end, however it comes.
   */
  close(
    code: number,
    reason: string,
    options: WebSocketCloseOptions = {},
  ): Promise<void> {
    this.#hasClosed = true;
    this.start();
    const ended = () => this.ended;
    const cut = () => this.terminate();
    beginClose(this.#engine, { code, reason, options, ended, cut });
    return this.ended.catch(ignore);
  }

  /** Cuts the connection. */
  terminate(): void {
    // After the end, which may be a clean one, there is nothing to cut.
    if (this.state !== State.closed) this.#failure ??= { error: closedError() };
    this.#engine.terminate();
  }

  // --- Of the engine ---

  /** Of the engine: a message of text as a string. */
  onText(text: string): void {
    this.onBytes(OPCode.textFrame, ENCODER.encode(text));
  }

  /** Of the engine: a message. */
  onBytes(opcode: OPCode, payload: Uint8Array<ArrayBuffer>): void {
    // On the way to the end there is no backpressure: the surplus is dropped.
    if (this.#hasFailed || (this.#hasClosed && this.#isFull)) return;
    const message = new Message(opcode, payload);
    const lists = this.lists;
    const { length } = lists;
    for (let index = 0; index < length; index++) {
      const callbacks = lists[index].message.items;
      for (let next = 0; next < callbacks.length; next++) {
        const callback = callbacks[next];
        // Not by guard(): this is the hot path, and the closure would count.
        try {
          const result = callback(this.client, message);
          if (result !== undefined) this.#hold(result, payload.length);
        } catch (error) {
          this.#failBy(error);
        }
      }
    }
  }

  /** Of the engine: a pong. */
  onPong(payload: Uint8Array<ArrayBuffer>): void {
    this.lastPongUt = unixNow();
    // An empty payload is shared, and the callback may transfer its own.
    const own = payload.length === 0 ? new Uint8Array(0) : payload;
    this.onBytes(OPCode.pong, own);
  }

  /** Of the engine: an error. */
  onError(error: unknown): void {
    this.#tell(error);
  }

  /** Tells the callbacks for errors, and whether there was one. */
  #tell(error: unknown): boolean {
    this.#failure ??= { error };
    let isTaken = false;
    for (const list of this.lists) {
      for (const callback of list.error.items) {
        isTaken = true;
        // An error of theirs has nowhere to go but to the program itself.
        callSafely(
          () => callback(this.client, error),
          (error) => this.#endBy(error, false),
        );
      }
    }
    return isTaken;
  }

  /** Of the engine: the connection is over. */
  onClosed(info: CloseInfo): void {
    this.#owner?.onSessionEnd(this);
    for (const list of this.lists) {
      for (const callback of list.close.items) {
        this.guard(() => callback(this.client, info.code, info.reason));
      }
    }
    const isGood = info.wasClean && this.#failure === undefined;
    this.#end = isGood ? {} : { makeError: this.#endError() };
    if (this.#ended !== undefined) settle(this.#ended, this.#end);
    this.#onEnd?.();
  }

  /** Calls back, and deals with errors of the callback. */
  guard(call: () => unknown): void {
    callSafely(call, (error) => this.#failBy(error));
  }

  get #isFull(): boolean {
    return this.#pendingCount >= MAX_PENDING ||
      this.#pendingBytes >= MAX_PENDING_BYTES;
  }

  /** Counts a callback as pending until its promise settles. */
  #hold(result: unknown, size: number): void {
    if (!(result instanceof Promise)) return;
    this.#pendingCount++;
    this.#pendingBytes += size;
    if (this.#isFull && !this.#hasClosed) this.#engine.pause();
    result.then(() => this.#letGo(size), (error) => {
      this.#letGo(size);
      this.#failBy(error);
    });
  }

  #letGo(size: number): void {
    this.#pendingCount--;
    this.#pendingBytes -= size;
    const hasRoom = this.#pendingCount <= MAX_PENDING / 2 &&
      this.#pendingBytes <= MAX_PENDING_BYTES / 2;
    if (hasRoom && this.#engine.isPaused) this.#engine.resume();
  }

  /** A callback has failed: that ends this connection, and nothing else. */
  #failBy(error: unknown): void {
    const isTaken = this.#tell(error);
    this.#endBy(error, isTaken);
  }

  /** Closes with 1011; an error that no callback takes goes to the program. */
  #endBy(error: unknown, isTaken: boolean): void {
    this.#hasFailed = true;
    if (this.state === State.open) {
      this.close(CloseCode.internalError, "Internal error");
    }
    if (this.client.panicOnCallback) reportError(error);
    else if (!isTaken) {
      printError("Uncaught error in a WebSocket callback", error);
    }
  }

  /** Makes the error of the end lazily: mostly it is not asked for. */
  #endError(): () => unknown {
    const failure = this.#failure;
    if (failure !== undefined) return () => failure.error;
    return this.#hasClosed ? closedError : unexpectedEnd;
  }
}

function settle(
  ended: PromiseWithResolvers<void>,
  { makeError }: End,
): void {
  if (makeError === undefined) ended.resolve();
  else ended.reject(makeError());
}

function unexpectedEnd(): Error {
  return new Deno.errors.UnexpectedEof(
    "Cannot read from the WebSocket: it ended without a close frame",
  );
}

/** The error of a connection that is closed, or was never opened. */
export function closedError(): ClosedError {
  return new ClosedError("Cannot use the WebSocket: it is not open");
}

function unixNow(): number {
  return Math.floor(Date.now() / 1000);
}
