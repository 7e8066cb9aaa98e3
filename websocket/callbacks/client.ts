import { checkBytes } from "../../internal/bytes/bytes.ts";
import { ClosedError } from "../../internal/errors/closed_error.ts";
import { handled, refused } from "../../internal/errors/handled.ts";
import type { WaitOptions } from "../../internal/wait/wait_options.ts";
import { ClientCallbacks } from "./_callbacks.ts";
import { checkClose } from "../engine/_close.ts";
import {
  ClientSession,
  closedError,
  type SessionParts,
} from "./_client_session.ts";
import { Engine } from "../engine/_engine.ts";
import { toHeaders } from "../handshake/_handshake_headers.ts";
import { checkControl } from "../engine/_message_data.ts";
import { utf8Length } from "../../internal/bytes/utf8_length.ts";
import { parseWebSocketUrl } from "../handshake/_websocket_url.ts";
import {
  checkDial,
  DIAL_CHECKS,
  dialHandshake,
  type DialWebSocketOptions,
} from "../dial_websocket.ts";
import {
  checkOptions,
  isType,
  type OptionChecks,
  typeOf,
} from "../../internal/check_options.ts";
import type { Message } from "../message.ts";
import { OPCode } from "../opcode.ts";
import { State } from "../state.ts";
import type { WebSocketCloseOptions } from "../websocket_conn.ts";

const NO_CALLBACKS: readonly ClientCallbacks<Client>[] = [];
const EMPTY = new Uint8Array(0);
const ENCODER = new TextEncoder();
/** Text beyond this length is encoded to learn its size, not measured. */
const LONG_TEXT = 4096;
/** The size of the key that RFC 6455 (section 4.1) demands. */
const NONCE_SIZE = 16;
const ignore = () => {};

/** Options for {@linkcode newClient}. */
export interface ClientOptions
  extends Omit<DialWebSocketOptions, keyof WaitOptions> {
  /**
   * The first value of {@linkcode Client.panicOnCallback}.
   *
   * @default {false}
   */
  panicOnCallback?: boolean;
  /**
   * How many bytes the random key of the handshake has (V `nonce_size`). RFC 6455
   * (section 4.1) leaves one size only: any other is a `RangeError`.
   *
   * @default {16}
   */
  nonceSize?: number;
}

/** The checks of all options. */
const CLIENT_CHECKS: OptionChecks<ClientOptions> = {
  ...DIAL_CHECKS,
  panicOnCallback: isType("boolean"),
  nonceSize: (value, name) => {
    if (value === NONCE_SIZE) return;
    throw new RangeError(
      `Cannot use ${name} ${value}: expected ${NONCE_SIZE}, as RFC 6455 has it`,
    );
  },
};

/** The topics of a server. */
export interface ClientTopics {
  subscribe(client: Client, topic: string): boolean;
  unsubscribe(client: Client, topic: string): boolean;
  topicsOf(client: Client): string[];
}

/** The parts of a client. */
interface Parts {
  readonly uri: string;
  readonly resourceName: string;
  readonly isSsl: boolean;
  readonly options: ClientOptions;
  /** The address to dial, with credentials; a server's client has none. */
  readonly dialUrl?: string | URL;
  /** The callbacks that all clients of a server share. */
  readonly shared?: readonly ClientCallbacks<Client>[];
  /** The topics of its server. */
  readonly topics?: ClientTopics;
}

/** A connection to attach to its client. */
type Attachment =
  & Pick<SessionParts<Client>, "options" | "makeEngine" | "owner">
  & {
    readonly protocol: string;
  };

/** Makes a client, such as the one that a server has of a peer. */
export let makeClient: (parts: Parts) => Client;

/** Gives a client its connection. */
export let attachSession: (
  client: Client,
  attachment: Attachment,
) => ClientSession<Client>;

/** The connection of a client, or its last one. */
export let getSession: (client: Client) => ClientSession<Client> | undefined;

