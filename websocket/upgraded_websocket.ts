import { isBytes, isDetached } from "../internal/bytes/bytes.ts";
import { ClosedError } from "../internal/errors/closed_error.ts";
import { printError } from "../internal/errors/print_error.ts";
import type { WaitOptions } from "../internal/wait/wait_options.ts";
import { closeTimeoutOf, endAtLimits } from "./engine/_close_limits.ts";
import { closePayload } from "./frame/_close_payload.ts";
import { detachedMessage, notAMessage } from "./engine/_message_data.ts";
import type { MessageData } from "./engine/_message_queue.ts";
import { MessageWritable } from "./engine/_message_writable.ts";
import { MessageReads } from "./engine/_message_reads.ts";
import {
  handled,
  RuntimeEngine,
  type RuntimeEngineOptions,
} from "./engine/_runtime_engine.ts";
import { CloseCode } from "./close_code.ts";
import type { MessageConn } from "./message_conn.ts";
import { ProtocolError } from "./protocol_error.ts";
import { State } from "./state.ts";
import type {
  WebSocketCloseOptions,
  WebSocketConnParts,
} from "./websocket_conn.ts";
import type { CloseInfo } from "./websocket_options.ts";

const DEFAULT_MAX_QUEUED = 16 * 1024 * 1024;
/** What a message costs in a queue beside its payload. */
const MESSAGE_OVERHEAD = 64;

/** What is kept of the options for the whole connection. */
export interface UpgradedWebSocketOptions extends RuntimeEngineOptions {
  /** The most bytes of messages that may wait to be read. */
  maxQueuedBytes?: number;
  /** What to do with the connection once it is open. */
  onOpen?: (conn: UpgradedWebSocket) => unknown;
  /** Told of what goes wrong. */
  onError?: (error: unknown, conn: UpgradedWebSocket) => unknown;
}

let begin: (
  conn: UpgradedWebSocket,
  socket: WebSocket,
  options: UpgradedWebSocketOptions,
) => void;

/** Whether the peer has left so much unread that nothing is queued for it. */
export let isOverLimit: (conn: UpgradedWebSocket) => boolean;

/** Makes the face of a WebSocket of the runtime's server. */
export function beginUpgraded(
  parts: WebSocketConnParts,
  socket: WebSocket,
  options: UpgradedWebSocketOptions,
): UpgradedWebSocket {
  const conn = new UpgradedWebSocket(parts);
  begin(conn, socket, options);
  return conn;
}

/**
 * The server's side of a WebSocket inside `Deno.serve`: what `upgradeWebSocket`
 * gives. It is used like a `WebSocketConn`, and code for both takes a
 * `MessageConn`; `upgradeWebSocket` tells what this one can't do.
 *
 * It begins in state 0, connecting, and is open once `Deno.serve` has sent the
 * response. Reads and writes made before wait for that.
 *
 * @example Usage
 * ```ts
 * import { type UpgradedWebSocket, upgradeWebSocket } from "@vnet/net/websocket";
 * import { dialWebSocket } from "@vnet/net/websocket";
 * import { assertEquals } from "@std/assert";
 *
 * async function greet(conn: UpgradedWebSocket): Promise<void> {
 *   await conn.write(`hello ${await conn.read({ timeout: 5000 })}`);
 *   await conn.close(1000, "done");
 * }
 *
 * await using server = Deno.serve(
 *   { hostname: "127.0.0.1", port: 0, onListen: () => {} },
 *   (request) => upgradeWebSocket(request, { onOpen: greet }).response,
 * );
 * const client = await dialWebSocket(`ws://127.0.0.1:${server.addr.port}/`);
 * await client.write("you");
 * assertEquals(await client.read(), "hello you");
 * assertEquals((await client.closed).reason, "done");
 * ```
 */
export class UpgradedWebSocket implements MessageConn {
  static {
    begin = (conn, socket, options) => conn.#begin(socket, options);
    isOverLimit = (conn) => conn.#engine.isOverLimit;
  }

  readonly #fields: WebSocketConnParts["fields"];
  readonly #reads: MessageReads;
  readonly #closed = Promise.withResolvers<CloseInfo>();
  #engineOrNot: RuntimeEngine | undefined;
  #writable: WritableStream<string | Uint8Array> | undefined;
  #writableController: WritableStreamDefaultController | undefined;
  #maxQueued = DEFAULT_MAX_QUEUED;
  #queuedBytes = 0;
  #hasClosed = false;
  #error: unknown;
  #onError: UpgradedWebSocketOptions["onError"];
  #info: CloseInfo | undefined;

  /** The path with its query that the client has asked for. */
  readonly url: string;
  /** The subprotocol, empty if there is none. */
  readonly protocol: string;
  /** Always empty: the runtime's server has no extensions. */
  readonly extensions: string;

