import { handled } from "../internal/errors/handled.ts";
import { onAbort } from "../internal/wait/on_abort.ts";
import { afterPoll } from "../internal/wait/after_poll.ts";
import { checkOptions } from "../internal/check_options.ts";
import { toMessage } from "./engine/_message_data.ts";
import { Engine } from "./engine/_engine.ts";
import type { MessageEngine } from "./engine/_message_engine.ts";
import type { MessageData } from "./engine/_message_queue.ts";
import { MessageSession } from "./engine/_message_session.ts";
import { MessageWritable } from "./engine/_message_writable.ts";
import { parseWebSocketUrl } from "./handshake/_websocket_url.ts";
import { CloseCode } from "./close_code.ts";
import {
  checkDial,
  DIAL_CHECKS,
  dialHandshake,
  type Dialled,
  type DialWebSocketOptions,
} from "./dial_websocket.ts";
import { OPCode } from "./opcode.ts";
import { State } from "./state.ts";
import {
  checkCloseInfo,
  makeWebSocketError,
  type WebSocketCloseInfo,
  WebSocketError,
} from "./websocket_error.ts";
import type { CloseInfo } from "./websocket_options.ts";

/**
 * Options for {@linkcode WebSocketStream}: `protocols` and `signal` as on the
 * web platform, and those of `dialWebSocket`. The signal acts until the
 * connection is open.
 */
export interface WebSocketStreamOptions
  extends Omit<DialWebSocketOptions, "sendPolicy"> {}

/**
 * The result of {@linkcode WebSocketStream.opened}.
 *
 * @example Usage
 * ```ts
 * import { type WebSocketOpenInfo, WebSocketStream } from "@vnet/net/websocket";
 * import { acceptWebSocket } from "@vnet/net/websocket";
 * import { listenTcp } from "@vnet/net/tcp";
 * import { assertEquals } from "@std/assert";
 *
 * using listener = listenTcp("127.0.0.1:0");
 * const accepting = listener.accept().then((conn) => acceptWebSocket(conn));
 * await using stream = new WebSocketStream(`ws://127.0.0.1:${listener.addr.port}/`);
 * const info: WebSocketOpenInfo = await stream.opened;
 * assertEquals(info.protocol, "");
 * await using _server = await accepting;
 * ```
 */
export interface WebSocketOpenInfo {
  /** The messages: text as strings, binary as bytes. */
  readonly readable: ReadableStream<string | Uint8Array<ArrayBuffer>>;
  /** Takes messages: strings as text, bytes as binary. */
  readonly writable: WritableStream<string | BufferSource>;
  /** `Sec-WebSocket-Extensions` as agreed on, empty if there are none. */
  readonly extensions: string;
  /** The subprotocol, empty if there is none. */
  readonly protocol: string;
}

/**
 * A WebSocket connection of a client as a pair of streams: the web platform's
 * class, of the WHATWG WebSockets standard, which needs no flag here.
 *
 * Messages wait in a queue of at most 1,024 or 1 MiB, whichever comes first;
 * beyond it the connection reads no more, so that a slow reader stops the peer.
 * A write settles as soon as fewer than `maxBufferedBytes` wait to be sent, and
 * rejects if the connection goes away before. Messages that have come before an
 * end can still be read after it.
 *
 * When the peer closes, the readable ends and the writable fails with an
 * `InvalidStateError`, so that a pipe into it rejects. `closed` then resolves,
 * unless a write came too late or was still waiting to be sent: the peer does not
 * look at bytes behind its close frame.
 *
 * It differs from the platform's in little: an error says why in its `cause`
 * (the platform hides that from pages), and by its code what a peer has violated
 * (there it is 1006), a connection that does not complete the closing handshake is
 * cut after `closeTimeout`, and a chunk that is neither string nor bytes is a
 * `TypeError` instead of being made a string. As there, a chunk must not be in
 * shared or resizable memory; nor may it be transferred.
 *
 * @example Usage
 * ```ts
 * import { acceptWebSocket, WebSocketStream } from "@vnet/net/websocket";
 * import { listenTcp } from "@vnet/net/tcp";
 * import { assertEquals } from "@std/assert";
 *
 * using listener = listenTcp("127.0.0.1:0");
 * const echoing = listener.accept().then(async (conn) => {
 *   const server = await acceptWebSocket(conn);
 *   await server.readable.pipeTo(server.writable);
 * });
 *
 * const stream = new WebSocketStream(`ws://127.0.0.1:${listener.addr.port}/`);
 * const { readable, writable } = await stream.opened;
 * const writer = writable.getWriter();
 * const reader = readable.getReader();
 * await writer.write("hello");
 * assertEquals(await reader.read(), { value: "hello", done: false });
 *
 * stream.close({ closeCode: 4000, reason: "done" });
 * assertEquals(await stream.closed, { closeCode: 4000, reason: "done" });
 * await echoing;
 * ```
 */
