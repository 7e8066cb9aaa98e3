import { expectEnd, isPeerEnd } from "../internal/errors/expected_end.ts";
import { limited } from "../internal/wait/limited.ts";
import {
  checkOptions,
  checkWait,
  isTime,
  isType,
  type OptionChecks,
  typeOf,
  WAIT_CHECKS,
} from "../internal/check_options.ts";
import { onAbort } from "../internal/wait/on_abort.ts";
import { hasLimits, type WaitOptions } from "../internal/wait/wait_options.ts";
import type { StreamConn } from "../tcp/conn/stream_conn.ts";
import { TlsConn } from "../tcp/tls/tls_conn.ts";
import { DEFAULT_HANDSHAKE_TIMEOUT } from "./_defaults.ts";
import { loadDeflate } from "./deflate/_zlib.ts";
import type { EngineSetup } from "./engine/_engine_setup.ts";
import {
  type AllowedHosts,
  prepareHosts,
  refuseHost,
} from "./handshake/_allowed_hosts.ts";
import {
  checkResponseHeaders,
  checkServedProtocols,
} from "./handshake/_handshake_headers.ts";
import { PackedFields } from "../internal/http/header_fields.ts";
import {
  HttpHeadParser,
  isHeadFailure,
  parseRequestLine,
} from "../internal/http/http_head.ts";
import {
  type AllowedOrigins,
  checkAllowedOrigins,
} from "./handshake/_origin.ts";
import {
  type HttpRequest,
  type HttpRequestHandler,
  isPlainRequest,
} from "./handshake/_plain_request.ts";
import {
  headersFor,
  type RequestDecision,
  type WebSocketRequest,
} from "./handshake/_request_decision.ts";
import type { Refusal } from "./handshake/_refusal.ts";
import { checkRoute } from "./handshake/_route.ts";
import {
  type AcceptedUpgrade,
  acceptUpgrade,
} from "./handshake/_server_handshake.ts";
import {
  findSource,
  PROXY_CHECKS,
  type ProxyTrust,
  type RequestSource,
  toProxyTrust,
  type TrustedProxies,
} from "./handshake/_trusted_proxies.ts";
import {
  isRefusal,
  readUpgradeRequest,
  type UpgradeRequest,
} from "./handshake/_upgrade_request.ts";
import { HandshakeError } from "./handshake_error.ts";
import {
  answerPlainRequest,
  decide,
  type PlainRequest,
} from "./opening/_ask_program.ts";
import { readHead } from "./opening/_read_head.ts";
import { sendRefusal } from "./opening/_send_refusal.ts";
import { TimeLimit } from "./opening/_time_limit.ts";
import { beginWebSocket, type WebSocketConn } from "./websocket_conn.ts";
import {
  toDeflateOptions,
  WEBSOCKET_CHECKS,
  type WebSocketOptions,
} from "./websocket_options.ts";

export type { RequestDecision, WebSocketRequest };