/**
 * Makes a client for a server's URL, which connects when told to (V
 * `websocket.new_client`).
 *
 * @param url Where to, with `ws:` or `wss:`. A user name and password in it go
 * out as Basic credentials.
 * @param options The request, and the limits.
 * @returns The client, in state `closed`.
 * @throws {SyntaxError} If `url` is no WebSocket URL.
 * @throws {TypeError | RangeError | SyntaxError} If an option is not valid.
 * @throws {Deno.errors.InvalidData} If a certificate in the options can't be
 * used.
 *
 * @example Usage
 * ```ts
 * import { newClient, newServer, OPCode } from "@vnet/net/websocket";
 * import { assertEquals } from "@std/assert";
 *
 * const server = newServer(0, "/echo", { hostname: "127.0.0.1" });
 * server.onMessage((ws, message) => {
 *   // Pongs come here, too.
 *   if (message.opcode === OPCode.pong) return;
 *   ws.write(message.payload, message.opcode);
 * });
 * const { promise, resolve } = Promise.withResolvers<Deno.NetAddr>();
 * const serving = server.listen({ onListen: resolve });
 *
 * const client = newClient(`ws://127.0.0.1:${(await promise).port}/echo`);
 * client.onMessage((ws, message) => {
 *   assertEquals(message.text(), "hello");
 *   return ws.close();
 * });
 * await client.connect();
 * await client.writeString("hello");
 * await client.listen();
 *
 * await server.close();
 * await serving;
 * ```
 */
export function newClient(
  url: string | URL,
  options: ClientOptions = {},
): Client {
  const target = parseWebSocketUrl(url);
  checkOptions(options, CLIENT_CHECKS);
  checkDial(target, options);
  const { url: uri, resourceName, isSecure: isSsl } = target;
  return makeClient({ uri, resourceName, isSsl, options, dialUrl: url });
}

/**
 * A WebSocket connection with callbacks (V `websocket.Client`): the one that
 * {@linkcode newClient} makes, and the one that a `Server` has of each peer.
 *
 * **Order.** `onOpen` comes first, then `onMessage` for each message and pong,
 * and `onClose` at the end, exactly once for each connection. Pings are answered
 * without a callback.
 *
 * **Reading.** Nothing is read before {@linkcode Client.listen}, which
 * {@linkcode Client.connect} does not call: bytes that the peer sends until then
 * wait in the system, whose buffers stop it when they are full. On a server the
 * clients are read without a call.
 *
 * **Callbacks** are called one after the other. A promise that one returns is
 * not waited for; but while 1,024 of `onMessage` are pending, or their messages
 * have 1 MiB in all, nothing is read until half of that has settled, so that a
 * slow callback stops the peer. After {@linkcode Client.close} messages beyond
 * that limit are dropped. A callback that throws, or whose promise rejects,
 * ends its own connection, with 1011; it gets no more messages. Its error goes
 * to `onError`, and without such a callback to `console.error`.
 *
 * **Writing.** Messages sent within one turn of the event loop go out with one
 * write. When more than `maxBufferedBytes` wait, `sendPolicy` applies. `write`,
 * `writeString`, `ping` and `pong` need not be awaited, on a client that was
 * never connected or whose peer has left either: an unhandled rejection does not
 * end the process, and the end of the connection is told by
 * `onClose`. Wrong arguments are the exception.
 *
 * **Limits.** Each call that waits takes `{ signal, timeout, deadline }`. At a
 * limit the wait ends; the connection goes on, except that `close` cuts it.
 *
 * @example Usage
 * ```ts
 * import { newClient, newServer, OPCode } from "@vnet/net/websocket";
 * import { assertEquals } from "@std/assert";
 *
 * const server = newServer(0, "", { hostname: "127.0.0.1" });
 * const { promise, resolve } = Promise.withResolvers<Deno.NetAddr>();
 * const serving = server.listen({ onListen: resolve });
 *
 * const client = newClient(`ws://127.0.0.1:${(await promise).port}/`);
 * const events: string[] = [];
 * client.onOpen((ws) => ws.ping());
 * client.onMessage((ws, message) => {
 *   events.push(message.opcode === OPCode.pong ? "pong" : message.text());
 *   return ws.close(1000, "done");
 * });
 * client.onClose((_ws, code, reason) => events.push(`${code} ${reason}`));
 * await client.connect({ timeout: 5000 });
 * await client.listen();
 * assertEquals(events, ["pong", "1000 done"]);
 *
 * await server.close();
 * await serving;
 * ```
 */
export class Client {
  static {
    makeClient = (parts) => new Client(parts);
    attachSession = (client, attachment) => client.#attach(attachment);
    getSession = (client) => client.#session;
  }

