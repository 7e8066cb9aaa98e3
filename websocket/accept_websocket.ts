import { expectEnd } from "../internal/errors/expected_end.ts";
import { limited } from "../internal/wait/limited.ts";
import {
  checkOptions,
  isSignal,
  isTime,
  isType,
  type OptionChecks,
  typeOf,
} from "../internal/check_options.ts";
import {
  checkDeadline,
  hasLimits,
  type WaitOptions,
} from "../internal/wait/wait_options.ts";
import type { StreamConn } from "../tcp/conn/stream_conn.ts";
import { TlsConn } from "../tcp/tls/tls_conn.ts";
import {
  type AllowedHosts,
  prepareHosts,
  refuseHost,
} from "./handshake/_allowed_hosts.ts";
import type { EngineSetup } from "./engine/_engine.ts";
import { PackedFields } from "./handshake/_header_fields.ts";
import { checkServedProtocols } from "./handshake/_handshake_headers.ts";
import { HttpHeadParser, parseRequestLine } from "./handshake/_http_head.ts";
import {
  type AllowedOrigins,
  checkAllowedOrigins,
} from "./handshake/_origin.ts";
import {
  answerPlainRequest,
  type HttpRequest,
  isPlainRequest,
} from "./handshake/_plain_request.ts";
import { isHeadFailure, readHead } from "./handshake/_read_head.ts";
import {
  checkDecision,
  headersFor,
  isAcceptance,
} from "./handshake/_request_decision.ts";
import { checkRoute } from "./handshake/_route.ts";
import {
  type AcceptedUpgrade,
  acceptUpgrade,
  checkResponseHeaders,
  formatRefusal,
  type Refusal,
} from "./handshake/_server_handshake.ts";
import { TimeLimit } from "./handshake/_time_limit.ts";
import {
  isRefusal,
  readUpgradeRequest,
  type UpgradeRequest,
} from "./handshake/_upgrade_request.ts";
import { loadZlib } from "./deflate/_zlib.ts";
import { HandshakeError } from "./handshake_error.ts";
import { beginWebSocket, type WebSocketConn } from "./websocket_conn.ts";
import {
  toDeflateOptions,
  WEBSOCKET_CHECKS,
  type WebSocketOptions,
} from "./websocket_options.ts";

/** Milliseconds that a client gets for its request. */
const DEFAULT_HANDSHAKE_TIMEOUT = 10_000;
/** Milliseconds that a refused client gets to read the answer. */
const REFUSAL_TIMEOUT = 1_000;
const ignore = () => {};

/** A client's request for a WebSocket, which the server may refuse. */
export interface WebSocketRequest {
  /** The path with its query, as it was sent (V's `resource_name`). */
  readonly resourceName: string;
  /** `Sec-WebSocket-Key` (V's `client_key`). */
  readonly key: string;
  /** The page's origin, `undefined` if none was sent. */
  readonly origin: string | undefined;
  /** The subprotocols that are offered, in the client's order. */
  readonly protocols: readonly string[];
  /** All header fields. */
  readonly headers: Headers;
}

/**
 * What a server says to a request: `true` or nothing to accept it, `false` to
 * refuse it with 403, a status to refuse it with that, or a whole `Response`. An
 * object with `headers` accepts it, with these fields in the answer, such as a
 * `Set-Cookie` for this client; they take the place of those named alike in the
 * option `headers`, but cookies add up.
 */
export type RequestDecision =
  | boolean
  | number
  | Response
  | { readonly headers: HeadersInit }
  | void;

