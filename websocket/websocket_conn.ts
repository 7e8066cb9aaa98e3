import { isBytes, isDetached } from "../internal/bytes/bytes.ts";
import { ClosedError } from "../internal/errors/closed_error.ts";
import { closeTimeoutOf, endAtLimits } from "./engine/_close_limits.ts";
import { limited } from "../internal/wait/limited.ts";
import { checkWait, type WaitOptions } from "../internal/wait/wait_options.ts";
import { Engine, type EngineFace, type EngineSetup } from "./engine/_engine.ts";
import type { DataOpcode } from "./frame/_frame_handler.ts";
import { detachedMessage, notAMessage } from "./engine/_message_data.ts";
import type { MessageData } from "./engine/_message_queue.ts";
import {
  MessageReads,
  type MessageReadsHost,
} from "./engine/_message_reads.ts";
import { MessageWritable } from "./engine/_message_writable.ts";
import { closePayload } from "./frame/_close_payload.ts";
import { MAX_CONTROL_SIZE } from "./frame/_frame_encoder.ts";
import { OPCode } from "./opcode.ts";
import { type PreparedMessage, takeBroadcast } from "./prepared_message.ts";
import { State } from "./state.ts";
import type { CloseInfo } from "./websocket_options.ts";

/**
 * Options for {@linkcode WebSocketConn.close}: at whichever limit comes first,
 * the connection is cut, and the call resolves as it does at any other end.
 */
export interface WebSocketCloseOptions extends WaitOptions {
  /**
   * Milliseconds without progress in which this closing is given up, instead of
   * `closeTimeout`; and for the peer's close frame when all bytes sent are with
   * the system, whatever the system still holds.
   *
   * @default {30000, or what the connection was opened with}
   */
  timeout?: number | undefined;
  /** Cuts the connection when it aborts. */
  signal?: AbortSignal | undefined;
  /** The moment at which the connection is cut, instead of the default. */
  deadline?: Date | number | undefined;
}

/** The most bytes of a frame before its payload (RFC 6455 section 5.2). */
const MAX_HEADER = 14;

/** What the opening handshake has found out. */
export interface WebSocketConnParts {
  /** The URL of the server, or the path that the client has asked for. */
  readonly url: string;
  /** The subprotocol, empty if there is none. */
  readonly protocol: string;
  /** `Sec-WebSocket-Extensions` as agreed on, empty if there are none. */
  readonly extensions: string;
  /** What keeps the header fields of the peer's half of the handshake. */
  readonly fields: { toHeaders(): Headers };
}

let begin: (conn: WebSocketConn, setup: EngineSetup) => void;
let Face: new (conn: WebSocketConn) => EngineFace & MessageReadsHost;

/** Starts a connection that has just been made. */
export function beginWebSocket(
  parts: WebSocketConnParts,
  setup: Omit<EngineSetup, "textAs">,
): WebSocketConn {
  const conn = new WebSocketConn(parts);
  begin(conn, { ...setup, textAs: "string" });
  return conn;
}

/**
 * A WebSocket connection (RFC 6455), of either side: messages in both
 * directions, as streams and as calls. Text is a `string`, binary a
 * `Uint8Array` that belongs to the receiver.
 *
 * **Reading.** Messages wait in a queue of at most 1,024 or 1 MiB, whichever
 * comes first. Beyond it the connection reads no more, so that a slow reader
 * stops the peer. Pings are answered meanwhile, as far as they are read.
 *
 * **Writing.** Messages sent within one turn of the event loop go out with one
 * write. When more than `maxBufferedBytes` wait, `sendPolicy` applies.
 *
 * **The end.** {@linkcode WebSocketConn.close} does the closing handshake,
 * {@linkcode WebSocketConn.terminate} cuts. Either way
 * {@linkcode WebSocketConn.closed} resolves once, and never rejects.
 *
 * @example Usage
 * ```ts
 * import { acceptWebSocket, dialWebSocket } from "@vnet/net/websocket";
 * import { listenTcp } from "@vnet/net/tcp";
 * import { assertEquals } from "@std/assert";
 *
 * using listener = listenTcp("127.0.0.1:0");
 * const accepting = listener.accept().then((conn) => acceptWebSocket(conn));
 * const client = await dialWebSocket(`ws://127.0.0.1:${listener.addr.port}/`);
 * const server = await accepting;
 *
 * await client.write("hello");
 * assertEquals(await server.read(), "hello");
 * await client.close(1000, "done");
 * assertEquals(await server.closed, { code: 1000, reason: "done", wasClean: true });
 * ```
 */
