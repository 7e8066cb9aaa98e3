import {
  checkOptions,
  isType,
  type OptionChecks,
  typeOf,
} from "../internal/check_options.ts";
import {
  ACCEPT_CHECKS,
  type AcceptWebSocketOptions,
} from "./accept_websocket.ts";
import { toHeaders } from "./handshake/_handshake_headers.ts";
import { callOrPrint } from "../internal/errors/call_safely.ts";
import { ClosedError } from "../internal/errors/closed_error.ts";
import { printError } from "../internal/errors/print_error.ts";
import { MAX_DELAY } from "../internal/wait/max_delay.ts";
import { CloseCode } from "./close_code.ts";
import { MessageSession } from "./engine/_message_session.ts";
import { RUNTIME_CHECKS, RuntimeEngine } from "./engine/_runtime_engine.ts";
import { PROXY_CHECKS, toProxyTrust } from "./handshake/_trusted_proxies.ts";
import { selectProtocol } from "./handshake/_server_handshake.ts";
import {
  readServedUpgrade,
  refusalResponse,
} from "./handshake/_server_upgrade.ts";
import {
  isRefusal,
  type UpgradeRequest,
} from "./handshake/_upgrade_request.ts";
import { State } from "./state.ts";
import { makeWebSocketConn, type WebSocketConn } from "./websocket_conn.ts";
import type { WebSocketOptions } from "./websocket_options.ts";

/** Milliseconds of silence after which the connection ends. */
const DEFAULT_IDLE_TIMEOUT = 60_000;

/** Options for {@linkcode upgradeWebSocket}. */
export interface UpgradeWebSocketOptions extends
  Pick<
    AcceptWebSocketOptions,
    | "route"
    | "protocols"
    | "allowedOrigins"
    | "allowedHosts"
    | "trustedProxies"
    | "forwardedOrigin"
    | "headers"
  >,
  Pick<WebSocketOptions, "maxBufferedBytes" | "sendPolicy"> {
  /**
   * The address of the peer, which `Deno.serve` has in its handler's `info`;
   * `trustedProxies` needs it.
   */
  remoteAddr?: Deno.Addr;
  /**
   * Called with the connection once it is open. An error that it throws, or with
   * which it rejects, closes the connection with 1011 and affects no other;
   * `onError` gets it, and without one it is printed.
   */
  onOpen?: (conn: WebSocketConn) => unknown;
  /**
   * Told of errors: `onOpen` fails, the peer breaks the protocol, a limit
   * is passed, no pong comes, the response was never sent. The connection ends by
   * it.
   */
  onError?: (error: unknown, conn: WebSocketConn) => unknown;
  /**
   * The most bytes of a message from the peer. A larger one ends the connection
   * with 1009, but only after the runtime has stored it.
   *
   * @default {1048576}
   */
  maxMessageSize?: number;
  /**
   * The most bytes of messages that may wait to be read, each counted with 64
   * bytes more than it has. The peer can't be stopped: at more of them the
   * connection ends with 1013.
   *
   * @default {16777216}
   */
  maxQueuedBytes?: number;
  /**
   * Milliseconds without a message or a pong after which the connection ends;
   * the runtime pings at half of it. `Infinity` for no pings and no limit.
   *
   * @default {60000}
   */
  idleTimeout?: number;
  /**
   * Milliseconds without progress in which a closing connection is given up.
   * Progress is that the runtime has sent a whole message: one of several MiB has
   * these milliseconds for each of them, up to two minutes. When all is sent, the
   * peer gets these milliseconds for its own close frame, and beside them the time
   * that the bytes sent in the last minutes take at 8 KiB/s, up to two minutes in
   * all. So it does if a third of `idleTimeout` has passed before all is sent: from
   * then on the runtime tells of no progress.
   *
   * @default {30000}
   */
  closeTimeout?: number;
  /**
   * Milliseconds until the response must have been sent. The connection ends
   * with 1006 if it never is.
   *
   * @default {10000}
   */
  handshakeTimeout?: number;
}

/**
 * The connection that {@linkcode upgradeWebSocket} gives: a `WebSocketConn` over
 * the runtime's WebSocket, which can do less; see there.
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
export type UpgradedWebSocket = WebSocketConn;

/**
 * The result of {@linkcode upgradeWebSocket}: the response to return, and the
 * connection if the request was a good one.
 *
 * @example Usage
 * ```ts
 * import { upgradeWebSocket, type WebSocketUpgrade } from "@vnet/net/websocket";
 * import { assertEquals } from "@std/assert";
 *
 * const request = new Request("http://127.0.0.1/");
 * const upgrade: WebSocketUpgrade = upgradeWebSocket(request);
 * assertEquals(upgrade.conn, undefined);
 * assertEquals(upgrade.response.status, 426);
 * ```
 */