/** Options for {@linkcode acceptWebSocket}. */
export interface AcceptWebSocketOptions extends WebSocketOptions, WaitOptions {
  /**
   * The only path that is served, such as `"/chat"`, without query; any if left
   * out. Paths are compared by what they mean: `"/größe"` and `"/gr%c3%b6%C3%9Fe"`
   * are the same, but an escaped slash is none between segments.
   */
  route?: string;
  /** The subprotocols that are served; the client's order decides. */
  protocols?: readonly string[];
  /**
   * Whose pages may connect beside those of the same origin: `"*"` for all,
   * origins such as `"https://example.com"`, `"https://*.example.com"` for all
   * its subdomains but not for itself, or patterns. A request without `Origin`
   * does not come from a page, and is accepted.
   */
  allowedOrigins?: AllowedOrigins;
  /**
   * Which hosts a request may name in `Host`: a list of names and addresses, or
   * `"*"`. Another one is refused with 421, whatever it asks for. A server that
   * is meant for this machine or its network should name its hosts here: the
   * page of a foreign name that leads to this machine (DNS rebinding) is of the
   * same origin, which `allowedOrigins` lets pass.
   *
   * @default {"*"}
   */
  allowedHosts?: AllowedHosts;
  /** Further header fields of the answer. */
  headers?: HeadersInit;
  /** Decides about a request that keeps all rules. */
  onRequest?: (
    request: WebSocketRequest,
  ) => RequestDecision | Promise<RequestDecision>;
  /**
   * Answers a request that asks for no WebSocket, such as for a page, whatever
   * its method and path; without this it is refused. The answer has to be there
   * within the time of the handshake; it is sent while the connection is closed
   * in the orderly way, and a client that takes nothing of it for that time is
   * cut: `acceptWebSocket`
   * rejects with a {@linkcode HandshakeError} of the answer's status, and a
   * server's `onError` does not hear of it. The body for `HEAD` is not sent; a
   * request with a body is refused with 400.
   */
  onHttpRequest?: (request: HttpRequest) => Response | Promise<Response>;
  /**
   * Milliseconds that the handshake may take. The limits of the call, `timeout`,
   * `deadline` and `signal`, count beside it.
   *
   * @default {10000}
   */
  handshakeTimeout?: number;
}

/**
 * Does the opening handshake of a server (RFC 6455 section 4.2) on a connection
 * that has just been accepted, over TCP, TLS, a Unix socket or a pipe. It takes
 * the connection over, and closes it if the handshake fails.
 *
 * A request that is no good is answered with 400, 403, 404, 421, 426 or 431 and a
 * line that says why.
 *
 * @param conn The connection, from which nothing has been read.
 * @param options What is served, and the limits.
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
  try {
    checkOptions(options, ACCEPT_CHECKS);
  } catch (error) {
    conn.terminate();
    throw error;
  }
  const { request, accepted, setup } = await acceptWithin(conn, options);
  const { protocol, extensions } = accepted;
  const { resourceName: url } = request;
  const fields = new PackedFields(request.fields);
  return beginWebSocket({ url, protocol, extensions, fields }, setup);
}

/** Throws if a value is no stream connection; one of another copy will do. */
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

/** Does the handshake within the limits of the call. */
async function acceptWithin(
  conn: StreamConn<unknown>,
  options: AcceptWebSocketOptions,
): Promise<Accepted> {
  if (!hasLimits(options)) return await acceptHandshake(conn, options);
  try {
    return await limited(
      "Cannot accept a WebSocket",
      options,
      (signal) => acceptHandshake(conn, { ...options, signal }),
      () => conn.terminate(),
    );
  } catch (error) {
    // At a limit that has passed before, nothing else has.
    endFailed(conn, error);
    throw error;
  }
}

/**
 * Ends a connection whose handshake has failed: a refusal is on its way to the
 * client, anything else cuts it.
 */
export function endFailed(conn: StreamConn<unknown>, error: unknown): void {
  if (error instanceof HandshakeError) conn.close();
  else conn.terminate();
}

/** What a successful handshake leaves. */
export interface Accepted {
  readonly request: UpgradeRequest;
  readonly accepted: AcceptedUpgrade;
  readonly setup: Omit<EngineSetup, "textAs">;
}