export class WebSocketConn {
  static {
    begin = (conn, setup) => conn.#begin(setup);
    // One object with methods that all connections share, and not a function
    // for each of them in every connection.
    Face = class implements EngineFace, MessageReadsHost {
      readonly #conn: WebSocketConn;

      constructor(conn: WebSocketConn) {
        this.#conn = conn;
      }

      get isBusy(): boolean {
        return this.#conn.#isHandling || this.hasBacklog;
      }

      get hasBacklog(): boolean {
        return this.#conn.#reads.hasQueued;
      }

      onText(text: string): void {
        this.#conn.#receive(text);
      }

      onBytes(_opcode: DataOpcode, payload: Uint8Array<ArrayBuffer>): void {
        this.#conn.#receive(payload);
      }

      onPong(): void {}

      onError(error: unknown): void {
        this.#conn.#error ??= error;
      }

      onCloseFrame(): void {
        this.#conn.#reads.end();
      }

      onClosed(info: CloseInfo): void {
        this.#conn.#end(info);
      }

      get name(): string {
        return `WebSocket "${this.#conn.url}"`;
      }

      onTaken(message: MessageData | undefined): void {
        this.#conn.#onTaken(message);
      }

      cancel(): Promise<unknown> {
        return this.#conn.close();
      }
    };
  }

  readonly #face: EngineFace & MessageReadsHost;
  readonly #reads: MessageReads;
  #closed: PromiseWithResolvers<CloseInfo> | undefined;
  #info: CloseInfo | undefined;
  #engineOrNot: Engine | undefined;
  readonly #fields: WebSocketConnParts["fields"];
  #headers: Headers | undefined;
  #writable: WritableStream<string | Uint8Array> | undefined;
  #writableController: WritableStreamDefaultController | undefined;
  #error: unknown;
  #hasClosed = false;
  /** Whether a message was read and no other has been asked for since. */
  #isHandling = false;

  /** The URL of the server, or the path that the client has asked for. */
  readonly url: string;
  /** The subprotocol, empty if there is none. */
  readonly protocol: string;
  /** `Sec-WebSocket-Extensions` as agreed on, empty if there are none. */
  readonly extensions: string;

  /**
   * Makes the face of a connection. Use `dialWebSocket` or `acceptWebSocket`.
   *
   * @param parts What the opening handshake has found out.
   */
  constructor(parts: WebSocketConnParts) {
    this.url = parts.url;
    this.protocol = parts.protocol;
    this.extensions = parts.extensions;
    this.#fields = parts.fields;
    this.#face = new Face(this);
    this.#reads = new MessageReads(this.#face);
  }

  /** The header fields of the peer's half of the opening handshake. */
  get headers(): Headers {
    return this.#headers ??= this.#fields.toHeaders();
  }

  /** How far the connection has come: 1 open, 2 closing, 3 closed. */
  get state(): State {
    return this.#engine.state;
  }