export class WebSocketStream {
  readonly #url: string;
  readonly #opened = Promise.withResolvers<WebSocketOpenInfo>();
  readonly #closed = Promise.withResolvers<Required<WebSocketCloseInfo>>();
  readonly #dialling = new AbortController();
  readonly #session: MessageSession;
  #isOpen = false;
  #source: ReadableStreamDefaultController<MessageData> | undefined;
  #sink: WritableStreamDefaultController | undefined;
  /** Whether the readable was ended or cancelled. */
  #isReadableOver = false;
  /** The peer's close frame, once it has come. */
  #closeFrame: Required<WebSocketCloseInfo> | undefined;
  #isWriting = false;
  /** Whether a write came, or was still waiting, behind the peer's close frame. */
  #hasUnsent = false;
  /** Whether the writable is being closed. */
  #isSinkClosing = false;
  /** The error of the writable, once it can't be written to. */
  #writeFailure: DOMException | undefined;
  /** How reading ends, once the connection has: with an error unless it is clean. */
  #end: { readonly error: WebSocketError | undefined } | undefined;

  /**
   * Begins to connect.
   *
   * @param url Where to, with `ws:` or `wss:`.
   * @param options The request, and the limits.
   * @throws {DOMException} Named `SyntaxError`, if `url` is no WebSocket URL, or
   * a subprotocol is no token or named twice.
   * @throws {TypeError | RangeError} If another option is not valid, or there is
   * no `url`.
   */
  constructor(url: string | URL, options: WebSocketStreamOptions = {}) {
    this.#url = checkArguments(url, options ?? {});
    this.#session = new StreamSession(this.#url, {
      onCloseFrame: (info) => this.#onCloseFrame(info),
      onClosed: (info) => this.#finish(info),
    });
    // A program may handle only one of them.
    handled(this.#opened.promise);
    handled(this.#closed.promise);
    // Some of them are used when the connection is open.
    this.#dial(url, { ...options });
  }

  /** The URL that was asked for, without user name and password. */
  get url(): string {
    return this.#url;
  }

  /**
   * Resolves when the connection is open. It rejects with a
   * {@linkcode WebSocketError} if that fails, whose `cause` is the error of
   * `dialWebSocket`, or with the reason of the signal.
   */
  get opened(): Promise<WebSocketOpenInfo> {
    return this.#opened.promise;
  }

  /**
   * Resolves to the content of the peer's close frame, 1005 if it had no code, once
   * the connection has ended cleanly. Else it rejects with a
   * {@linkcode WebSocketError}: with the peer's code if it closed before all that
   * was written could be sent, with the code sent to it if it broke the protocol
   * or a limit, such as 1002 or 1009, and else with 1006.
   */
  get closed(): Promise<Required<WebSocketCloseInfo>> {
    return this.#closed.promise;
  }

  /**
   * Closes the connection: with the closing handshake, or by giving the attempt
   * up if it is not open yet. `closed` tells when that is done.
   *
   * @param info The content of the close frame: nothing if it is empty.
   * @throws {DOMException} Named `InvalidAccessError` if the code is none of
   * 1000 and 3000 to 4999, `SyntaxError` if the reason is longer than 123 bytes.
   */
  close(info: WebSocketCloseInfo = {}): void {
    const { closeCode, reason } = checkCloseInfo(info);
    if (!this.#isOpen) {
      return this.#dialling.abort(
        this.#makeError("it was closed before it was open", undefined),
      );
    }
    this.#session.close(closeCode, reason, {});
  }

  /** Closes the connection and waits for its end, at the end of a scope. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#end === undefined) this.close();
    await this.#closed.promise.catch(() => {});
  }

  async #dial(
    url: string | URL,
    options: WebSocketStreamOptions,
  ): Promise<void> {
    const { signal } = options;
    const dialling = this.#dialling;
    if (signal?.aborted) dialling.abort(signal.reason);
    using _abort = onAbort(signal, () => dialling.abort(signal?.reason));
    try {
      const dialled = await dialHandshake(url, {
        ...options,
        signal: dialling.signal,
      });
      this.#open(dialled, options);
    } catch (error) {
      const reason = dialling.signal.aborted
        ? dialling.signal.reason
        : this.#makeError("the connection was not opened", error);
      this.#end = { error: reason };
      this.#opened.reject(reason);
      this.#closed.reject(reason);
    }
  }

  #open(dialled: Dialled, options: WebSocketStreamOptions): void {
    const { opened, setup } = dialled;
    const { protocol, extensions } = opened;
    try {
      this.#dialling.signal.throwIfAborted();
      const session = this.#session;
      const engine = new Engine(session, { ...setup, textAs: "string" });
      session.attach(engine);
      const readable = this.#makeReadable();
      const writable = this.#makeWritable(engine);
      engine.start(options);
      this.#isOpen = true;
      this.#opened.resolve({ readable, writable, extensions, protocol });
    } catch (error) {
      setup.conn.terminate();
      throw error;
    }
  }

  #onCloseFrame(info: Required<WebSocketCloseInfo>): void {
    this.#closeFrame = info;
    if (!this.#isWriting || this.#session.hasClosed) return;
    // The write may be over, and the news of it on its way.
    afterPoll(() => this.#hasUnsent ||= this.#isWriting);
  }

  #finish(info: CloseInfo): void {
    // The peer has said this, even if the connection could not be ended cleanly.
    const { closeCode, reason } = this.#closeFrame ??
      { closeCode: info.code, reason: info.reason };
    const isClean = info.wasClean && !this.#hasUnsent;
    let error: WebSocketError | undefined;
    if (isClean) this.#closed.resolve({ closeCode, reason });
    else {
      error = makeWebSocketError(
        `WebSocket "${this.#url}" has failed: ${this.#describeFailure()}`,
        { closeCode, reason },
        this.#session.error,
      );
      this.#closed.reject(error);
    }
    // Behind the peer's close frame nothing more was to be read.
    this.#end = { error: this.#closeFrame ? undefined : error };
    this.#writeFailure ??= this.#end.error ?? this.#makeStateError();
    if (!this.#isSinkClosing) this.#sink?.error(this.#writeFailure);
    if (!this.#session.hasBacklog) this.#endReadable();
  }

  #describeFailure(): string {
    if (this.#closeFrame) return "the peer closed it before all was sent";
    return this.#session.hasClosed
      ? "the closing handshake was not completed"
      : "it ended without a closing handshake";
  }

  #endReadable(): void {
    if (this.#isReadableOver) return;
    this.#isReadableOver = true;
    if (this.#end?.error !== undefined) this.#source?.error(this.#end.error);
    else this.#source?.close();
  }

  #makeReadable(): ReadableStream<MessageData> {
    const session = this.#session;
    return new ReadableStream({
      start: (controller) => {
        this.#source = controller;
      },
      pull: async (controller) => {
        const message = session.take() ??
          await session.read(undefined).catch(() => null);
        if (message !== null) controller.enqueue(message);
        if (this.#end !== undefined && !session.hasBacklog) this.#endReadable();
      },
      cancel: (reason) => {
        this.#isReadableOver = true;
        session.discard();
        this.#closeWith(reason);
      },
    }, { highWaterMark: 0 });
  }

  #makeWritable(engine: MessageEngine): WritableStream<string | BufferSource> {
    return new MessageWritable({
      start: (controller) => {
        this.#sink = controller;
        // `abort` of the sink would wait for a write that is blocked.
        const { signal } = controller;
        signal.addEventListener("abort", () => this.#closeWith(signal.reason));
      },
      write: (chunk) => this.#write(engine, chunk),
      close: async () => {
        this.#isSinkClosing = true;
        this.close();
        await this.#closed.promise;
      },
      abort: (reason) => this.#closeWith(reason),
    });
  }

  async #write(
    engine: MessageEngine,
    chunk: string | BufferSource,
  ): Promise<void> {
    const data = toMessage(chunk);
    if (engine.state !== State.open) {
      this.#hasUnsent ||= this.#closeFrame !== undefined &&
        !this.#session.hasClosed;
      throw this.#writeFailure ??= this.#makeStateError();
    }
    const isText = typeof data === "string";
    this.#isWriting = true;
    engine.sender.send(isText ? OPCode.textFrame : OPCode.binaryFrame, data);
    // If the end comes meanwhile, the message may have gone out or not.
    await engine.sender.drained().catch(() => {});
    this.#isWriting = false;
    if (this.#hasUnsent) this.#writeFailure ??= this.#makeStateError();
    if (this.#writeFailure !== undefined) throw this.#writeFailure;
  }

  /** Closes with the code and reason of an error, if it is one for that. */
  #closeWith(reason: unknown): void {
    const { closeCode, reason: text } = reason instanceof WebSocketError
      ? reason
      : { closeCode: null, reason: "" };
    try {
      this.close({ closeCode: closeCode ?? undefined, reason: text });
    } catch {
      // Its code tells of an end, such as 1006, and can't be sent.
      this.close();
    }
  }

  #makeError(what: string, cause: unknown): WebSocketError {
    return makeWebSocketError(
      `Cannot open WebSocket "${this.#url}": ${what}`,
      { closeCode: CloseCode.abnormal, reason: "" },
      cause,
    );
  }

  #makeStateError(): DOMException {
    return new DOMException(
      `Cannot write to WebSocket "${this.#url}": it is closed`,
      "InvalidStateError",
    );
  }
}