  readonly #options: ClientOptions;
  readonly #dialUrl: string | URL | undefined;
  readonly #topics: ClientTopics | undefined;
  /** Its server's callbacks and its own. */
  #lists: readonly ClientCallbacks<Client>[];
  #own: ClientCallbacks<Client> | undefined;
  #session: ClientSession<Client> | undefined;
  #header: Headers | undefined;
  #protocol = "";
  /** Ends the opening handshake that is under way. */
  #opening: AbortController | undefined;
  #isAwaited: boolean;

  /** The unique id of the client: a random UUID. */
  readonly id: string = crypto.randomUUID();

  /** The URL of the server; on a server, the path the client has asked for. */
  readonly uri: string;

  /** The path with its query. */
  readonly resourceName: string;

  /** Whether the connection is one over TLS. */
  readonly isSsl: boolean;

  /** The bytes of the random key in the handshake: 16, as RFC 6455 has it. */
  readonly nonceSize: number = NONCE_SIZE;

  /**
   * Whether an error of a callback is also reported to the program, as an
   * uncaught one (by `reportError`): unless something listens for the `error`
   * event, that ends the process. It is not printed in addition. It is for tests
   * and development, and can be set at any time.
   */
  panicOnCallback: boolean;

  private constructor(parts: Parts) {
    this.uri = parts.uri;
    this.resourceName = parts.resourceName;
    this.isSsl = parts.isSsl;
    this.panicOnCallback = parts.options.panicOnCallback ?? false;
    this.#options = parts.options;
    this.#dialUrl = parts.dialUrl;
    this.#lists = parts.shared ?? NO_CALLBACKS;
    this.#topics = parts.topics;
    this.#isAwaited = parts.dialUrl === undefined;
  }

