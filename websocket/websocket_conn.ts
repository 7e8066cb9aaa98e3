import {
  checkOptions,
  checkWait,
  isCount,
  type OptionChecks,
} from "../internal/check_options.ts";
import { OPEN } from "../internal/wait/poll_gate.ts";
import { limited } from "../internal/wait/limited.ts";
import type { WaitOptions } from "../internal/wait/wait_options.ts";
import { Engine } from "./engine/_engine.ts";
import type { EngineSetup } from "./engine/_engine_setup.ts";
import {
  checkControl,
  checkMessage,
  opcodeOf,
} from "./engine/_message_data.ts";
import type { MessageEngine } from "./engine/_message_engine.ts";
import type { MessageSender } from "./engine/_message_sender.ts";
import { MessageSession } from "./engine/_message_session.ts";
import { OutgoingMessage } from "./engine/_outgoing_message.ts";
import { MessageWritable } from "./engine/_message_writable.ts";
import { CloseCode } from "./close_code.ts";
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
   * @default {30000, or the value with which the connection was opened}
   */
  timeout?: number | undefined;
  /** Cuts the connection when it aborts. */
  signal?: AbortSignal | undefined;
  /** The moment at which the connection is cut, instead of the default. */
  deadline?: Date | number | undefined;
}

/** Options for {@linkcode WebSocketConn.readMessage}. */
export interface ReadMessageOptions extends WaitOptions {
  /**
   * The most bytes of the message, inflated; a larger one ends the connection with
   * 1009. The connection's own `maxMessageSize` and `maxFragments` do not apply.
   *
   * @default {Infinity}
   */
  maxMessageSize?: number | undefined;
}

const READ_MESSAGE_CHECKS: OptionChecks<ReadMessageOptions> = {
  maxMessageSize: isCount(1),
};

/**
 * A message that is read in pieces: the result of
 * {@linkcode WebSocketConn.readMessage}.
 *
 * @example Usage
 * ```ts
 * import {
 *   acceptWebSocket,
 *   dialWebSocket,
 *   type IncomingWebSocketMessage,
 * } from "@vnet/net/websocket";
 * import { listenTcp } from "@vnet/net/tcp";
 * import { assertEquals } from "@std/assert";
 *
 * function readAll({ readable }: IncomingWebSocketMessage): Promise<string> {
 *   return new Response(readable).text();
 * }
 *
 * using listener = listenTcp("127.0.0.1:0");
 * const accepting = listener.accept().then((conn) => acceptWebSocket(conn));
 * await using client = await dialWebSocket(`ws://127.0.0.1:${listener.addr.port}/`);
 * await using server = await accepting;
 *
 * await client.write("hello");
 * const message = await server.readMessage();
 * assertEquals(message && await readAll(message), "hello");
 * ```
 */
export interface IncomingWebSocketMessage {
  /** The kind of message: text or binary. */
  readonly opcode: typeof OPCode.textFrame | typeof OPCode.binaryFrame;
  /**
   * Its bytes, those of text in UTF-8; a character may be cut between two chunks.
   * Cancelling it skips the rest of the message.
   */
  readonly readable: ReadableStream<Uint8Array<ArrayBuffer>>;
}

/** The most bytes of a frame before its payload (RFC 6455 section 5.2). */
const MAX_HEADER = 14;

/** The outcome of the opening handshake. */
export interface WebSocketConnParts {
  /** The URL of the server, or the path that the client has asked for. */
  readonly url: string;
  /** The subprotocol, empty if there is none. */
  readonly protocol: string;
  /** `Sec-WebSocket-Extensions` as agreed on, empty if there are none. */
  readonly extensions: string;
  /** The header fields of the peer's half of the handshake. */
  readonly fields: { toHeaders(): Headers };
  /** The address of the client, on a server. */
  readonly clientAddress?: string | undefined;
}

/** Sends a message; settles when the system has taken it. */
export let writeThrough: (
  conn: WebSocketConn,
  data: string | Uint8Array,
) => Promise<void>;

/** Whether a connection has ended in the middle of a message of the peer. */
export let hasTornMessage: (conn: WebSocketConn) => boolean;

/** The sending side of a connection. */
export let senderOf: (conn: WebSocketConn) => MessageSender;

/** Makes a connection of an engine that reports to a session. */
export let makeWebSocketConn: (
  parts: WebSocketConnParts,
  session: MessageSession,
  engine: MessageEngine,
) => WebSocketConn;