export type WebSocketUpgrade =
  | {
    /** The response, with status 101. */
    readonly response: Response;
    /** The connection, open once the response has been sent. */
    readonly conn: WebSocketConn;
  }
  | {
    /** The refusal: 400, 403, 404, 421 or 426. */
    readonly response: Response;
    /** There is none. */
    readonly conn: undefined;
  };

/**
 * Turns a request to `Deno.serve` into a WebSocket, over
 * `Deno.upgradeWebSocket`: the way to serve WebSockets and pages on one port.
 *
 * Return the response in any case, and do not throw after the call: the
 * runtime shuts the whole server down if an upgraded request is answered with
 * anything else. Work with the connection in `onOpen`, which is safe in that
 * respect, or begin it without awaiting it. It begins in state 0, connecting, and
 * is open once `Deno.serve` has sent the response; reads and writes made before
 * wait for that.
 *
 * Before the upgrade the request is held against RFC 6455 section 4.2.1 and the
 * origin rules of `acceptWebSocket`. Behind a proxy that ends TLS, pages have
 * another origin than the server sees: name it in `allowedOrigins`, or let the
 * proxy tell it by `trustedProxies` and `forwardedOrigin`.
 *
 * **Limits.** `Deno.serve` never hands the raw connection out, so the
 * frames are the runtime's business (Deno 2.9). For all of the following there
 * is `acceptWebSocket` on a `listenTcp` of its own.
 *
 * - Nothing stops a peer that sends faster than it is read; beyond
 *   `maxQueuedBytes` the connection is closed.
 * - The runtime stores a frame of up to 64 MiB, and a message of any number of
 *   fragments, before `maxMessageSize` is looked at.
 * - Frames without a mask are taken, and requests by HTTP/1.0 that have a `Host`:
 *   the runtime does not tell the version. Where the protocol is broken, the
 *   connection mostly ends without a close frame: 1006.
 * - No compression, no `ping` and `pong`; pings go out by `idleTimeout` only, and
 *   do nothing against a peer that has stopped reading.
 * - A write settles when the runtime has taken a copy of the message, which may be
 *   before the system has. `bufferedBytes` stops counting at the close frame, which
 *   waits for the messages before it for a third of `idleTimeout`; from then on it
 *   is the number of bytes that waited at that moment.
 * - A connection can't be cut: `terminate()` sends a close frame with 1001. After
 *   it, and after `closeTimeout`, the connection is over on this side, but the
 *   socket stays until the peer sends anything or ends.
 * - Any frame that crosses the close frame, a ping or pong too, makes the runtime
 *   cut the connection, which then ends with 1006. What is on its way to a slow
 *   peer may be lost by that.
 * - The runtime answers the peer's close frame at once. Answers to messages before
 *   it that come later are lost, though `closed` tells what the close frame says.
 * - Behind a close frame of this side, the runtime does not tell a lost link from
 *   an answer without a code. Peers repeat the code, so both are 1006.
 * - `server.shutdown()` does not wait for WebSockets, and looks like a close frame
 *   of the peer, with 1005: close them first.
 *
 * @param request The request, as `Deno.serve` gave it, its body unread.
 * @param options The settings of the connection, and the limits.
 * @returns The response to return, and the connection if there is one.
 * @throws {TypeError | RangeError | SyntaxError} If an option is not valid, before
 * anything is done.
 *
 * @example Usage
 * ```ts
 * import { dialWebSocket, upgradeWebSocket } from "@vnet/net/websocket";
 * import { assertEquals } from "@std/assert";
 *
 * await using server = Deno.serve(
 *   { hostname: "127.0.0.1", port: 0, onListen: () => {} },
 *   (request) => {
 *     const { response } = upgradeWebSocket(request, {
 *       route: "/echo",
 *       onOpen: (conn) => conn.readable.pipeTo(conn.writable),
 *     });
 *     return response;
 *   },
 * );
 * const client = await dialWebSocket(`ws://127.0.0.1:${server.addr.port}/echo`);
 * await client.write("hello");
 * assertEquals(await client.read(), "hello");
 * await client.close();
 * ```
 */