  /** How the connection ended, once it has. */
  get closed(): Promise<CloseInfo> {
    if (this.#closed === undefined) {
      this.#closed = Promise.withResolvers();
      if (this.#info !== undefined) this.#closed.resolve(this.#info);
    }
    return this.#closed.promise;
  }

  /** Bytes that wait to be sent, headers included. */
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
   * Reads a message. Calls may overlap and are served in the order asked; one
   * that times out or is aborted loses no message.
   *
   * @param wait Limits on this call.
   * @returns The message, or `null` when the peer has closed.
   * @throws {ProtocolError} If the peer has broken the protocol.
   * @throws {Deno.errors.UnexpectedEof} If the connection ended without a close
   * frame.
   * @throws {ClosedError} If it was cut on this side.
   *
   * @example Usage
   * ```ts
   * import { acceptWebSocket, dialWebSocket } from "@vnet/net/websocket";
   * import { listenTcp } from "@vnet/net/tcp";
   * import { assertEquals } from "@std/assert";
   *
   * using listener = listenTcp("127.0.0.1:0");
   * const accepting = listener.accept().then((conn) => acceptWebSocket(conn));
   * await using client = await dialWebSocket(`ws://127.0.0.1:${listener.addr.port}/`);
   * await using server = await accepting;
   *
   * await server.write(new Uint8Array([1, 2]));
   * assertEquals(await client.read({ timeout: 5000 }), new Uint8Array([1, 2]));
   * ```
   */
  read(wait?: WaitOptions): Promise<string | Uint8Array | null> {
    return this.#reads.read(wait);
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
   * Sends a message: a string as text, bytes as binary. It settles when the
   * message is with the system; the caller may use the buffer again as soon as
   * the call has returned, unless it waits (see `sendPolicy`) or messages are
   * compressed, and then when it has settled.
   *
   * The promise need not be awaited: if the connection is or gets closed, a
   * rejection that nobody looks at does not end the process.
   *
   * @param data The message.
   * @param wait Limits on this call. A message that has begun to go out does so
   * to its end.
   * @throws {TypeError} If the message is neither string nor bytes, or its memory
   * was transferred away.
   * @throws {ClosedError} If the connection is or gets closed.
   */
  write(data: string | Uint8Array, wait?: WaitOptions): Promise<void> {
    if (typeof data === "string") {
      return this.#engine.write(OPCode.textFrame, data, wait);
    }
    const error = checkBytes(data);
    if (error !== undefined) return Promise.reject(error);
    return this.#engine.write(OPCode.binaryFrame, data, wait);
  }

  /**
   * Sends a message that many connections get, without waiting, whatever
   * `sendPolicy` says: the caller looks at `bufferedBytes` before.
   *
   * @param message The message.
   * @returns Whether it is on its way: not if the connection is not open.
   */
  send(message: PreparedMessage): boolean {
    const engine = this.#engine;
    if (engine.state !== State.open) return false;
    const broadcast = takeBroadcast(message);
    if (engine.takesFrames) engine.sendFrame(broadcast.frame);
    else engine.send(broadcast.opcode, broadcast.payload);
    return true;
  }

  /**
   * Waits until all that was sent is with the system, or the connection ends.
   *
   * @param wait Limits on this call.
   *
   * @example Usage
   * ```ts
   * import { acceptWebSocket, dialWebSocket } from "@vnet/net/websocket";
   * import { listenTcp } from "@vnet/net/tcp";
   * import { assertEquals } from "@std/assert";
   *
   * using listener = listenTcp("127.0.0.1:0");
   * const accepting = listener.accept().then((conn) => acceptWebSocket(conn));
   * await using client = await dialWebSocket(`ws://127.0.0.1:${listener.addr.port}/`);
   * await using _server = await accepting;
   *
   * for (let count = 0; count < 3; count++) client.write("tick");
   * await client.flushed({ timeout: 5000 });
   * assertEquals(client.bufferedBytes, 0);
   * ```
   */
  async flushed(wait?: WaitOptions): Promise<void> {
    const engine = this.#engine;
    if (wait !== undefined) checkWait(wait);
    if (engine.state === State.closed || engine.bufferedBytes === 0) return;
    // The end is told by others.
    const flushed = engine.allFlushed().catch(() => {});
    if (wait === undefined) return await flushed;
    const what = `Cannot flush WebSocket "${this.url}"`;
    await limited(what, wait, () => flushed, () => {});
  }

  /**
   * Sends a ping and waits for its pong. The promise need not be awaited; see
   * {@linkcode WebSocketConn.write}.
   *
   * @param data At most 125 bytes, which come back; eight random ones if left
   * out.
   * @param wait Limits on this call.
   * @returns The milliseconds that it took.
   * @throws {TypeError | RangeError} If `data` is no `Uint8Array` of at most 125
   * bytes.
   * @throws {ClosedError} If the connection is or gets closed.
   *
   * @example Usage
   * ```ts
   * import { acceptWebSocket, dialWebSocket } from "@vnet/net/websocket";
   * import { listenTcp } from "@vnet/net/tcp";
   * import { assert } from "@std/assert";
   *
   * using listener = listenTcp("127.0.0.1:0");
   * const accepting = listener.accept().then((conn) => acceptWebSocket(conn));
   * await using client = await dialWebSocket(`ws://127.0.0.1:${listener.addr.port}/`);
   * await using _server = await accepting;
   *
   * assert(await client.ping() >= 0);
   * ```
   */
  ping(data?: Uint8Array, wait?: WaitOptions): Promise<number> {
    const payload = data ?? crypto.getRandomValues(new Uint8Array(8));
    const error = checkControl("ping", payload);
    return error ?? this.#engine.measurePing(payload, wait);
  }

  /**
   * Sends a pong that nobody has asked for, as a sign of life. It settles when
   * the pong is with the system, and need not be awaited; see
   * {@linkcode WebSocketConn.write}.
   *
   * @param data At most 125 bytes; none if left out.
   * @param wait Limits on this call. The pong goes out though they pass.
   * @throws {TypeError | RangeError} If `data` is no `Uint8Array` of at most 125
   * bytes.
   * @throws {ClosedError} If the connection is or gets closed.
   */
  pong(data?: Uint8Array, wait?: WaitOptions): Promise<void> {
    const payload = data ?? new Uint8Array(0);
    const error = checkControl("pong", payload);
    return error ?? this.#engine.sendPong(payload, wait);
  }

  /**
   * The messages as a stream without read-ahead of its own. It ends with the
   * connection, and errors if that does not end cleanly. Cancelling it closes
   * the connection.
   *
   * @example Usage
   * ```ts
   * import { acceptWebSocket, dialWebSocket } from "@vnet/net/websocket";
   * import { listenTcp } from "@vnet/net/tcp";
   * import { assertEquals } from "@std/assert";
   *
   * using listener = listenTcp("127.0.0.1:0");
   * const accepting = listener.accept().then((conn) => acceptWebSocket(conn));
   * const client = await dialWebSocket(`ws://127.0.0.1:${listener.addr.port}/`);
   * const server = await accepting;
   *
   * const echo = server.readable.pipeTo(server.writable);
   * await client.write("hello");
   * for await (const message of client.readable) {
   *   assertEquals(message, "hello");
   *   break;
   * }
   * await client.closed;
   * await echo;
   * ```
   */
  get readable(): ReadableStream<string | Uint8Array> {
    return this.#reads.readable;
  }

  /**
   * A stream to send messages to. A write settles when the message may be
   * forgotten; beyond `maxBufferedBytes` the stream signals backpressure. A write
   * of a writer need not be awaited; see {@linkcode WebSocketConn.write}.
   * Closing it does the closing handshake with code 1000, aborting it cuts the
   * connection.
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
   * waits until the connection has ended, or gives it up when there is no
   * progress for the limit, which ends with 1006. Messages that come meanwhile
   * can still be read. Closing again waits for the same end.
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
      const timeout = closeTimeoutOf(options);
      this.#hasClosed = true;
      this.#engine.beginClose(code, reason, timeout);
      endAtLimits(options, {
        ended: () => this.closed,
        cut: () => this.terminate(),
        giveUp: () => this.#engine.beginClose(code, reason, 0),
      });
    } catch (error) {
      return Promise.reject(error);
    }
    // What fills the queue must not keep the close frame from being seen.
    this.#engine.resume();
    return this.closed;
  }

  /** Cuts the connection at once: the peer sees its end without a close frame. */
  terminate(): void {
    this.#error ??= new ClosedError(
      `Cannot use WebSocket "${this.url}": it was cut`,
    );
    this.#engine.terminate();
  }

  /** Closes the connection at the end of an `await using` scope. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  get #engine(): Engine {
    if (this.#engineOrNot === undefined) {
      throw new TypeError("Cannot use a WebSocketConn that was not opened");
    }
    return this.#engineOrNot;
  }

  #begin(setup: EngineSetup): void {
    this.#engineOrNot = new Engine(this.#face, setup);
    this.#engineOrNot.start(setup.options);
  }

  #receive(message: MessageData): void {
    if (this.#reads.offer(message)) {
      this.#isHandling = true;
      return;
    }
    const { queue } = this.#reads;
    if (this.#hasClosed && queue.isFull) return;
    queue.push(message);
    if (queue.isFull && !this.#hasClosed) this.#engine.pause();
  }

  #onTaken(message: MessageData | undefined): void {
    this.#isHandling = message !== undefined;
    if (message === undefined) this.#engine.onIdle();
    else this.#engine.onTaken();
    if (this.#engine.isPaused && this.#reads.queue.hasRoom) {
      this.#engine.resume();
    }
  }

  #end(info: CloseInfo): void {
    if (!info.wasClean) {
      this.#error ??= this.#hasClosed
        ? new ClosedError(`Cannot use WebSocket "${this.url}": it was closed`)
        : new Deno.errors.UnexpectedEof(
          `Cannot read from WebSocket "${this.url}": it ended without a close frame`,
        );
    }
    this.#reads.end(info.wasClean ? undefined : this.#error);
    // After a clean end the stream may still be closed, as pipes do.
    if (!info.wasClean) this.#writableController?.error(this.#error);
    this.#info = info;
    this.#closed?.resolve(info);
  }

  #makeWritable(): WritableStream<string | Uint8Array> {
    return new MessageWritable<string | Uint8Array>(
      {
        start: (controller) => {
          this.#writableController = controller;
        },
        write: (message) => this.#writeChunk(message),
        close: async () => {
          const { wasClean } = await this.close();
          if (!wasClean) throw this.#error;
        },
        abort: () => this.terminate(),
      },
      undefined,
      (message) => this.#sendNow(message),
    );
  }

  /** Sends a message if it has to wait for nothing, and tells whether it did. */
  #sendNow(message: string | Uint8Array): boolean {
    const engine = this.#engine;
    const isText = typeof message === "string";
    const isGood = isText || checkBytes(message) === undefined;
    if (!isGood || engine.state !== State.open) return false;
    const size = MAX_HEADER + (isText ? 3 * message.length : message.length);
    if (!engine.hasRoom(size)) return false;
    engine.write(isText ? OPCode.textFrame : OPCode.binaryFrame, message);
    return true;
  }

  /** Settles at once unless too much waits: errors show in the stream's state. */
  #writeChunk(message: string | Uint8Array): Promise<void> | void {
    const engine = this.#engine;
    const isText = typeof message === "string";
    const error = isText ? undefined : checkBytes(message);
    if (error !== undefined) throw error;
    const opcode = isText ? OPCode.textFrame : OPCode.binaryFrame;
    const written = engine.write(opcode, message);
    return engine.state === State.open ? engine.drained() : written;
  }
}

/** The error of a message that is no string and no bytes to be sent either. */
function checkBytes(data: unknown): TypeError | undefined {
  if (!isBytes(data)) return notAMessage(data);
  return isDetached(data) ? detachedMessage() : undefined;
}

/** A rejection if the payload can't be that of a control frame. */
function checkControl(
  kind: string,
  payload: unknown,
): Promise<never> | undefined {
  if (!isBytes(payload)) {
    return Promise.reject(
      new TypeError(
        `Cannot send a ${kind} of type ${typeof payload}: expected a Uint8Array`,
      ),
    );
  }
  if (isDetached(payload)) {
    return Promise.reject(
      new TypeError(
        `Cannot send a ${kind}: the memory of its payload was transferred away`,
      ),
    );
  }
  if (payload.length <= MAX_CONTROL_SIZE) return undefined;
  return Promise.reject(
    new RangeError(
      `Cannot send a ${kind} of ${payload.length} bytes: expected at most ${MAX_CONTROL_SIZE}`,
    ),
  );
}