/** Options for {@linkcode acceptWebSocket}. */
export interface AcceptWebSocketOptions extends WebSocketOptions, WaitOptions {
  /**
   * The only path that is served, such as `"/chat"`, without query; by default
   * all are. Paths are compared after percent-decoding: `"/größe"` and
   * `"/gr%c3%b6%C3%9Fe"` are the same, but an escaped slash does not separate
   * segments.
   */
  route?: string;
  /** The subprotocols that are served; the client's order decides. */
  protocols?: readonly string[];
  /**
   * The origins of pages that may connect beside those of the same origin: `"*"`
   * for all, origins such as `"https://example.com"`, `"https://*.example.com"`
   * for all its subdomains but not for itself, or patterns. A request without
   * `Origin` does not come from a page, and is accepted.
   */
  allowedOrigins?: AllowedOrigins;
  /**
   * The hosts that a request may name in `Host`: a list of names and addresses,
   * or `"*"`. A request for another host is refused with 421, a plain one too. A
   * server for this machine or its network should list its hosts: a page of a
   * foreign name that resolves to this machine (DNS rebinding) has the same
   * origin as the server, which `allowedOrigins` always accepts.
   *
   * @default {"*"}
   */
  allowedHosts?: AllowedHosts;
  /**
   * The proxies that tell the address of the client, which is then the
   * `clientAddress` of the request and of the connection. The address of the
   * socket stays that of the proxy.
   *
   * @default {none}
   */
  trustedProxies?: TrustedProxies;
  /**
   * Whether trusted proxies also tell the scheme and the host that the client has
   * used, in `X-Forwarded-Proto` and `X-Forwarded-Host`, or in `Forwarded` if that
   * is the header field of `trustedProxies`. They then make the server's own
   * origin, and `allowedHosts` applies to that host. The proxies must set both
   * fields, as they pass them through from the client otherwise.
   *
   * @default {false}
   */
  forwardedOrigin?: boolean;
  /** Further header fields of the answer. */
  headers?: HeadersInit;
  /** Decides about a valid request for a WebSocket. */
  onRequest?: (
    request: WebSocketRequest,
  ) => RequestDecision | Promise<RequestDecision>;
  /**
   * Answers a request that does not ask for a WebSocket, such as one for a page,
   * of any method and path; by default it is refused. The answer must be ready
   * within `handshakeTimeout`. It is sent while the connection closes in the
   * orderly way, and a client that reads nothing of it for that time is cut.
   * `acceptWebSocket` then rejects with a {@linkcode HandshakeError} that has the
   * answer's status, and a server's `onError` is not called. The body of an
   * answer to `HEAD` is not sent; a request with a body is refused with 400.
   */
  onHttpRequest?: (request: HttpRequest) => Response | Promise<Response>;
  /**
   * Milliseconds that the handshake may take, beside the limits of the call
   * (`timeout`, `deadline` and `signal`).
   *
   * @default {10000}
   */
  handshakeTimeout?: number;
}

/**
 * Does the opening handshake of a server (RFC 6455 section 4.2) on a connection
 * that was just accepted, over TCP, TLS, a Unix socket or a pipe. It owns the
 * connection from then on, and closes it if the handshake fails.
 *
 * An invalid request is answered with 400, 403, 404, 421, 426, 431 or 505 and a
 * line that says why.
 *
 * @param conn The connection, from which nothing has been read.
 * @param options The rules of the server, and the limits.
 * @returns The open WebSocket.
 * @throws {HandshakeError} If the request was refused, with the status.
 * @throws {DOMException} Named `TimeoutError`, at the limit.
 * @throws {TypeError | RangeError | SyntaxError} If an option is not valid.
 *
 * @example Usage
 * ```ts
 * import { acceptWebSocket, dialWebSocket } from "@vnet/net/websocket";
 * import { listenTcp } from "@vnet/net/tcp";
 * import { assertEquals } from "@std/assert";
 *
 * using listener = listenTcp("127.0.0.1:0");
 * const serving = listener.serve(async (conn) => {
 *   const socket = await acceptWebSocket(conn, { route: "/echo" });
 *   await socket.readable.pipeTo(socket.writable);
 *   await socket.closed;
 * });
 *
 * const client = await dialWebSocket(`ws://127.0.0.1:${listener.addr.port}/echo`);
 * await client.write("hello");
 * assertEquals(await client.read(), "hello");
 * await client.close();
 * listener.close();
 * await serving;
 * ```
 */
export async function acceptWebSocket(
  conn: StreamConn<unknown>,
  options: AcceptWebSocketOptions = {},
): Promise<WebSocketConn> {
  checkConn(conn);
  let proxies: ProxyTrust | undefined;
  try {
    checkOptions(options, ACCEPT_CHECKS);
    proxies = toProxyTrust(options);
  } catch (error) {
    conn.terminate();
    throw error;
  }
  return await openWebSocket(conn, options, { proxies });
}

