import { checkPort, isNetAddr } from "../../internal/address/address.ts";
import { checkOptions } from "../../internal/check_options.ts";
import { TaskCount } from "../../internal/wait/task_count.ts";
import {
  checkTimeout,
  type WaitOptions,
} from "../../internal/wait/wait_options.ts";
import { wantsTls } from "../../tcp/tls/_tls_choice.ts";
import {
  type BroadcastOptions,
  type HandleUpgradeOptions,
  LISTEN_CHECKS,
  SERVER_CHECKS,
  type ServerListenOptions,
  type ServerOptions,
  UPGRADE_CHECKS,
} from "./server_options.ts";
import type { StreamConn } from "../../tcp/conn/stream_conn.ts";
import { peerLimitsOf } from "../../tcp/listener/net_listener.ts";
import { eachConnection } from "../../tcp/listener/stream_listener.ts";
import type { TcpListener } from "../../tcp/tcp_listener.ts";
import type { PeerCertificate } from "../../tcp/tls/tls_certificate.ts";
import { TlsConn } from "../../tcp/tls/tls_conn.ts";
import type { TlsListener } from "../../tcp/tls/tls_listener.ts";
import { DEFAULT_PONG_TIMEOUT } from "../_defaults.ts";
import {
  acceptWithin,
  checkConn,
  type RequestDecision,
  type WebSocketRequest,
} from "../accept_websocket.ts";
import { prepareHosts } from "../handshake/_allowed_hosts.ts";
import { Broadcast } from "../frame/_broadcast.ts";
import { checkCallback } from "./_callbacks.ts";
import { checkClose } from "../engine/_close.ts";
import type { MessageHandler } from "../engine/_message_engine.ts";
import { RuntimeEngine } from "../engine/_runtime_engine.ts";
import {
  type PeerParts,
  type PeerSource,
  ServerClients,
} from "./_server_clients.ts";
import {
  describeRequest,
  headersFor,
  isAcceptance,
} from "../handshake/_request_decision.ts";
import { checkRoute } from "../handshake/_route.ts";
import {
  decisionResponse,
  readServedUpgrade,
  refusalResponse,
} from "../handshake/_server_upgrade.ts";
import {
  type ProxyTrust,
  toProxyTrust,
} from "../handshake/_trusted_proxies.ts";
import {
  isRefusal,
  type UpgradeRequest,
} from "../handshake/_upgrade_request.ts";
import { opcodeFor, toExcluded } from "./_broadcast_arguments.ts";
import { countHandedConn } from "./_handed_conn.ts";
import { openListener } from "./_open_listener.ts";
import type { ServerStats } from "./server_stats.ts";
import {
  limitedAddress,
  toSlotLimits,
  type UpgradeSlot,
  UpgradeSlots,
} from "./_upgrade_slots.ts";
import { Client } from "./client.ts";
import { CloseCode } from "../close_code.ts";
import type { Message } from "../message.ts";
import { State } from "../state.ts";
import { Topics } from "../topics/topics.ts";
import { acceptServed } from "../upgrade_websocket.ts";
import type { WebSocketCloseOptions } from "../websocket_conn.ts";

const DEFAULT_PING_INTERVAL = 30_000;
const ignore = () => {};

/**
 * Makes a server, which listens when told to (V `websocket.new_server`).
 *
 * @param port The port, 0 for one that the system chooses.
 * @param route The only path that is served, without query, such as `"/chat"`;
 * any if it is empty. Others are answered with 404. See `AcceptWebSocketOptions`
 * for how paths are compared.
 * @param options The settings of the server, and the limits.
 * @returns The server.
 * @throws {TypeError | RangeError | SyntaxError} If the port, the route or an
 * option is not valid.
 *
 * @example Usage
 * ```ts
 * import { newClient, newServer, OPCode } from "@vnet/net/websocket";
 * import { assertEquals } from "@std/assert";
 *
 * const server = newServer(0, "/chat", { hostname: "127.0.0.1" });
 * server.onConnect((peer) => peer.headers.has("x-name"));
 * server.onMessage((ws, message) => {
 *   // Pongs come here, too.
 *   if (message.opcode !== OPCode.textFrame) return;
 *   server.broadcast(message.text(), { except: ws });
 * });
 * const { promise, resolve } = Promise.withResolvers<Deno.NetAddr>();
 * const serving = server.listen({ onListen: resolve });
 * const url = `ws://127.0.0.1:${(await promise).port}/chat`;
 *
 * const ann = newClient(url, { headers: { "x-name": "Ann" } });
 * const bob = newClient(url, { headers: { "x-name": "Bob" } });
 * await ann.connect();
 * await bob.connect();
 * await ann.writeString("hello");
 * for await (const message of bob) {
 *   assertEquals(message.text(), "hello");
 *   break;
 * }
 *
 * await Promise.all([ann.close(), bob.close()]);
 * await server.close();
 * await serving;
 * ```
 */