export function upgradeWebSocket(
  request: Request,
  options: UpgradeWebSocketOptions = {},
): WebSocketUpgrade {
  checkOptions(options, UPGRADE_CHECKS);
  const upgrade = readServedUpgrade(request, {
    remoteAddr: options.remoteAddr,
    proxies: toProxyTrust(options),
    route: options.route,
    allowedOrigins: options.allowedOrigins,
    allowedHosts: options.allowedHosts,
  });
  if (isRefusal(upgrade)) {
    return { response: refusalResponse(upgrade), conn: undefined };
  }
  const { resourceName: url, source: { clientAddress } } = upgrade;
  const { idleTimeout = DEFAULT_IDLE_TIMEOUT } = options;
  const limits = { ...options, idleTimeout };
  const { response, socket, protocol } = acceptServed(request, upgrade, limits);
  const fields = { toHeaders: () => request.headers };
  const session = new UpgradedSession(url, limits, () => conn);
  const engine = new RuntimeEngine(session, socket, session.name, limits);
  const parts = { url, protocol, extensions: "", fields, clientAddress };
  const conn = makeWebSocketConn(parts, session, engine);
  return { response, conn };
}

/** An address of the runtime. */
export function isAddr(value: unknown, name: string): void {
  const { transport } = Object(value) as Partial<Deno.Addr>;
  if (typeof transport === "string") return;
  throw new TypeError(
    `Cannot use ${name} of type ${
      typeOf(value)
    }: expected an address such as info.remoteAddr of Deno.serve`,
  );
}

/** The checks of all options. */
const UPGRADE_CHECKS: OptionChecks<UpgradeWebSocketOptions> = {
  ...RUNTIME_CHECKS,
  ...PROXY_CHECKS,
  remoteAddr: isAddr,
  route: ACCEPT_CHECKS.route,
  protocols: ACCEPT_CHECKS.protocols,
  allowedOrigins: ACCEPT_CHECKS.allowedOrigins,
  allowedHosts: ACCEPT_CHECKS.allowedHosts,
  headers: ACCEPT_CHECKS.headers,
  onOpen: isType("function"),
  onError: isType("function"),
};

/** A WebSocket of the runtime's, and the response that opens it. */
interface Served {
  readonly response: Response;
  readonly socket: WebSocket;
  readonly protocol: string;
}

/** Accepts a request that {@linkcode readServedUpgrade} has checked. */
export function acceptServed(
  request: Request,
  upgrade: Pick<UpgradeRequest, "protocols">,
  { idleTimeout = Infinity, protocols = [], headers }: UpgradeWebSocketOptions,
): Served {
  const protocol = selectProtocol(upgrade.protocols, protocols);
  const { response, socket } = Deno.upgradeWebSocket(request, {
    idleTimeout: toIdleSeconds(idleTimeout),
  });
  for (const [name, value] of toHeaders(headers)) {
    response.headers.append(name, value);
  }
  // The runtime's own option knows protocols only if ", " is between them.
  if (protocol !== "") {
    response.headers.set("sec-websocket-protocol", protocol);
  }
  return { response, socket, protocol };
}

/** Runs the callbacks of the options on events of the connection. */
class UpgradedSession extends MessageSession {
  readonly #options: UpgradeWebSocketOptions;
  readonly #conn: () => WebSocketConn;

  constructor(
    url: string,
    options: UpgradeWebSocketOptions,
    conn: () => WebSocketConn,
  ) {
    super(url);
    this.#options = options;
    this.#conn = conn;
  }

  override onError(error: unknown): void {
    super.onError(error);
    this.#report(error);
  }

  /** Runs the handler, whose failure ends this connection and nothing else. */
  async onOpen(): Promise<void> {
    const conn = this.#conn();
    try {
      await this.#options.onOpen?.(conn);
    } catch (error) {
      // It may only pass on how the connection has ended.
      const isEnd = error === this.error ||
        conn.state !== State.open && error instanceof ClosedError;
      if (!isEnd) {
        if (this.#options.onError === undefined) {
          printError("Uncaught error in onOpen", error);
        } else this.#report(error);
      }
      if (this.info !== undefined) return;
      this.error ??= error;
      await conn.close(CloseCode.internalError);
    }
  }

  #report(error: unknown): void {
    const { onError } = this.#options;
    callOrPrint("onError", () => onError?.(error, this.#conn()));
  }
}

function toIdleSeconds(timeout: number): number {
  // A longer one is no limit in practice.
  return timeout / 2 > MAX_DELAY ? 0 : timeout / 1000;
}