/** Accepts a WebSocket with options that were checked. */
export async function openWebSocket(
  conn: StreamConn<unknown>,
  options: AcceptWebSocketOptions,
  rules: HandshakeSetup,
): Promise<WebSocketConn> {
  const { request, accepted, setup } = await acceptWithin(
    conn,
    options,
    (signal) => acceptHandshake(conn, { ...options, signal }, rules),
    () => conn.terminate(),
  );
  const { protocol, extensions } = accepted;
  const { resourceName: url, clientAddress } = request;
  const fields = new PackedFields(request.fields);
  const parts = { url, protocol, extensions, fields, clientAddress };
  return beginWebSocket(parts, setup);
}

/** Throws unless a value has the members of a stream connection. */
export function checkConn(conn: StreamConn<unknown>): void {
  const members = Object(conn) as Partial<StreamConn<unknown>>;
  const isConn = typeof members.terminate === "function" &&
    typeof members.writev === "function";
  if (isConn) return;
  throw new TypeError(
    `Cannot accept a WebSocket on a value of type ${
      typeOf(conn)
    }: expected a stream connection, such as a TcpConn`,
  );
}

/**
 * Does a handshake within the limits of a call. If it fails, the connection ends.
 *
 * @param discard Ends the connection of a handshake that is done too late.
 */
export async function acceptWithin<T>(
  conn: StreamConn<unknown>,
  wait: WaitOptions,
  accept: (signal: AbortSignal | undefined) => Promise<T>,
  discard: (late: T) => void,
): Promise<T> {
  try {
    checkWait(wait);
    if (!hasLimits(wait)) return await accept(undefined);
    return await limited("Cannot accept a WebSocket", wait, accept, discard);
  } catch (error) {
    // A limit that had passed before the call is found by `limited` alone.
    endFailed(conn, error);
    throw error;
  }
}

/**
 * Ends a connection whose handshake has failed: in the orderly way if a refusal
 * is being sent, else at once.
 */
export function endFailed(conn: StreamConn<unknown>, error: unknown): void {
  if (error instanceof HandshakeError) conn.close();
  else conn.terminate();
}

/** The result of a successful handshake. */
export interface Accepted {
  readonly request: UpgradeRequest & Pick<RequestSource, "clientAddress">;
  readonly accepted: AcceptedUpgrade;
  readonly setup: Omit<EngineSetup, "textAs">;
}

/** The part of a handshake that a server sets beside its options. */
export interface HandshakeSetup {
  /** Whether `onRequest` has limits of its own. */
  readonly hasOwnLimits?: boolean | undefined;
  /** Called with a failure of the program, before the answer is sent. */
  readonly onFault?: ((error: HandshakeError) => void) | undefined;
  /** The trusted proxies of the options. */
  readonly proxies?: ProxyTrust | undefined;
  /** Why a page of another origin is refused. */
  readonly originReason?: string | undefined;
  /**
   * Called when the client of a request is known; may refuse it. Its count ends with
   * the connection.
   */
  readonly admit?:
    | ((source: RequestSource) => Refusal | undefined)
    | undefined;
}

/** The checks of all options. */
export const ACCEPT_CHECKS: OptionChecks<AcceptWebSocketOptions> = {
  ...WEBSOCKET_CHECKS,
  ...WAIT_CHECKS,
  ...PROXY_CHECKS,
  route: checkRoute,
  protocols: checkServedProtocols,
  allowedOrigins: checkAllowedOrigins,
  allowedHosts: (value) => void prepareHosts(value as AllowedHosts),
  headers: checkResponseHeaders,
  onRequest: isType("function"),
  onHttpRequest: isType("function"),
  handshakeTimeout: isTime,
};

/**
 * Does the handshake of a server, with options that {@linkcode ACCEPT_CHECKS} has
 * checked.
 */