export function newServer(
  port: number,
  route = "",
  options: ServerOptions = {},
): Server {
  return make(port, route, options);
}

let make: (port: number, route: string, options: ServerOptions) => Server;

/**
 * A WebSocket server with callbacks (V `websocket.Server`): on a port of its
 * own by {@linkcode Server.listen}, inside `Deno.serve` by
 * {@linkcode Server.handleUpgrade}, or on any connection by
 * {@linkcode Server.handleHandshake}; all of these at once, too.
 *
 * For each client `onConnect` decides, `onAttached` comes when the connection is
 * open, then `onMessage` for each message and pong, and `onClose` at the end,
 * exactly once. The rules for the callbacks of a {@linkcode Client} hold for these;
 * one that fails ends the connection of that client, and no other. A client may have
 * callbacks of its own, which come behind.
 *
 * @example Usage
 * ```ts
 * import { newClient, newServer } from "@vnet/net/websocket";
 * import { assertEquals } from "@std/assert";
 *
 * const server = newServer(0, "", { hostname: "127.0.0.1", maxMessageSize: 1000 });
 * const ended = Promise.withResolvers<number>();
 * server.onClose((_ws, code) => ended.resolve(code));
 * const stop = new AbortController();
 * const { promise, resolve } = Promise.withResolvers<Deno.NetAddr>();
 * const serving = server.listen({ onListen: resolve, signal: stop.signal });
 *
 * const client = newClient(`ws://127.0.0.1:${(await promise).port}/`);
 * await client.connect();
 * assertEquals(server.clients.size, 1);
 * await client.write(new Uint8Array(1001));
 * await client.listen();
 * assertEquals(await ended.promise, 1009);
 *
 * stop.abort();
 * await serving;
 * ```
 */
export class Server {
  static {
    make = (port, route, options) => new Server(port, route, options);
  }

  readonly #port: number;
  readonly #route: string;
  readonly #options: ServerOptions;
  readonly #proxies: ProxyTrust | undefined;
  readonly #peers: ServerClients<ServerClient>;
  readonly #slots = new UpgradeSlots();
  readonly #topics: Topics;
  /** In seconds. */
  #pingInterval = DEFAULT_PING_INTERVAL / 1000;
  #listener: TcpListener | TlsListener | undefined;
  #serving: Promise<void> | undefined;
  #hasListened = false;
  /** Ports that have connections, or may get some. */
  #servings = 0;

