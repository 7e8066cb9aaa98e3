import { limited } from "../internal/limited.ts";
import { checkTimeout } from "../internal/wait_options.ts";
import type { StreamConn } from "../tcp/stream_conn.ts";
import { TlsConn } from "../tcp/tls_conn.ts";
import {
  type AllowedHosts,
  prepareHosts,
  refuseHost,
} from "./_allowed_hosts.ts";
import type { EngineSetup } from "./_engine.ts";
import { PackedFields } from "./_header_fields.ts";
import { HttpHeadParser, parseRequestLine } from "./_http_head.ts";
import type { AllowedOrigins } from "./_origin.ts";
import {
  answerPlainRequest,
  type HttpRequest,
  isPlainRequest,
} from "./_plain_request.ts";
import { isHeadFailure, readHead } from "./_read_head.ts";
import {
  type AcceptedUpgrade,
  acceptUpgrade,
  formatRefusal,
  type Refusal,
} from "./_server_handshake.ts";
import {
  isRefusal,
  readUpgradeRequest,
  type UpgradeRequest,
} from "./_upgrade_request.ts";
import { loadZlib } from "./_zlib.ts";
import { HandshakeError } from "./handshake_error.ts";
import { beginWebSocket, type WebSocketConn } from "./websocket_conn.ts";
import {
  checkWebSocketOptions,
  toDeflateOptions,
  type WebSocketOptions,
} from "./websocket_options.ts";

/** Milliseconds that a client gets for its request. */
const DEFAULT_HANDSHAKE_TIMEOUT = 10_000;
/** Milliseconds that a refused client gets to read the answer. */
const REFUSAL_TIMEOUT = 1_000;

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
 * refuse it with 403, a status to refuse it with that, or a whole `Response`.
 */
export type RequestDecision = boolean | number | Response | void;

/** Options for {@linkcode acceptWebSocket}. */
export interface AcceptWebSocketOptions extends WebSocketOptions {
  /** The only path that is served, without query; any if left out. */
  route?: string;
  /** The subprotocols that are served; the client's order decides. */
  protocols?: readonly string[];
  /**
   * Whose pages may connect beside those of the same origin: `"*"` for all,
   * origins such as `"https://example.com"`, or patterns. What sends no
   * `Origin` is no page, and may connect.
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
   * its method and path; without this it is refused. The answer is sent within
   * the time of the handshake, and the connection is closed: `acceptWebSocket`
   * rejects with a {@linkcode HandshakeError} of the answer's status. The body
   * for `HEAD` is not sent; a request with a body is refused with 400.
   */
  onHttpRequest?: (request: HttpRequest) => Response | Promise<Response>;
  /**
   * Milliseconds that the handshake may take.
   *
   * @default {10000}
   */
  handshakeTimeout?: number;
  /** Stops the handshake, which then rejects with the signal's reason. */
  signal?: AbortSignal;
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
  const { request, accepted, setup } = await acceptHandshake(conn, options);
  const { protocol, extensions } = accepted;
  const { resourceName: url } = request;
  const fields = new PackedFields(request.fields);
  return beginWebSocket({ url, protocol, extensions, fields }, setup);
}

/** What a successful handshake leaves. */
export interface Accepted {
  readonly request: UpgradeRequest;
  readonly accepted: AcceptedUpgrade;
  readonly setup: Omit<EngineSetup, "textAs">;
}

/**
 * Does the handshake, for any face.
 *
 * @param limitsDecision Whether a promise of `onRequest` is under the limits.
 */
export async function acceptHandshake(
  conn: StreamConn<unknown>,
  options: AcceptWebSocketOptions,
  limitsDecision = true,
): Promise<Accepted> {
  const { signal, handshakeTimeout = DEFAULT_HANDSHAKE_TIMEOUT } = options;
  const onAbort = () => conn.close();
  try {
    checkWebSocketOptions(options);
    prepareHosts(options.allowedHosts);
    signal?.throwIfAborted();
    signal?.addEventListener("abort", onAbort);
    // What is waited for is the request, so the limit of reading is the limit of
    // the handshake; what is written has it too.
    checkTimeout(handshakeTimeout, "handshakeTimeout");
    if (handshakeTimeout !== Infinity) {
      conn.setReadDeadline(Date.now() + handshakeTimeout);
    }
    return await answer(conn, options, limitsDecision);
  } catch (error) {
    conn.close();
    throw signal?.aborted ? signal.reason : error;
  } finally {
    signal?.removeEventListener("abort", onAbort);
  }
}