/** What a server has beside the options. */
export interface HandshakeSetup {
  /** Whether `onRequest` keeps its limits itself. */
  readonly hasOwnLimits?: boolean | undefined;
  /**
   * Called if it ends by a fault of the program, when that is known: before the
   * answer has gone out.
   */
  readonly onFault?: ((error: HandshakeError) => void) | undefined;
}

/** The checks of all options. */
export const ACCEPT_CHECKS: OptionChecks<AcceptWebSocketOptions> = {
  ...WEBSOCKET_CHECKS,
  route: checkRoute,
  protocols: checkServedProtocols,
  allowedOrigins: checkAllowedOrigins,
  allowedHosts: (value) => void prepareHosts(value as AllowedHosts),
  headers: checkResponseHeaders,
  onRequest: isType("function"),
  onHttpRequest: isType("function"),
  handshakeTimeout: isTime,
  timeout: isTime,
  deadline: (value) => void checkDeadline(value as Date | number),
  signal: isSignal,
};

/** An answer that ends the handshake, and what the program has failed with. */
type Ending = Refusal & { readonly cause?: unknown };

/**
 * Does the handshake, for any face, with options that {@linkcode ACCEPT_CHECKS}
 * has let pass.
 */
export async function acceptHandshake(
  conn: StreamConn<unknown>,
  options: AcceptWebSocketOptions,
  setup: HandshakeSetup = {},
): Promise<Accepted> {
  const { signal, handshakeTimeout = DEFAULT_HANDSHAKE_TIMEOUT } = options;
  const { bytesRead } = conn;
  const onAbort = () => conn.terminate();
  try {
    signal?.throwIfAborted();
    signal?.addEventListener("abort", onAbort);
    // The wait for the request is limited by the deadline of reading, all else by
    // what is left of the time.
    if (handshakeTimeout !== Infinity) {
      conn.setReadDeadline(Date.now() + handshakeTimeout);
    }
    const limit = new TimeLimit(handshakeTimeout);
    return await answer(conn, options, setup, limit);
  } catch (error) {
    // So do health checks.
    if (isGone(error) && conn.bytesRead === bytesRead) expectEnd(error);
    endFailed(conn, error);
    throw signal?.aborted ? signal.reason : error;
  } finally {
    signal?.removeEventListener("abort", onAbort);
  }
}

/** Whether the peer has left, as health checks do. */
export function isGone(error: unknown): boolean {
  return error instanceof Deno.errors.UnexpectedEof ||
    error instanceof Deno.errors.ConnectionReset;
}

async function answer(
  conn: StreamConn<unknown>,
  options: AcceptWebSocketOptions,
  setup: HandshakeSetup,
  limit: TimeLimit,
): Promise<Accepted> {
  const parser = new HttpHeadParser(parseRequestLine);
  const head = await readHead(conn, parser);
  const { onHttpRequest, signal, allowedHosts } = options;
  const isSecure = conn instanceof TlsConn;
  if (onHttpRequest && !isHeadFailure(head) && isPlainRequest(head)) {
    const stranger = refuseHost(head, isSecure, allowedHosts);
    if (stranger !== undefined) return await refuse(conn, stranger, setup);
    const answer = await limited(
      "Cannot answer a request",
      { signal, timeout: limit.left },
      () => answerPlainRequest(head, onHttpRequest),
      ignore,
    );
    const { isAnswered } = answer;
    // A page takes a slow client as long as it gets on.
    conn.setCloseTimeout(options.handshakeTimeout ?? DEFAULT_HANDSHAKE_TIMEOUT);
    return await refuse(conn, answer, { ...setup, limit, isAnswered });
  }
  const request: UpgradeRequest | Refusal = isHeadFailure(head)
    ? head
    : readUpgradeRequest(head, {
      isSecure,
      route: options.route,
      allowedOrigins: options.allowedOrigins,
      allowedHosts,
    });
  if (isRefusal(request)) return await refuse(conn, request, setup);
  const timeout = setup.hasOwnLimits ? undefined : limit.left;
  const decided = await decide(request, options, { signal, timeout });
  if (decided.ending) return await refuse(conn, decided.ending, setup);
  const deflateOptions = toDeflateOptions(options.deflate);
  const accepted = acceptUpgrade(request, {
    protocols: options.protocols,
    headers: headersFor(options.headers, decided.acceptance),
    deflate: deflateOptions,
  });
  await conn.write(accepted.response, { timeout: limit.left });
  const deflate = accepted.deflate && deflateOptions && {
    params: accepted.deflate,
    options: deflateOptions,
    zlib: await loadZlib(),
  };
  return {
    request,
    accepted,
    setup: { conn, role: "server", options, deflate },
  };
}