  /** How far the connection has come; `closed` before the first one, too. */
  get state(): State {
    if (this.#opening !== undefined || this.#isAwaited) return State.connecting;
    return this.#session?.state ?? State.closed;
  }

  /** Whether it is one of the clients that a `Server` has (V `is_server`). */
  get isServer(): boolean {
    return this.#dialUrl === undefined;
  }

  /** The subprotocol of the connection, empty if there is none. */
  get protocol(): string {
    return this.#protocol;
  }

  /**
   * When the last pong came, or the connection was opened if none has, in
   * seconds since the epoch; 0 before the first connection.
   */
  get lastPongUt(): number {
    return this.#session?.lastPongUt ?? 0;
  }

  /** Bytes that wait to be sent. */
  get bufferedBytes(): number {
    return this.#session?.bufferedBytes ?? 0;
  }

  /**
   * Further header fields for the request of {@linkcode Client.connect}, which
   * may be changed until then. On a server it is of no use: see
   * `ServerClient.headers`.
   */
  get header(): Headers {
    return this.#header ??= toHeaders(this.#options.headers);
  }

  /**
   * The topics of its server to which it has subscribed, for the last time in
   * `onClose`; none on a client of {@linkcode newClient}.
   */
  get topics(): readonly string[] {
    return this.#topics?.topicsOf(this) ?? [];
  }

  /**
   * Subscribes a server's client to a topic of its server: see
   * `Topics.subscribe`.
   *
   * @param topic The name.
   * @returns Whether it is subscribed: not if the connection is closing or closed.
   * @throws {TypeError} If it is no client of a server, or not connected yet.
   * @throws {TypeError | RangeError} If the name is not valid, or the client has
   * too many topics.
   *
   * @example Usage
   * ```ts
   * import { dialWebSocket, newServer } from "@vnet/net/websocket";
   * import { assertEquals } from "@std/assert";
   *
   * const server = newServer(0, "", { hostname: "127.0.0.1" });
   * server.onAttached(({ client }) => {
   *   client.subscribe("news");
   *   assertEquals(client.topics, ["news"]);
   * });
   * server.onMessage((_ws, message) => {
   *   server.publish("news", message.text());
   * });
   * const { promise, resolve } = Promise.withResolvers<Deno.NetAddr>();
   * const serving = server.listen({ onListen: resolve });
   *
   * const client = await dialWebSocket(`ws://127.0.0.1:${(await promise).port}/`);
   * await client.write("hello");
   * assertEquals(await client.read(), "hello");
   * await client.close();
   * await server.close();
   * await serving;
   * ```
   */
  subscribe(topic: string): boolean {
    if (this.#topics !== undefined) return this.#topics.subscribe(this, topic);
    throw new TypeError(
      `Cannot subscribe to "${topic}": only the clients of a server have topics`,
    );
  }

  /**
   * Ends a subscription of a server's client.
   *
   * @param topic The name of the topic.
   * @returns Whether it was subscribed.
   */
  unsubscribe(topic: string): boolean {
    return this.#topics?.unsubscribe(this, topic) ?? false;
  }

  /**
   * Registers a callback for an open connection. It is called by
   * {@linkcode Client.connect}; on a server, behind those of `onAttached`.
   *
   * @param callback Gets this client.
   * @returns Takes the callback out again.
   */
  onOpen(callback: (ws: Client) => unknown): () => void {
    return this.#callbacks.open.add(callback);
  }

  /**
   * Registers a callback for messages and pongs, which
   * {@linkcode Message.opcode} tells apart.
   *
   * @param callback Gets this client and the message, which it then owns.
   * @returns Takes the callback out again.
   */
  onMessage(
    callback: (ws: Client, message: Message) => unknown,
  ): () => void {
    return this.#callbacks.message.add(callback);
  }

  /**
   * Registers a callback for errors of an open connection: the peer
   * breaks the protocol, the link fails, a callback throws. The connection ends
   * by it. Its own errors are printed with `console.error`, or reported if
   * {@linkcode Client.panicOnCallback} is set.
   *
   * @param callback Gets this client and the error.
   * @returns Takes the callback out again.
   */
  onError(callback: (ws: Client, error: unknown) => unknown): () => void {
    return this.#callbacks.error.add(callback);
  }

  /**
   * Registers a callback for the end of a connection, exactly once for each:
   * with the code and reason of the peer's close frame, 1005 if it had no code,
   * 1006 if the link was lost without one, and with the code that was sent if
   * the peer broke the protocol.
   *
   * @param callback Gets this client, the code and the reason.
   * @returns Takes the callback out again.
   */
  onClose(
    callback: (ws: Client, code: number, reason: string) => unknown,
  ): () => void {
    return this.#callbacks.close.add(callback);
  }

  /**
   * Connects, and calls the callbacks of `onOpen`. After a failure, and after
   * the end of the connection, it may be called again.
   *
   * @param wait Limits on the attempt, beside the option `handshakeTimeout`.
   * @throws {HandshakeError} If the server refuses, with its status, or breaks
   * the protocol.
   * @throws {DOMException} Named `TimeoutError`, at a limit.
   * @throws {ClosedError} If it is closed meanwhile.
   * @throws {Deno.errors.Busy} If it is connected, or about to be.
   */
  async connect(wait: WaitOptions = {}): Promise<void> {
    const url = this.#dialUrl;
    if (url === undefined) {
      throw new TypeError("Cannot connect the client of a server");
    }
    if (this.state !== State.closed) {
      throw new Deno.errors.Busy(
        `Cannot connect to "${this.uri}": the client is in use`,
      );
    }
    const session = await this.#dial(url, wait);
    session.open(ignore);
  }

  /**
   * Reads messages until the connection ends. Further calls wait for the same
   * end, as does a call on a server's client.
   *
   * The promise need not be awaited: an unhandled rejection does not end the
   * process, as `onError` and `onClose` report the same.
   *
   * @param wait Limits on this call, which end the wait only: the connection
   * goes on, and is read from.
   * @returns Resolves at a clean end, rejects at any other.
   * @throws {DOMException} Named `TimeoutError`, at a limit.
   * @throws {ClosedError} If the client was not connected, or was cut.
   * @throws {ProtocolError} If the peer broke the protocol.
   * @throws {Deno.errors.UnexpectedEof} If the connection ended without a close
   * frame.
   */
  listen(wait?: WaitOptions): Promise<void> {
    const session = this.#session;
    return session === undefined ? notOpen() : handled(session.listen(wait));
  }

  /**
   * Sends a message. It settles as soon as the message is queued while fewer than
   * 64 KiB are, and otherwise when the system has taken it. The caller may use the
   * buffer again as soon as the call has returned, unless it waits (see
   * `sendPolicy`), and then when it has settled.
   *
   * @param payload The message.
   * @param opcode The kind of message, `binaryFrame` by default. Bytes sent as
   * `textFrame` have to be UTF-8, which is not checked; `ping` and `pong` take 125
   * bytes at most.
   * @param wait Limits on this call. A message that has begun to go out, or is in
   * the buffer behind those that have, goes out all the same; one that waits for
   * room (see `sendPolicy`) is withdrawn.
   * @returns The length of `payload`.
   * @throws {TypeError} If `payload` is no `Uint8Array`, or its memory was
   * transferred away.
   * @throws {RangeError} If `opcode` is none of these four, or the payload is too
   * long for it.
   * @throws {DOMException} Named `TimeoutError`, at a limit.
   * @throws {ClosedError} If the connection is or gets closed.
   *
   * @example Usage
   * ```ts
   * import { newClient, newServer, OPCode } from "@vnet/net/websocket";
   * import { assertEquals } from "@std/assert";
   *
   * const server = newServer(0, "", { hostname: "127.0.0.1" });
   * const { promise, resolve } = Promise.withResolvers<Deno.NetAddr>();
   * const serving = server.listen({ onListen: resolve });
   *
   * const client = newClient(`ws://127.0.0.1:${(await promise).port}/`);
   * await client.connect();
   * const bytes = new Uint8Array([0x68, 0x69]);
   * assertEquals(await client.write(bytes), 2);
   * assertEquals(await client.write(bytes, OPCode.textFrame, { timeout: 5000 }), 2);
   *
   * await client.close();
   * await server.close();
   * await serving;
   * ```
   */
  write(
    payload: Uint8Array,
    opcode?: OPCode,
    wait?: WaitOptions,
  ): Promise<number> {
    const error = checkBytes("write", payload);
    if (error !== undefined) return Promise.reject(error);
    const kind = opcode === undefined ? OPCode.binaryFrame : opcode;
    const { length } = payload;
    switch (kind) {
      case OPCode.binaryFrame:
      case OPCode.textFrame:
        return this.#session?.write(kind, payload, length, wait) ?? notOpen();
      case OPCode.ping:
        return handled(this.ping(payload, wait).then(() => length));
      case OPCode.pong:
        return handled(this.pong(payload, wait).then(() => length));
      default:
        return Promise.reject(
          new RangeError(
            `Cannot write with opcode ${kind}: expected textFrame, binaryFrame, ping or pong`,
          ),
        );
    }
  }

  /**
   * Sends a message of text; see {@linkcode Client.write}.
   *
   * @param text The message. Lone surrogates become U+FFFD.
   * @param wait Limits on this call.
   * @returns Its length as UTF-8.
   * @throws {TypeError} If `text` is no string.
   * @throws {DOMException} Named `TimeoutError`, at a limit.
   * @throws {ClosedError} If the connection is or gets closed.
   */
  writeString(text: string, wait?: WaitOptions): Promise<number> {
    if (typeof text !== "string") {
      return Promise.reject(
        new TypeError(
          `Cannot write a value of type ${typeOf(text)}: expected a string`,
        ),
      );
    }
    if (text.length > LONG_TEXT) {
      return this.write(ENCODER.encode(text), OPCode.textFrame, wait);
    }
    const length = utf8Length(text);
    return this.#session?.write(OPCode.textFrame, text, length, wait) ??
      notOpen();
  }

  /** {@linkcode Client.writeString} by the name of V's early versions. */
  writeStr(text: string, wait?: WaitOptions): Promise<number> {
    return this.writeString(text, wait);
  }

  /**
   * Sends a ping. It settles when the ping is with the system. Its pong comes to
   * `onMessage`, and moves {@linkcode Client.lastPongUt}.
   *
   * @param payload At most 125 bytes, which come back.
   * @param wait Limits on this call. A ping that is in the buffer by then goes
   * out all the same.
   * @throws {TypeError | RangeError} If `payload` is no `Uint8Array` of at most
   * 125 bytes.
   * @throws {DOMException} Named `TimeoutError`, at a limit.
   * @throws {ClosedError} If the connection is or gets closed.
   * @throws {Deno.errors.NotSupported} On a server inside `Deno.serve`, which has
   * no call for it.
   */
  ping(payload?: Uint8Array, wait?: WaitOptions): Promise<void> {
    return this.#sendControl("ping", payload, wait);
  }

  /**
   * Sends an unsolicited pong, as a sign of life.
   *
   * @param payload At most 125 bytes.
   * @param wait Limits on this call; see {@linkcode Client.ping}.
   * @throws {TypeError | RangeError} If `payload` is no `Uint8Array` of at most
   * 125 bytes.
   * @throws {DOMException} Named `TimeoutError`, at a limit.
   * @throws {ClosedError} If the connection is or gets closed.
   * @throws {Deno.errors.NotSupported} On a server inside `Deno.serve`.
   */
  pong(payload?: Uint8Array, wait?: WaitOptions): Promise<void> {
    return this.#sendControl("pong", payload, wait);
  }

  /**
   * Does the closing handshake: sends a close frame behind all messages and
   * waits until the connection has ended, or cuts it at the limit. It reads, if
   * {@linkcode Client.listen} does not yet. An attempt to connect is given up.
   * Closing again waits for the same end.
   *
   * @param code 1000 to 1003, 1007 to 1014 or 3000 to 4999.
   * @param reason At most 123 bytes of UTF-8.
   * @param options How long it may take: the connection is cut at a limit, and
   * when the signal aborts.
   * @returns Resolves at the end, of any kind: `onClose` tells.
   * @throws {TypeError | RangeError} If the code or the reason can't be sent, or
   * an option is not valid. Nothing has happened then.
   */
  async close(
    code = 1000,
    reason = "",
    options: WebSocketCloseOptions = {},
  ): Promise<void> {
    checkClose(code, reason, options);
    this.#opening?.abort(
      new ClosedError(`Cannot connect to "${this.uri}": it was closed`),
    );
    await this.#session?.close(code, reason, options);
  }

  /** Cuts the connection at once: the peer sees its end without a close frame. */
  terminate(): void {
    this.#isAwaited = false;
    this.#opening?.abort(
      new ClosedError(`Cannot connect to "${this.uri}": it was cut`),
    );
    this.#session?.terminate();
  }