export async function acceptHandshake(
  conn: StreamConn<unknown>,
  options: AcceptWebSocketOptions,
  setup: HandshakeSetup = {},
): Promise<Accepted> {
  const { signal, handshakeTimeout = DEFAULT_HANDSHAKE_TIMEOUT } = options;
  const { bytesRead } = conn;
  try {
    signal?.throwIfAborted();
    using _abort = onAbort(signal, () => conn.terminate());
    // The read deadline limits the wait for the request, `limit` all other steps.
    if (handshakeTimeout !== Infinity) {
      conn.setReadDeadline(Date.now() + handshakeTimeout);
    }
    const limit = new TimeLimit(handshakeTimeout);
    return await answer({ conn, options, setup, limit });
  } catch (error) {
    // A peer that leaves without a request, such as a health check, is expected.
    if (isPeerEnd(error) && conn.bytesRead === bytesRead) expectEnd(error);
    endFailed(conn, error);
    throw signal?.aborted ? signal.reason : error;
  }
}

/** A handshake under way. */
interface Handshake {
  readonly conn: StreamConn<unknown>;
  readonly options: AcceptWebSocketOptions;
  readonly setup: HandshakeSetup;
  readonly limit: TimeLimit;
}

async function answer(handshake: Handshake): Promise<Accepted> {
  const { conn, options, setup, limit } = handshake;
  const head = await readHead(conn, new HttpHeadParser(parseRequestLine));
  if (isHeadFailure(head)) throw await sendRefusal(conn, head, setup);
  const { remoteAddr } = conn;
  const socket = { remoteAddr, isSecure: conn instanceof TlsConn };
  const source = findSource(head.fields, socket, setup.proxies);
  const { isSecure, host, clientAddress } = source;
  const rejection = setup.admit?.(source);
  if (rejection !== undefined) throw await sendRefusal(conn, rejection, setup);
  const { onHttpRequest, signal } = options;
  if (onHttpRequest !== undefined && isPlainRequest(head)) {
    const { allowedHosts } = options;
    const refusal = refuseHost(head, { isSecure, host, allowedHosts });
    if (refusal !== undefined) throw await sendRefusal(conn, refusal, setup);
    throw await servePlain(handshake, { head, clientAddress }, onHttpRequest);
  }
  const { originReason } = setup;
  const rules = { ...options, isSecure, host, originReason };
  const asked = readUpgradeRequest(head, rules);
  if (isRefusal(asked)) throw await sendRefusal(conn, asked, setup);
  const request = { ...asked, clientAddress };
  const timeout = setup.hasOwnLimits ? undefined : limit.left;
  const wait = { signal, timeout };
  const decided = await decide(request, options.onRequest, wait);
  if (decided.ending) throw await sendRefusal(conn, decided.ending, setup);
  const deflateOptions = toDeflateOptions(options.deflate);
  const accepted = acceptUpgrade(request, {
    protocols: options.protocols,
    headers: headersFor(options.headers, decided.acceptance),
    deflate: deflateOptions,
  });
  await conn.write(accepted.response, { timeout: limit.left });
  const deflate = await loadDeflate(accepted.deflate, deflateOptions);
  return {
    request,
    accepted,
    setup: { conn, role: "server", options, deflate },
  };
}

/** Answers a plain request, and returns the error that ends the handshake. */
async function servePlain(
  { conn, options, setup: { onFault }, limit }: Handshake,
  asked: PlainRequest,
  handler: HttpRequestHandler,
): Promise<HandshakeError> {
  const { signal, handshakeTimeout = DEFAULT_HANDSHAKE_TIMEOUT } = options;
  const ending = await limited(
    "Cannot answer a request",
    { signal, timeout: limit.left },
    (signal) => answerPlainRequest(asked, handler, signal),
  );
  // A slow client gets the whole page as long as it makes progress.
  conn.setCloseTimeout(handshakeTimeout);
  return await sendRefusal(conn, ending, { onFault, limit });
}