/** What the program has decided: what to accept with, or how to end it. */
interface Decided {
  readonly acceptance?: RequestDecision;
  readonly ending?: Ending;
}

/** Asks the program. */
async function decide(
  request: UpgradeRequest,
  { onRequest }: AcceptWebSocketOptions,
  wait: WaitOptions,
): Promise<Decided> {
  if (onRequest === undefined) return {};
  const { resourceName, key, origin, protocols, fields } = request;
  const headers = fields.toHeaders();
  const ask = async () => {
    try {
      const asked = { resourceName, key, origin, protocols, headers };
      const decision = checkDecision(await onRequest(asked));
      return isAcceptance(decision)
        ? { acceptance: decision }
        : { ending: await toEnding(decision, wait) };
    } catch (cause) {
      return { ending: { status: 500, reason: "Internal error", cause } };
    }
  };
  return await limited("Cannot decide about a WebSocket", wait, ask, ignore);
}

async function toEnding(
  decision: RequestDecision,
  { signal }: WaitOptions,
): Promise<Ending> {
  if (typeof decision === "number") {
    return { status: decision, reason: "Refused" };
  }
  if (!(decision instanceof Response)) {
    return { status: 403, reason: "Refused" };
  }
  const { status, statusText, headers } = decision;
  const body = await limited(
    "Cannot read the body of a refusal",
    { signal, timeout: REFUSAL_TIMEOUT },
    () => decision.bytes(),
    ignore,
  );
  return { status, reason: statusText || "Refused", headers, body };
}

/** How to send an answer that ends the handshake. */
interface RefuseOptions extends Pick<HandshakeSetup, "onFault"> {
  /** How long to wait until the client has taken it. */
  readonly limit?: TimeLimit;
  /** Whether it is a page that was asked for. */
  readonly isAnswered?: boolean | undefined;
}

/**
 * Answers with the refusal, behind which the caller closes the connection. It
 * rejects when the system has all of it, or the time is over.
 */
async function refuse(
  conn: StreamConn<unknown>,
  refusal: Ending,
  { onFault, limit = new TimeLimit(REFUSAL_TIMEOUT), isAnswered }:
    RefuseOptions,
): Promise<never> {
  let answer: Uint8Array;
  try {
    answer = formatRefusal(refusal);
  } catch (cause) {
    // The program's answer can't be sent: the peer gets another one.
    const fault = { status: 500, reason: "Internal error", cause };
    return await refuse(conn, fault, { onFault, limit });
  }
  const { status, reason, cause } = refusal;
  const error = new HandshakeError(
    `Cannot accept a WebSocket from ${conn}: ${reason}`,
    { status, cause },
  );
  if (cause !== undefined) onFault?.(error);
  // What is not out by then goes out while the connection is closed in the orderly
  // way, which limits the time without progress: a page takes a slow client as
  // long as it takes.
  const sent = conn.write(answer).catch(ignore);
  const wait = { timeout: limit.left };
  await limited("Cannot send an answer", wait, () => sent, ignore)
    .catch(ignore);
  throw isAnswered ? expectEnd(error) : error;
}