  /**
   * The messages and pongs of the connection, until it ends; it listens. The
   * limit on pending callbacks holds here, too. Leaving the loop early leaves
   * the connection open; later messages go to the callbacks only.
   *
   * @returns The messages. It throws the error of {@linkcode Client.listen}.
   */
  async *[Symbol.asyncIterator](): AsyncGenerator<Message, void, undefined> {
    // A message is pending until the loop has taken it, which bounds their number.
    const { readable, writable } = new TransformStream<Message, Message>();
    const inbox = writable.getWriter();
    const off = this.onMessage((_, message) =>
      inbox.write(message).catch(ignore)
    );
    const finish = () => inbox.close().catch(ignore);
    try {
      const ended = this.listen();
      ended.then(finish, finish);
      yield* readable;
      await ended;
    } finally {
      off();
    }
  }

  /** Closes the connection at the end of an `await using` scope. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** The client's own callbacks, made at the first registration. */
  get #callbacks(): ClientCallbacks<Client> {
    if (this.#own === undefined) {
      this.#own = new ClientCallbacks();
      this.#lists = [...this.#lists, this.#own];
      if (this.#session !== undefined) this.#session.lists = this.#lists;
    }
    return this.#own;
  }

  async #dial(
    url: string | URL,
    wait: WaitOptions,
  ): Promise<ClientSession<Client>> {
    const opening = new AbortController();
    this.#opening = opening;
    try {
      const { signal: own } = opening;
      const signal = wait.signal === undefined
        ? own
        : AbortSignal.any([own, wait.signal]);
      const options = { ...this.#options, headers: this.header };
      const { opened, setup } = await dialHandshake(url, {
        ...options,
        ...wait,
        signal,
      });
      try {
        signal.throwIfAborted();
        return this.#attach({
          options,
          protocol: opened.protocol,
          makeEngine: (handler) =>
            new Engine(handler, { ...setup, textAs: "bytes" }),
        });
      } catch (error) {
        setup.conn.terminate();
        throw error;
      }
    } finally {
      this.#opening = undefined;
    }
  }

  #attach(attachment: Attachment): ClientSession<Client> {
    const { options, makeEngine, owner } = attachment;
    const lists = this.#lists;
    const parts = { client: this, lists, options, makeEngine, owner };
    this.#session = new ClientSession(parts);
    this.#protocol = attachment.protocol;
    this.#isAwaited = false;
    return this.#session;
  }

  #sendControl(
    kind: "ping" | "pong",
    payload: Uint8Array | undefined,
    wait: WaitOptions | undefined,
  ): Promise<void> {
    const bytes = payload === undefined ? EMPTY : payload;
    const error = checkControl(kind, bytes);
    if (error !== undefined) return Promise.reject(error);
    const session = this.#session;
    return session === undefined
      ? notOpen()
      : handled(session.sendControl(kind, bytes, wait));
  }
}

function notOpen(): Promise<never> {
  return refused(closedError());
}