/** Starts a connection after its handshake. */
export function beginWebSocket(
  parts: WebSocketConnParts,
  setup: Omit<EngineSetup, "textAs">,
): WebSocketConn {
  const session = new MessageSession(parts.url);
  const engine = new Engine(session, { ...setup, textAs: "string" });
  const conn = makeWebSocketConn(parts, session, engine);
  engine.start(setup.options);
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
 * system call. A write settles when its message is queued; see
 * {@linkcode WebSocketConn.write}. When more than `maxBufferedBytes` wait, `sendPolicy` applies.
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
    makeWebSocketConn = (parts, session, engine) =>
      new WebSocketConn(parts, session, engine);
    hasTornMessage = (conn) => conn.#engine.hasTornMessage ?? false;
    senderOf = (conn) => conn.#sender;
    writeThrough = (conn, data) =>
      conn.#sender.writeThrough(opcodeOf(data), data);
  }

  readonly #session: MessageSession;
  readonly #engine: MessageEngine;
  readonly #sender: MessageSender;
  readonly #fields: WebSocketConnParts["fields"];
  #headers: Headers | undefined;
  #writable: WritableStream<string | Uint8Array> | undefined;

  /** The URL of the server, or the path that the client has asked for. */
  readonly url: string;
  /** The subprotocol, empty if there is none. */
  readonly protocol: string;
  /** `Sec-WebSocket-Extensions` as agreed on, empty if there are none. */
  readonly extensions: string;
  /**
   * The address of the client: that of the socket, or the one that
   * `trustedProxies` tell. It is `undefined` if the client has no IP address, and
   * on the client's side.
   */
  readonly clientAddress: string | undefined;

  private constructor(
    parts: WebSocketConnParts,
    session: MessageSession,
    engine: MessageEngine,
  ) {
    this.url = parts.url;
    this.protocol = parts.protocol;
    this.extensions = parts.extensions;
    this.clientAddress = parts.clientAddress;
    this.#fields = parts.fields;
    this.#session = session;
    this.#engine = engine;
    this.#sender = engine.sender;
    session.attach(engine);
  }

  /** The header fields of the peer's half of the opening handshake. */
  get headers(): Headers {
    return this.#headers ??= this.#fields.toHeaders();
  }

  /**
   * The state of the connection: 1 open, 2 closing, 3 closed; and 0, connecting,
   * for one of `upgradeWebSocket` whose response has not been sent.
   */
  get state(): State {
    return this.#engine.state;
  }

  /** How the connection ended, once it has. */
  get closed(): Promise<CloseInfo> {
    return this.#session.closed;
  }

  /** Bytes that wait to be sent, headers included. */
  get bufferedBytes(): number {
    return this.#sender.bufferedBytes;
  }

  /** Messages received, unread ones included. */
  get messagesReceived(): number {
    return this.#engine.messagesReceived;
  }

  /** Messages that went out or wait to. */
  get messagesSent(): number {
    return this.#sender.messagesSent;
  }

  /** Messages that were not sent, by the policy `"drop"`. */
  get messagesDropped(): number {
    return this.#sender.messagesDropped;
  }

  /** Milliseconds that a read may take, `Infinity` for no limit. */
  get readTimeout(): number {
    return this.#session.timeout;
  }

  /** The moment at which reading times out. */
  get readDeadline(): Date | undefined {
    return this.#session.deadline;
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
    return this.#session.read(wait);
  }

  /**
   * Limits each read from now on: milliseconds, `0` to poll, `Infinity` (the
   * default) for none.
   *
   * @param timeout Milliseconds.
   */
  setReadTimeout(timeout: number): void {
    this.#session.timeout = timeout;
  }

  /**
   * Sets the moment at which reading times out, of pending calls too.
   *
   * @param deadline The moment, or `undefined` for none.
   */
  setReadDeadline(deadline: Date | number | undefined): void {
    this.#session.setDeadline(deadline);
  }

  /**
   * Sends a message: a string as text, bytes as binary. While fewer than 64 KiB
   * are queued, it settles as soon as the message is queued, so that a loop of
   * `read()` and an awaited `write()` sends many messages with one system call;
   * otherwise when the system has taken the message. If the connection fails
   * behind a call that has settled, {@linkcode WebSocketConn.closed} and the next
   * call tell so; {@linkcode WebSocketConn.flushed} waits for the system.
   *
   * The caller may use the buffer again as soon as the call has returned, unless
   * it waits (see `sendPolicy`), and then when it has settled. The promise need not
   * be awaited: an unhandled rejection because the connection is or gets closed
   * does not end the process.
   *
   * @param data The message.
   * @param wait Limits on this call. A message that has begun to go out does so
   * to its end.
   * @throws {TypeError} If the message is neither string nor bytes, or its memory
   * was transferred away.
   * @throws {ClosedError} If the connection is or gets closed.
   */
  write(data: string | Uint8Array, wait?: WaitOptions): Promise<void> {
    const error = checkMessage(data);
    if (error !== undefined) return Promise.reject(error);
    return this.#sender.write(opcodeOf(data), data, wait);
  }

  /**
   * Reads a message in pieces as they arrive, for messages larger than memory. At
   * most 64 KiB are read ahead: a slow reader stops the peer. The next message
   * begins when this one has been read to its end, or cancelled.
   *
   * Text is checked across the chunks: bytes that are not UTF-8 error the stream and
   * end the connection with 1007. The stream also errors if the connection ends
   * in the middle of the message.
   *
   * From the first call on, messages arrive one by one, for the calls that wait:
   * `read()` takes a whole one, which `maxMessageSize` limits. Before the first
   * call, a message over that limit is a violation unless the call is made in the
   * turn of the event loop in which the message arrives.
   *
   * @param options Limits on the wait for the message, and on its size.
   * @returns The message, or `null` when the peer has closed.
   * @throws {TypeError | RangeError} If an option is not valid.
   * @throws {ProtocolError | Deno.errors.UnexpectedEof | ClosedError} As `read`.
   * @throws {Deno.errors.NotSupported} Inside `Deno.serve`.
   *
   * @example Usage
   * ```ts
   * import { acceptWebSocket, dialWebSocket, OPCode } from "@vnet/net/websocket";
   * import { listenTcp } from "@vnet/net/tcp";
   * import { assertEquals } from "@std/assert";
   *
   * using listener = listenTcp("127.0.0.1:0");
   * const accepting = listener.accept().then((conn) => acceptWebSocket(conn));
   * await using client = await dialWebSocket(`ws://127.0.0.1:${listener.addr.port}/`);
   * await using server = await accepting;
   *
   * const chunk = new Uint8Array(1024 * 1024);
   * const sending = ReadableStream.from([chunk, chunk])
   *   .pipeTo(await client.writeMessage(OPCode.binaryFrame));
   * const message = await server.readMessage({ timeout: 5000 });
   * let size = 0;
   * for await (const piece of message?.readable ?? []) size += piece.length;
   * assertEquals(size, 2 * chunk.length);
   * await sending;
   * ```
   */
  readMessage(
    options: ReadMessageOptions = {},
  ): Promise<IncomingWebSocketMessage | null> {
    try {
      checkOptions(options, READ_MESSAGE_CHECKS);
    } catch (error) {
      return Promise.reject(error);
    }
    const { maxMessageSize = Infinity } = options;
    return this.#engine.streams === undefined
      ? this.#refuseStreams()
      : this.#session.readMessage(maxMessageSize, options);
  }

  /**
   * Begins a message that is sent in pieces, one frame for each chunk written to
   * the stream; closing the stream ends the message. Chunks are bytes, those of
   * text in UTF-8, which may be cut anywhere. The stream has backpressure beyond
   * `maxBufferedBytes`.
   *
   * Other messages wait for the end of this one, whatever `sendPolicy` says; pings
   * and pongs do not. A message can't be ended halfway: if the stream is aborted,
   * or a chunk of text is not UTF-8, the connection closes with 1011, unless
   * nothing was sent yet. {@linkcode WebSocketConn.close} cuts the message off.
   *
   * @param opcode `OPCode.textFrame` or `OPCode.binaryFrame`.
   * @param wait Limits on the wait for the end of other messages.
   * @returns The stream.
   * @throws {RangeError} If `opcode` is none of these.
   * @throws {ClosedError} If the connection is or gets closed.
   * @throws {Deno.errors.NotSupported} Inside `Deno.serve`.
   */
  async writeMessage(
    opcode: typeof OPCode.textFrame | typeof OPCode.binaryFrame,
    wait?: WaitOptions,
  ): Promise<WritableStream<Uint8Array>> {
    if (opcode !== OPCode.textFrame && opcode !== OPCode.binaryFrame) {
      throw new RangeError(
        `Cannot begin a message with opcode ${opcode}: expected textFrame or binaryFrame`,
      );
    }
    const { streams } = this.#engine;
    if (streams === undefined) return await this.#refuseStreams();
    await streams.pieces.openMessage(wait);
    const message = new OutgoingMessage({
      opcode,
      pieces: streams.pieces,
      onAbort: () => {
        this.close(CloseCode.internalError, "Message aborted");
      },
    });
    const writable = new WritableStream(message);
    this.#session.watch(message);
    return writable;
  }

  #refuseStreams(): Promise<never> {
    return Promise.reject(
      new Deno.errors.NotSupported(
        `Cannot stream a message on WebSocket "${this.url}": Deno.upgradeWebSocket has no way to, acceptWebSocket has`,
      ),
    );
  }

  /**
   * Sends a message that many connections get, without waiting, whatever
   * `sendPolicy` says: the caller looks at `bufferedBytes` before.
   *
   * @param message The message.
   * @returns Whether it is on its way: not if the connection is not open.
   */
  send(message: PreparedMessage): boolean {
    if (this.state !== State.open) return false;
    this.#sender.sendBroadcast(takeBroadcast(message));
    return true;
  }

  /**
   * Waits until the system has taken all that was sent, or the connection ends.
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
    if (engine.state === State.closed || this.#sender.bufferedBytes === 0) {
      return;
    }
    // The end of the connection is reported elsewhere.
    const flushed = this.#sender.allFlushed().catch(() => {});
    if (wait === undefined) return await flushed;
    const what = `Cannot flush WebSocket "${this.url}"`;
    await limited(what, wait, () => flushed);
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
    if (error !== undefined) return Promise.reject(error);
    return this.#engine.measurePing(payload, wait);
  }

  /**
   * Sends an unsolicited pong, as a sign of life. It settles when
   * the system has taken it, and need not be awaited; see
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
    if (error !== undefined) return Promise.reject(error);
    return this.#engine.sendControl("pong", payload, wait);
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
    return this.#session.readable;
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
    return this.#session.close(code, reason, options);
  }

  /** Cuts the connection at once: the peer sees its end without a close frame. */
  terminate(): void {
    this.#session.terminate();
  }

  /** Closes the connection at the end of an `await using` scope. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #makeWritable(): WritableStream<string | Uint8Array> {
    return new MessageWritable<string | Uint8Array>(
      {
        start: (controller) => void this.#failAtEnd(controller),
        write: (message) => this.#writeChunk(message),
        close: async () => {
          const { wasClean } = await this.close();
          if (!wasClean) throw this.#session.error;
        },
        abort: () => this.terminate(),
      },
      undefined,
      (message) => this.#sendNow(message),
    );
  }

  async #failAtEnd(controller: WritableStreamDefaultController): Promise<void> {
    const { wasClean } = await this.closed;
    // After a clean end the stream may still be closed, as pipes do.
    if (!wasClean) controller.error(this.#session.error);
  }

  /** Sends a message if it has to wait for nothing, and tells whether it did. */
  #sendNow(message: string | Uint8Array): boolean {
    const isGood = checkMessage(message) === undefined;
    if (!isGood || !this.#hasRoom(message)) return false;
    if (this.#sender.drained() !== OPEN) return false;
    this.#sender.send(opcodeOf(message), message);
    return true;
  }

  /** Settles at once unless too much waits: errors show in the stream's state. */
  #writeChunk(message: string | Uint8Array): Promise<void> | void {
    const engine = this.#engine;
    const error = checkMessage(message);
    if (error !== undefined) throw error;
    if (this.#hasRoom(message)) {
      this.#sender.send(opcodeOf(message), message);
      return this.#sender.drained();
    }
    const written = this.#sender.write(opcodeOf(message), message);
    return engine.state === State.open ? this.#sender.drained() : written;
  }

  #hasRoom(message: string | Uint8Array): boolean {
    const isText = typeof message === "string";
    const size = MAX_HEADER + (isText ? 3 * message.length : message.length);
    return this.#engine.state === State.open &&
      this.#sender.hasRoom(size);
  }
}