  private constructor(port: number, route: string, options: ServerOptions) {
    checkPort(port);
    if (route !== "") checkRoute(route);
    checkOptions(options, SERVER_CHECKS);
    wantsTls(options);
    this.#port = port;
    this.#route = route;
    this.#topics = new Topics(options.topics);
    const allowedHosts = prepareHosts(options.allowedHosts);
    this.#options = options = { ...options, allowedHosts };
    this.#proxies = toProxyTrust(options);
    this.#peers = new ServerClients({
      route,
      options,
      topics: this.#topics,
      proxies: this.#proxies,
      makePeer: (parts) => makePeer(this, parts),
      setRequest,
    });
    const { pingInterval = DEFAULT_PING_INTERVAL } = options;
    this.pingInterval = pingInterval / 1000;
  }

  /**
   * The port: while the server listens on one that the system has chosen, that
   * one; otherwise the one given to {@linkcode newServer}.
   */
  get port(): number {
    return this.#listener?.addr.port ?? this.#port;
  }

  /** Whether the server listens by TLS (V `is_ssl`). */
  get isSsl(): boolean {
    const { cert, certificate } = this.#options;
    return cert !== undefined || certificate !== undefined;
  }

  /**
   * How far {@linkcode Server.listen} has come: `connecting` before the first
   * call, as in V, `open` while the server listens, `closing` while it ends the
   * connections after that, then `closed`. Clients by `handleUpgrade` and
   * `handleHandshake` need no port: for them any state will do.
   */
  get state(): State {
    if (this.#listener !== undefined) return State.open;
    if (this.#servings > 0) return State.closing;
    return this.#hasListened ? State.closed : State.connecting;
  }

  /** Whether the server listens on its port. */
  get listening(): boolean {
    return this.#listener !== undefined;
  }

  /** The address that it listens on, `undefined` while it does not. */
  get addr(): Deno.NetAddr | undefined {
    return this.#listener?.addr;
  }

  /** The clients that are connected, by their `id`. */
  get clients(): ReadonlyMap<string, ServerClient> {
    return this.#peers.byId;
  }

  /** The topics to which its clients subscribe. */
  get topics(): Topics {
    return this.#topics;
  }

  /**
   * All counters at this moment: a new object each time, made by adding up those
   * of the connected clients.
   */
  get stats(): ServerStats {
    return this.#peers.stats;
  }

  /**
   * **Seconds** between pings to each client, the first of which comes sooner:
   * see {@linkcode WebSocketOptions.pingInterval}; 0 or `Infinity` for none. It
   * can be set at any time, and holds for the clients that are connected, too.
   * The option of {@linkcode newServer} is in milliseconds. A client whose pong does not come within `pongTimeout` is cut.
   *
   * @default {30}
   */
  get pingInterval(): number {
    return this.#pingInterval;
  }

  set pingInterval(seconds: number) {
    const interval = checkTimeout(seconds, "pingInterval") * 1000;
    const { pongTimeout = DEFAULT_PONG_TIMEOUT } = this.#options;
    checkTimeout(pongTimeout, "pongTimeout");
    this.#pingInterval = seconds;
    this.#peers.setPingInterval(interval, pongTimeout);
  }

  /** {@linkcode Server.pingInterval} by V's name. */
  getPingInterval(): number {
    return this.pingInterval;
  }

  /** Sets {@linkcode Server.pingInterval}, by V's name. */
  setPingInterval(seconds: number): void {
    this.pingInterval = seconds;
  }

  /**
   * Registers the one callback that decides about a client that wants to
   * connect: `true` or nothing lets it in, `false` refuses it with 403, a number
   * with that status, a `Response` with that. An object with `headers` lets it in
   * too, with these fields in the answer: see {@linkcode RequestDecision}. If it
   * throws, returns anything else, or takes longer than `handshakeTimeout`, the
   * client gets 500 and `onError` the error; without `onError` it is printed.
   *
   * @param callback Gets the client, whose connection is not open yet.
   * @returns Takes the callback out again.
   * @throws {TypeError} If there is one already, or it is no function.
   *
   * @example A cookie for each client
   * ```ts
   * import { dialWebSocket, newServer } from "@vnet/net/websocket";
   * import { assertEquals } from "@std/assert";
   *
   * const server = newServer(0, "", { hostname: "127.0.0.1" });
   * server.onConnect((peer) => {
   *   if (peer.headers.has("cookie")) return true;
   *   return { headers: { "set-cookie": `session=${peer.client.id}` } };
   * });
   * const { promise, resolve } = Promise.withResolvers<Deno.NetAddr>();
   * const serving = server.listen({ onListen: resolve });
   *
   * const client = await dialWebSocket(`ws://127.0.0.1:${(await promise).port}/`);
   * assertEquals(client.headers.getSetCookie().length, 1);
   * await client.close();
   * await server.close();
   * await serving;
   * ```
   */
  onConnect(
    callback: (
      peer: ServerClient,
    ) => RequestDecision | Promise<RequestDecision>,
  ): () => void {
    const peers = this.#peers;
    checkCallback(callback);
    if (peers.decide !== undefined) {
      throw new TypeError(
        "Cannot register onConnect: only one callback can be registered for accept client",
      );
    }
    peers.decide = callback;
    return () => {
      if (peers.decide === callback) peers.decide = undefined;
    };
  }

  /**
   * Registers a callback for a client whose connection is open.
   *
   * @param callback Gets the client.
   * @returns Takes the callback out again.
   */
  onAttached(callback: (peer: ServerClient) => unknown): () => void {
    return this.#peers.attached.add(callback);
  }

  /**
   * Registers a callback for messages and pongs of all clients, which
   * {@linkcode Message.opcode} tells apart: a server that sends everything back
   * has to leave the pongs out.
   *
   * @param callback Gets the connection and the message, which it then owns.
   * @returns Takes the callback out again.
   */
  onMessage(
    callback: (ws: Client, message: Message) => unknown,
  ): () => void {
    return this.#peers.callbacks.message.add(callback);
  }

  /**
   * Registers a callback for the end of each connection; see
   * {@linkcode Client.onClose}. The client is no longer among
   * {@linkcode Server.clients} by then.
   *
   * @param callback Gets the connection, the code and the reason.
   * @returns Takes the callback out again.
   */
  onClose(
    callback: (ws: Client, code: number, reason: string) => unknown,
  ): () => void {
    return this.#peers.callbacks.close.add(callback);
  }

  /**
   * Registers a callback for errors of clients; see
   * {@linkcode Client.onError}. Without a client it is a failed handshake (a
   * {@linkcode HandshakeError} has its status) or an error of the system in
   * accepting, neither of which ends the server. It does not hear of clients that
   * `onConnect` refuses, of pages that `onHttpRequest` answers, and of connections
   * that end or are reset without a byte, as those of health checks do.
   *
   * An error of `onConnect` or `onHttpRequest` that no such callback takes is
   * printed, and so are the errors of these callbacks.
   *
   * @param callback Gets the connection if there is one, and the error.
   * @returns Takes the callback out again.
   */
  onError(
    callback: (ws: Client | undefined, error: unknown) => unknown,
  ): () => void {
    const off = this.#peers.callbacks.error.add(callback);
    const offOthers = this.#peers.errors.add(callback);
    return () => {
      off();
      offOthers();
    };
  }

  /**
   * Listens on the port and serves clients until the server is closed.
   *
   * @param options How to stop, and whom to tell of the address.
   * @returns Resolves when all connections have ended.
   * @throws {Deno.errors.AddrInUse} If the port is taken.
   * @throws {Deno.errors.Busy} If the server listens already.
   */
  async listen(options: ServerListenOptions = {}): Promise<void> {
    checkOptions(options, LISTEN_CHECKS);
    const { signal, onListen } = options;
    if (this.#listener !== undefined) {
      throw new Deno.errors.Busy("Cannot listen: the server listens already");
    }
    if (signal?.aborted) return;
    const listener = openListener(this.#port, this.#options);
    this.#peers.counts.addListener(listener);
    const limits = peerLimitsOf(listener);
    limits.proxies = this.#proxies;
    this.#listener = listener;
    this.#hasListened = true;
    const onAbort = () => void this.close();
    signal?.addEventListener("abort", onAbort);
    try {
      const conns = new TaskCount();
      this.#servings++;
      this.#serving = eachConnection(
        listener,
        (conn) => this.#peers.serve(conn, conns, limits),
        { onError: (error) => this.#peers.report(undefined, error) },
        conns,
      ).finally(() => this.#servings--);
      // An async function is assignable to a type that returns void.
      await Promise.all([onListen?.(listener.addr), this.#serving]);
    } finally {
      signal?.removeEventListener("abort", onAbort);
      await listener[Symbol.asyncDispose]();
      this.#peers.counts.endListener(listener);
      if (this.#listener === listener) this.#listener = undefined;
    }
  }

  /**
   * Does the handshake on a connection that somebody else has accepted, and
   * serves it (V `handle_handshake`). The server owns the connection from then
   * on.
   *
   * Beyond `maxConnections` and `maxConnectionsPerIp` the request is refused with
   * 503. The first counts all clients of the server and the handshakes by this
   * call, the second the connections by this call and by `handleUpgrade`, for the
   * address of each or the one that `trustedProxies` tell.
   *
   * @param conn The connection, from which nothing has been read.
   * @param wait Limits on this call, beside `handshakeTimeout`.
   * @returns The client, whose connection is open.
   * @throws {HandshakeError} If the request was refused, with the status.
   * @throws {DOMException} Named `TimeoutError`, at a limit.
   * @throws {TypeError | RangeError} If a limit is not valid.
   */
  async handleHandshake(
    conn: StreamConn<unknown>,
    wait: WaitOptions = {},
  ): Promise<ServerClient> {
    checkConn(conn);
    const verdict = countHandedConn(conn, {
      slots: this.#slots,
      limits: toSlotLimits(this.#options),
      openCount: this.clients.size,
      proxies: this.#proxies,
      counts: this.#peers.counts,
    });
    return await acceptWithin(
      conn,
      wait,
      (signal) => this.#peers.accept(conn, signal, verdict),
      ({ client }) => client.terminate(),
    );
  }

  /**
   * Turns a request to `Deno.serve` into a client of this server; see
   * `upgradeWebSocket` for the limits of such a connection: `ping` and `pong` of
   * its client reject with `Deno.errors.NotSupported`. The runtime pings by itself
   * each {@linkcode Server.pingInterval}, as it is when the request comes: a later
   * change has no effect on this connection, and neither has `pongTimeout`, as a
   * connection ends when two intervals have passed without a sign of life.
   *
   * Beyond `maxConnections` the response is 503; requests whose response is not
   * sent yet count. So it is beyond `maxConnectionsPerIp`, which counts the
   * connections by this call and by `handleHandshake` for each address of a client,
   * IPv6 by /64: the one in `options.remoteAddr`, or the one that `trustedProxies`
   * tell.
   *
   * With one of these limits, a client that leaves while a promise of `onConnect`
   * is pending gives its place back. To learn of that, the call looks at
   * `request.signal`: without the flag `--unstable-no-legacy-abort`, `Deno.serve`
   * then prints once that this signal aborts on successful responses too. Of a
   * client that has left before the call nothing tells; its place is free after
   * `handshakeTimeout`.
   *
   * @param request The request, its body unread.
   * @param options The peer's address.
   * @returns The response, which has to be returned in any case.
   * @throws {TypeError} If `request` is none, or `remoteAddr` is no address, or is
   * missing though the server has `trustedProxies`.
   *
   * @example Usage
   * ```ts
   * import { newClient, newServer, OPCode } from "@vnet/net/websocket";
   * import { assertEquals } from "@std/assert";
   *
   * const server = newServer(0, "/echo");
   * server.onMessage((ws, message) => {
   *   // Pongs come here, too.
   *   if (message.opcode === OPCode.pong) return;
   *   ws.write(message.payload, message.opcode);
   * });
   * await using http = Deno.serve(
   *   { hostname: "127.0.0.1", port: 0, onListen: () => {} },
   *   (request, info) => server.handleUpgrade(request, info),
   * );
   *
   * const client = newClient(`ws://127.0.0.1:${http.addr.port}/echo`);
   * await client.connect();
   * await client.writeString("hello");
   * for await (const message of client) {
   *   assertEquals(message.text(), "hello");
   *   break;
   * }
   * await client.close();
   * await server.close();
   * ```
   */
  async handleUpgrade(
    request: Request,
    options: HandleUpgradeOptions = {},
  ): Promise<Response> {
    checkOptions(options, UPGRADE_CHECKS);
    const { allowedOrigins, allowedHosts } = this.#options;
    const limits = toSlotLimits(this.#options);
    const route = this.#route === "" ? undefined : this.#route;
    const { remoteAddr } = options;
    const proxies = this.#proxies;
    const rules = { route, allowedOrigins, allowedHosts, remoteAddr, proxies };
    const asked = readServedUpgrade(request, rules);
    const { counts } = this.#peers;
    if (isRefusal(asked)) {
      counts.handshakesFailed++;
      return refusalResponse(asked);
    }
    const { clientAddress } = asked.source;
    const ip = limitedAddress(clientAddress, proxies);
    const slot = this.#slots.take(limits, this.clients.size, ip);
    if (typeof slot === "string") {
      counts.refuse(slot);
      return new Response("Too many connections\n", { status: 503 });
    }
    const seen = describeRequest(asked, request.headers, clientAddress);
    const isSsl = request.url.startsWith("https:");
    const peer = this.#peers.make(seen, isSsl, { remoteAddr });
    try {
      // For no other reason: the runtime warns of each use of the signal.
      const isLimited = limits.maxConnections !== Infinity ||
        limits.maxConnectionsPerIp !== Infinity;
      const decision = await this.#peers.ask(
        peer,
        isLimited ? () => request.signal : undefined,
      );
      if (isAcceptance(decision)) {
        const headers = headersFor(this.#options.headers, decision);
        return this.#upgrade(request, peer, slot, { ...asked, headers });
      }
      slot.free();
      return decisionResponse(decision);
    } catch (error) {
      slot.free();
      throw error;
    }
  }

  /**
   * Sends a message to all clients, and encodes it once only. It does
   * not wait: bytes that a client's connection does not take at once are queued for
   * that client.
   *
   * A client that has `maxBufferedBytes` or more waiting already is slow; the
   * message is left out for it if `sendPolicy` is `"drop"`, and its connection is
   * cut if that is `"close"` or `"wait"`: waiting would mean to queue without
   * end, or to let it delay all others. So within one turn of the event loop no
   * more than that should be broadcast.
   *
   * @param data The message: a string as text, bytes as binary. The caller may
   * use the buffer again at once.
   * @param options The clients that do not get it.
   * @returns How many clients it goes to.
   * @throws {TypeError} If `data` is neither string nor bytes, or `except` has
   * anything but clients.
   * @throws {RangeError} If `opcode` is not one of a message.
   */
  broadcast(data: string | Uint8Array, options: BroadcastOptions = {}): number {
    const opcode = opcodeFor("broadcast", data, options);
    const except = toExcluded(
      options.except,
      isClient,
      "a Client, or clients",
    );
    const broadcast = new Broadcast(opcode, data);
    let count = 0;
    this.#peers.eachSession((session) => {
      if (except?.has(session.client)) return;
      if (session.sender.sendCopy(broadcast)) count++;
    });
    return count;
  }

  /**
   * Sends a message to the clients that have subscribed to a topic, as
   * {@linkcode Server.broadcast} does to all: see {@linkcode Topics.publish}.
   *
   * @param topic The name of the topic.
   * @param data The message: a string as text, bytes as binary. The caller may
   * use the buffer again at once.
   * @param options The clients that do not get it.
   * @returns How many clients of this process it goes to.
   * @throws {TypeError | RangeError} If an argument is not valid.
   */
  publish(
    topic: string,
    data: string | Uint8Array,
    options: BroadcastOptions = {},
  ): number {
    return this.#topics.publish(topic, data, options);
  }

  /**
   * Stops listening, ends the handshakes under way, and does the closing
   * handshake with all clients, bounded by `closeTimeout`.
   *
   * @param code 1000 to 1003, 1007 to 1014 or 3000 to 4999; 1001, going away, by
   * default.
   * @param reason At most 123 bytes of UTF-8.
   * @param options How long it may take.
   * @returns Resolves when all connections have ended.
   * @throws {TypeError | RangeError} If the code or the reason can't be sent, or
   * an option is not valid. The server goes on then.
   */
  async close(
    code: number = CloseCode.goingAway,
    reason = "",
    options: WebSocketCloseOptions = {},
  ): Promise<void> {
    checkClose(code, reason, options);
    this.#peers.stopHandshakes();
    this.#listener?.close();
    this.#listener = undefined;
    const clients = [...this.clients.values()];
    await Promise.all(
      clients.map(({ client }) => client.close(code, reason, options)),
    );
    await this.#serving;
  }

  /** Closes the server at the end of an `await using` scope. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** Makes the response to a request that is accepted. */
  #upgrade(
    request: Request,
    peer: ServerClient,
    slot: UpgradeSlot,
    asked: UpgradeRequest & { readonly headers: HeadersInit | undefined },
  ): Response {
    const peers = this.#peers;
    const { stopSignal } = peers;
    const options = {
      ...this.#options,
      headers: asked.headers,
      idleTimeout: this.#pingInterval * 2000 || Infinity,
    };
    const { response, socket, protocol } = acceptServed(
      request,
      asked,
      options,
    );
    // Until the response is sent; then the client takes over.
    const handler: MessageHandler = {
      onOpen: () => {
        slot.open();
        if (stopSignal.aborted) {
          return engine.beginClose(CloseCode.goingAway, "");
        }
        const session = peers.attach(peer, {
          protocol,
          makeEngine: (session) => {
            engine.handler = session;
            return engine;
          },
        });
        session.whenEnded(() => slot.free());
      },
      onText: ignore,
      onBytes: ignore,
      onError: (error) => peers.report(undefined, error),
      onClosed: () => {
        slot.free();
        peer.client.terminate();
      },
    };
    const name = `WebSocket "${asked.resourceName}"`;
    const engine = new RuntimeEngine(handler, socket, name, options);
    return response;
  }
}

let makePeer: (server: Server, parts: PeerParts) => ServerClient;
let setRequest: (peer: ServerClient, request: WebSocketRequest) => void;

/**
 * A client as its server knows it (V `websocket.ServerClient`): its request and the
 * connection.
 *
 * @example Usage
 * ```ts
 * import { newClient, newServer } from "@vnet/net/websocket";
 * import { assertEquals } from "@std/assert";
 *
 * const server = newServer(0, "", { hostname: "127.0.0.1" });
 * server.onConnect((peer) => peer.headers.get("authorization") === "Bearer 1");
 * server.onAttached((peer) => peer.client.writeString(peer.resourceName));
 * const { promise, resolve } = Promise.withResolvers<Deno.NetAddr>();
 * const serving = server.listen({ onListen: resolve });
 *
 * const client = newClient(`ws://127.0.0.1:${(await promise).port}/rooms?id=7`, {
 *   headers: { authorization: "Bearer 1" },
 * });
 * await client.connect();
 * for await (const message of client) {
 *   assertEquals(message.text(), "/rooms?id=7");
 *   break;
 * }
 * await client.close();
 * await server.close();
 * await serving;
 * ```
 */
export class ServerClient {
  static {
    makePeer = (server, parts) => new ServerClient(server, parts);
    setRequest = (peer, request) => peer.#request = request;
  }

  #request: WebSocketRequest;
  readonly #source: PeerSource;
  #headers: Headers | undefined;

  /** The server. */
  readonly server: Server;

  /** The connection; in state `connecting` until the server has accepted it. */
  readonly client: Client;

  private constructor(server: Server, parts: PeerParts) {
    this.server = server;
    this.client = parts.client;
    this.#source = parts.source;
    this.#request = parts.request;
  }

  /**
   * The address of the socket's peer, which may be a proxy; `undefined` if it is
   * no IP address, or was not given to `handleUpgrade`.
   */
  get remoteAddr(): Deno.NetAddr | undefined {
    const { remoteAddr } = this.#source;
    return isNetAddr(remoteAddr) ? remoteAddr : undefined;
  }

  /**
   * The address of the client: that of the socket, or the one that
   * `trustedProxies` tell; `undefined` if neither is an IP address.
   */
  get clientAddress(): string | undefined {
    return this.#request.clientAddress;
  }

  /**
   * The verified certificate of a client by TLS, if the server has `clientCaCerts`
   * and the client has shown one; `undefined` inside `Deno.serve`.
   */
  get peerCertificate(): PeerCertificate | undefined {
    const source = this.#source;
    return source instanceof TlsConn ? source.peerCertificate : undefined;
  }

  /** The path with its query, as the client has sent it. */
  get resourceName(): string {
    return this.#request.resourceName;
  }

  /** The client's `Sec-WebSocket-Key`. */
  get clientKey(): string {
    return this.#request.key;
  }

  /** The page's origin, `undefined` if none was sent: then it is no browser. */
  get origin(): string | undefined {
    return this.#request.origin;
  }

  /** The subprotocols that the client has offered, in its order. */
  get protocols(): readonly string[] {
    return this.#request.protocols;
  }

  /** All header fields of the request. */
  get headers(): Headers {
    return this.#headers ??= this.#request.headers;
  }
}

/** The clients that get no broadcast. */
function isClient(value: unknown): value is Client {
  return value instanceof Client;
}