/** The events that a stream needs of its session. */
interface StreamEvents {
  readonly onCloseFrame: (info: Required<WebSocketCloseInfo>) => void;
  readonly onClosed: (info: CloseInfo) => void;
}

class StreamSession extends MessageSession {
  readonly #events: StreamEvents;

  constructor(url: string, events: StreamEvents) {
    super(url);
    this.#events = events;
  }

  /** As on the platform, the peer's close frame is answered at once. */
  override get isBusy(): boolean {
    return false;
  }

  /** Nobody can ask for such a message in pieces. */
  override holdsLarge(): boolean {
    return false;
  }

  override onCloseFrame(closeCode: number, reason: string): void {
    this.#events.onCloseFrame({ closeCode, reason });
    super.onCloseFrame(closeCode, reason);
  }

  override onClosed(info: CloseInfo): void {
    this.#events.onClosed(info);
    super.onClosed(info);
  }
}

/** Checks the arguments before anything is begun; returns the URL. */
function checkArguments(
  url: string | URL,
  options: WebSocketStreamOptions,
): string {
  if (url === undefined) {
    throw new TypeError(
      "Cannot open a WebSocket without a URL: expected ws://host/path or wss://host/path",
    );
  }
  try {
    checkOptions(options, DIAL_CHECKS);
    const target = parseWebSocketUrl(url);
    checkDial(target, options);
    return target.url;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new DOMException(error.message, "SyntaxError");
  }
}