async function answer(
  conn: StreamConn<unknown>,
  options: AcceptWebSocketOptions,
  limitsDecision: boolean,
): Promise<Accepted> {
  const parser = new HttpHeadParser(parseRequestLine);
  const head = await readHead(conn, parser);
  const { onHttpRequest, signal, allowedHosts } = options;
  const isSecure = conn instanceof TlsConn;
  if (onHttpRequest && !isHeadFailure(head) && isPlainRequest(head)) {
    const stranger = refuseHost(head, isSecure, allowedHosts);
    if (stranger !== undefined) return await refuse(conn, stranger);
    const wait = { signal, deadline: conn.readDeadline };
    const answer = await limited(
      "Cannot answer a request",
      wait,
      () => answerPlainRequest(head, onHttpRequest),
      () => {},
    );
    return await refuse(conn, answer, conn.readDeadline);
  }
  const request: UpgradeRequest | Refusal = isHeadFailure(head)
    ? head
    : readUpgradeRequest(head, {
      isSecure,
      route: options.route,
      allowedOrigins: options.allowedOrigins,
      allowedHosts,
    });
  if (isRefusal(request)) return await refuse(conn, request);
  const refusal = await decide(
    request,
    options,
    limitsDecision ? conn.readDeadline : undefined,
  );
  if (refusal !== undefined) return await refuse(conn, refusal);
  const deflateOptions = toDeflateOptions(options.deflate);
  const { protocols, headers } = options;
  const accepted = acceptUpgrade(request, {
    protocols,
    headers,
    deflate: deflateOptions,
  });
  await conn.write(accepted.response, { deadline: conn.readDeadline });
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

async function decide(
  request: UpgradeRequest,
  options: AcceptWebSocketOptions,
  deadline: Date | undefined,
): Promise<(Refusal & { readonly cause?: unknown }) | undefined> {
  const { onRequest, signal } = options;
  if (onRequest === undefined) return undefined;
  const { resourceName, key, origin, protocols, fields } = request;
  const headers = fields.toHeaders();
  const ask = async () => {
    try {
      return await onRequest({ resourceName, key, origin, protocols, headers });
    } catch (cause) {
      return { status: 500, reason: "Internal error", cause };
    }
  };
  const wait = { signal, deadline };
  const decision = await limited(
    "Cannot decide about a WebSocket",
    wait,
    ask,
    () => {},
  );
  if (decision === undefined || decision === true) return undefined;
  if (decision === false) return { status: 403, reason: "Refused" };
  if (typeof decision === "number") {
    return { status: decision, reason: "Refused" };
  }
  if (!(decision instanceof Response)) return decision;
  return {
    status: decision.status,
    reason: decision.statusText,
    headers: decision.headers,
    body: await decision.bytes(),
  };
}

/** Answers with the refusal, and gives the peer a moment to read it. */
async function refuse(
  conn: StreamConn<unknown>,
  refusal: Refusal & { readonly cause?: unknown },
  deadline: Date | number = Date.now() + REFUSAL_TIMEOUT,
): Promise<never> {
  let answer: Uint8Array;
  try {
    answer = formatRefusal(refusal);
  } catch (cause) {
    // What the program wants can't be sent: the peer gets an answer all the same.
    const fault = { status: 500, reason: "Internal error", cause };
    return await refuse(conn, fault, deadline);
  }
  const buffer = new Uint8Array(1024);
  try {
    await conn.write(answer, { deadline });
    await conn.closeWrite();
    while (await conn.read(buffer, { deadline }) !== null);
  } catch {
    // It did not take it in time, or was cut: either way it is over.
  }
  throw new HandshakeError(
    `Cannot accept a WebSocket from ${conn}: ${refusal.reason}`,
    { status: refusal.status, cause: refusal.cause },
  );
}