  /**
   * Makes the face of a connection. Use `upgradeWebSocket`.
   *
   * @param parts What the client has asked for.
   */
  constructor(parts: WebSocketConnParts) {
    this.url = parts.url;
    this.protocol = parts.protocol;
    this.extensions = parts.extensions;
    this.#fields = parts.fields;
    this.#reads = new MessageReads({
      name: this.#name,
      onTaken: (message) => {
        if (message !== undefined) this.#queuedBytes -= sizeOf(message);
      },
      cancel: () => this.close(),
    });
  }

  /** The header fields of the client's request. */
  get headers(): Headers {
    return this.#fields.toHeaders();
  }

  /** How far the connection has come: 0 connecting, 1 open, 2 closing, 3 closed. */
  get state(): State {
    return this.#engine.state;
  }

  /** How the connection ended, once it has. It resolves once, and never rejects. */
  get closed(): Promise<CloseInfo> {
    return this.#closed.promise;
  }

  /**
   * Bytes that wait to be sent. The runtime stops counting at the close frame,
   * which waits for what is before it for a third of `idleTimeout`; from then on
   * it is what waited at that moment.
   */
  get bufferedBytes(): number {
    return this.#engine.bufferedBytes;
  }

  /** Messages received, those that nobody has read included. */
  get messagesReceived(): number {
    return this.#engine.messagesReceived;
  }

  /** Messages that went out or wait to. */
  get messagesSent(): number {
    return this.#engine.messagesSent;
  }

  /** Messages that were not sent, by the policy `"drop"`. */
  get messagesDropped(): number {
    return this.#engine.messagesDropped;
  }

  /** Milliseconds that a read may take, `Infinity` for no limit. */
  get readTimeout(): number {
    return this.#reads.timeout;
  }

  /** The moment at which reading times out. */
  get readDeadline(): Date | undefined {
    return this.#reads.deadline;
  }

  /**
   * Limits each read from now on: milliseconds, `0` to poll, `Infinity` (the
   * default) for none.
   *
   * @param timeout Milliseconds.
   */
  setReadTimeout(timeout: number): void {
    this.#reads.timeout = timeout;
  }

  /**
   * Sets the moment at which reading times out, of pending calls too.
   *
   * @param deadline The moment, or `undefined` for none.
   */
  setReadDeadline(deadline: Date | number | undefined): void {
    this.#reads.setDeadline(deadline);
  }

  /**
   * Reads a message. Calls may overlap and are served in the order asked; one
   * that times out or is aborted loses no message.
   *
   * @param wait Limits on this call.
   * @returns The message, or `null` after a clean end.
   * @throws {ProtocolError} If a limit on messages was passed, once those before
   * it are read.
   * @throws {Deno.errors.UnexpectedEof} If the connection ended without a close
   * frame.
   * @throws {ClosedError} If it was cut on this side.
   */
  read(wait?: WaitOptions): Promise<string | Uint8Array | null> {
    return this.#reads.read(wait);
  }

  /**
   * Sends a message: a string as text, bytes as binary. It settles when the
   * runtime has taken a copy of it, which may be before it is with the system.
   *
   * The promise need not be awaited: if the connection is or gets closed, a
   * rejection that nobody looks at does not end the process.
   *
   * @param data The message.
   * @param wait Limits on this call.
   * @throws {TypeError} If the message is neither string nor bytes.
   * @throws {ClosedError} If the connection is or gets closed.
   */
  write(data: string | Uint8Array, wait?: WaitOptions): Promise<void> {
    if (typeof data === "string" || isBytes(data)) {
      return typeof data !== "string" && isDetached(data)
        ? Promise.reject(detachedMessage())
        : this.#engine.write(data, wait);
    }
    return Promise.reject(notAMessage(data));
  }

  /**
   * Rejects: the runtime sends its own pings and hands no pong out. The promise
   * need not be awaited.
   *
   * @throws {Deno.errors.NotSupported} Always.
   */
  ping(_data?: Uint8Array, _wait?: WaitOptions): Promise<number> {
    return notSupported("ping", this.#name);
  }

  /**
   * Rejects: the runtime sends no pong that was not asked for. The promise need
   * not be awaited.
   *
   * @throws {Deno.errors.NotSupported} Always.
   */
  pong(_data?: Uint8Array): Promise<void> {
    return notSupported("pong", this.#name);
  }

  /**
   * The messages as a stream without read-ahead of its own. It ends with the
   * connection, and errors if that does not end cleanly. Cancelling it closes
   * the connection.
   */
  get readable(): ReadableStream<string | Uint8Array> {
    return this.#reads.readable;
  }

  /**
   * A stream to send messages to, with backpressure beyond `maxBufferedBytes`.
   * Closing it does the closing handshake with code 1000, aborting it ends the
   * connection as `terminate` does.
   */
  get writable(): WritableStream<string | Uint8Array> {
    return this.#writable ??= this.#makeWritable();
  }

  /** The messages, until the connection ends. */
  [Symbol.asyncIterator](): AsyncIterableIterator<string | Uint8Array> {
    return this.readable[Symbol.asyncIterator]();
  }

  /**
   * Does the closing handshake: sends a close frame behind all messages and
   * waits until the connection has ended, or gives up at the limit. A message
   * that is on its way here meanwhile makes the runtime cut the connection,
   * which then ends with 1006. Closing again waits for the same end.
   *
   * @param code 1000 to 1003, 1007 to 1014 or 3000 to 4999.
   * @param reason At most 123 bytes of UTF-8.
   * @param options How long it may take.
   * @returns How the connection has ended.
   * @throws {TypeError | RangeError} If the code or the reason can't be sent.
   */
  close(
    code = 1000,
    reason = "",
    options: WebSocketCloseOptions = {},
  ): Promise<CloseInfo> {
    try {
      closePayload(code, reason);
      this.#engine.beginClose(code, reason, closeTimeoutOf(options));
      this.#hasClosed = true;
      endAtLimits(options, {
        ended: () => this.closed,
        cut: () => this.terminate(),
        giveUp: () => this.#engine.beginClose(code, reason, 0),
      });
    } catch (error) {
      return Promise.reject(error);
    }
    return this.#closed.promise;
  }

  /**
   * Ends the connection on this side at once. The runtime can't cut it: the peer
   * gets a close frame with 1001, and the socket is freed when the peer says or
   * does anything.
   */
  terminate(): void {
    this.#error ??= new ClosedError(`Cannot use ${this.#name}: it was cut`);
    this.#engine.terminate();
  }

  /** Closes the connection at the end of an `await using` scope. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  get #name(): string {
    return `WebSocket "${this.url}"`;
  }

  get #engine(): RuntimeEngine {
    if (this.#engineOrNot === undefined) {
      throw new TypeError(
        "Cannot use an UpgradedWebSocket that was not opened",
      );
    }
    return this.#engineOrNot;
  }

  #begin(socket: WebSocket, options: UpgradedWebSocketOptions): void {
    this.#maxQueued = options.maxQueuedBytes ?? DEFAULT_MAX_QUEUED;
    const { onOpen } = options;
    this.#onError = options.onError;
    const face = {
      onText: (text: string) => this.#receive(text),
      onBytes: (_opcode: number, payload: Uint8Array<ArrayBuffer>) =>
        this.#receive(payload),
      onPong: () => {},
      onError: (error: unknown) => {
        this.#error ??= error;
        this.#report(error);
      },
      onClosed: (info: CloseInfo) => this.#end(info),
    };
    this.#engineOrNot = new RuntimeEngine(
      face,
      socket,
      this.#name,
      options,
      () => onOpen && this.#handle(onOpen),
    );
  }

  /** Runs the handler, whose failure ends this connection and nothing else. */
  async #handle(onOpen: (conn: UpgradedWebSocket) => unknown): Promise<void> {
    try {
      await onOpen(this);
    } catch (error) {
      // It may only pass on how the connection has ended.
      const isEnd = error === this.#error ||
        this.state !== State.open && error instanceof ClosedError;
      if (!isEnd) {
        if (this.#onError === undefined) {
          printError("Uncaught error in onOpen", error);
        } else this.#report(error);
      }
      if (this.#info !== undefined) return;
      this.#error ??= error;
      await this.close(CloseCode.internalError);
    }
  }

  #report(error: unknown): void {
    const printLast = (last: unknown) =>
      printError("Uncaught error in onError", last);
    try {
      const result = this.#onError?.(error, this);
      if (result instanceof Promise) result.catch(printLast);
    } catch (last) {
      printLast(last);
    }
  }

  #receive(message: MessageData): void {
    if (this.#reads.offer(message) || this.#hasClosed) return;
    this.#queuedBytes += sizeOf(message);
    if (this.#queuedBytes <= this.#maxQueued) {
      return this.#reads.queue.push(message);
    }
    this.#hasClosed = true;
    this.#engine.fail(
      new ProtocolError(CloseCode.tryAgainLater, "Too many messages wait here"),
    );
  }

  #end(info: CloseInfo): void {
    this.#info = info;
    if (!info.wasClean) {
      this.#error ??= this.#hasClosed
        ? new ClosedError(`Cannot use ${this.#name}: it was closed`)
        : new Deno.errors.UnexpectedEof(
          `Cannot read from ${this.#name}: it ended without a close frame`,
        );
    }
    this.#reads.end(info.wasClean ? undefined : this.#error);
    // After a clean end the stream may still be closed, as pipes do.
    if (!info.wasClean) this.#writableController?.error(this.#error);
    this.#closed.resolve(info);
  }

  #makeWritable(): WritableStream<string | Uint8Array> {
    return new MessageWritable({
      start: (controller) => {
        this.#writableController = controller;
      },
      write: async (message) => {
        await this.write(message);
        await this.#engine.drained();
        if (this.#info !== undefined && !this.#info.wasClean) throw this.#error;
      },
      close: async () => {
        await this.close();
      },
      abort: () => this.terminate(),
    }, { highWaterMark: 64 });
  }
}

/** Tells that the runtime's WebSocket sends no ping or pong when it is told to. */
function notSupported(what: string, name: string): Promise<never> {
  return handled(Promise.reject(
    new Deno.errors.NotSupported(
      `Cannot send a ${what} on ${name}: Deno.upgradeWebSocket has no way to, acceptWebSocket has`,
    ),
  ));
}

function sizeOf(message: MessageData): number {
  return message.length + MESSAGE_OVERHEAD;
}
