import {
  checkOptions,
  isStrings,
  isTime,
  isType,
  type OptionChecks,
  WAIT_CHECKS,
} from "../internal/check_options.ts";
import { limited } from "../internal/wait/limited.ts";
import type { WaitOptions } from "../internal/wait/wait_options.ts";
import { dialling } from "../tcp/_connect.ts";
import { isProxy } from "../tcp/dial_tcp.ts";
import { checkClientCertificates } from "../tcp/tls/_tls_client.ts";
import { DEFAULT_HANDSHAKE_TIMEOUT } from "./_defaults.ts";
import { loadDeflate } from "./deflate/_zlib.ts";
import type { EngineSetup } from "./engine/_engine_setup.ts";
import {
  checkResponse,
  type ClientRequest,
  makeRequest,
  type OpenedUpgrade,
} from "./handshake/_client_handshake.ts";
import {
  checkProtocols,
  checkRequestHeaders,
} from "./handshake/_handshake_headers.ts";
import { PackedFields } from "../internal/http/header_fields.ts";
import { Refused } from "../internal/http/refused.ts";
import {
  parseWebSocketUrl,
  type WebSocketTarget,
} from "./handshake/_websocket_url.ts";
import { HandshakeError } from "./handshake_error.ts";
import {
  connect,
  exchange,
  type RefusedWebSocket,
} from "./opening/_connect.ts";
import { readRefusalBody } from "./opening/_read_refusal_body.ts";
import { TimeLimit } from "./opening/_time_limit.ts";
import { beginWebSocket, type WebSocketConn } from "./websocket_conn.ts";
import {
  toDeflateOptions,
  WEBSOCKET_CHECKS,
  type WebSocketOptions,
} from "./websocket_options.ts";

/** Options for {@linkcode dialWebSocket}. */
export interface DialWebSocketOptions extends WebSocketOptions, WaitOptions {
  /** The subprotocols to offer, in order of preference. */
  protocols?: readonly string[];
  /** Further header fields of the request. */
  headers?: HeadersInit;
  /** Certificates of authorities to trust beside the runtime's, in PEM. */
  caCerts?: string[];
  /**
   * The certificate chain to present to a server of a `wss:` URL that requests
   * one, in PEM, the client's own first.
   */
  cert?: string;
  /** The private key of `cert`, in PEM (RSA, EC or PKCS 8). */
  key?: string;
  /**
   * The proxy to go through, such as `"http://user:password@proxy.example:3128"`:
   * an `http:`, `https:` or `socks5:` URL, or `"environment"` for the one that the
   * environment names for the server, if any. See `dialTcp` of `@vnet/net/tcp`.
   *
   * @default {none}
   */
  proxy?: string | URL | "environment";
  /** The same by V's name. Only one of the two may be given. */
  proxyUrl?: string | URL;
  /**
   * Milliseconds that the attempt may take, from the look-up of the name to the
   * end of the handshake. The shorter of this and `timeout` counts.
   *
   * @default {10000}
   */
  handshakeTimeout?: number;
}

/**
 * Opens a WebSocket connection as a client (RFC 6455 section 4.1), which the
 * caller then owns. No redirect is followed.
 *
 * @param url The URL of the server, with `ws:` or `wss:`. A user name and
 * password in it are sent as Basic credentials.
 * @param options The contents of the request, and the limits.
 * @returns The open WebSocket.
 * @throws {SyntaxError} If `url` is not a WebSocket URL, `proxy` not the URL of a
 * proxy, or a subprotocol not a token.
 * @throws {TypeError | RangeError} If another option is not valid.
 * @throws {Deno.errors.InvalidData} If a certificate in the options can't be
 * used, or the server's certificate is not valid for its name.
 * @throws {HandshakeError} If the server refuses, with its status and body, or
 * breaks the protocol; or if an HTTP proxy refuses, with a `ProxyError` as `cause`.
 * @throws {ProxyError} If a SOCKS5 proxy refuses, or any proxy breaks its protocol.
 * @throws {DOMException} Named `TimeoutError`, at a limit.
 * @throws {Deno.errors.ConnectionRefused} If nothing listens at the address.
 *
 * @example Usage
 * ```ts
 * import { acceptWebSocket, dialWebSocket } from "@vnet/net/websocket";
 * import { listenTcp } from "@vnet/net/tcp";
 * import { assertEquals } from "@std/assert";
 *
 * using listener = listenTcp("127.0.0.1:0");
 * const accepting = listener.accept().then((conn) =>
 *   acceptWebSocket(conn, { protocols: ["chat"] })
 * );
 * await using client = await dialWebSocket(
 *   `ws://127.0.0.1:${listener.addr.port}/`,
 *   { protocols: ["chat"], timeout: 5000 },
 * );
 * await using _server = await accepting;
 * assertEquals(client.protocol, "chat");
 * ```
 */
export async function dialWebSocket(
  url: string | URL,
  options: DialWebSocketOptions = {},
): Promise<WebSocketConn> {
  const { target, opened, setup } = await dialHandshake(url, options);
  const { protocol, extensions } = opened;
  const fields = new PackedFields(opened.fields);
  const parts = { url: target.url, protocol, extensions, fields };
  return beginWebSocket(parts, setup);
}

/** The result of a successful handshake. */
export interface Dialled {
  readonly target: WebSocketTarget;
  readonly opened: OpenedUpgrade;
  readonly setup: Omit<EngineSetup, "textAs">;
}

/** The checks of all options. */
export const DIAL_CHECKS: OptionChecks<DialWebSocketOptions> = {
  ...WEBSOCKET_CHECKS,
  ...WAIT_CHECKS,
  protocols: checkProtocols,
  headers: checkRequestHeaders,
  caCerts: isStrings,
  cert: isType("string"),
  key: isType("string"),
  proxy: isProxy,
  proxyUrl: isProxy,
  handshakeTimeout: isTime,
};

/** Checks the options that have to fit to each other, or to the server. */
export function checkDial(
  { hostname, port }: WebSocketTarget,
  options: DialWebSocketOptions,
): void {
  if (options.proxy !== undefined && options.proxyUrl !== undefined) {
    throw new TypeError(
      "Cannot use proxy and proxyUrl, which are the same: expected one of them",
    );
  }
  checkClientCertificates(dialling(hostname, port), options);
}

/** Dials and does the handshake of a client. */
export async function dialHandshake(
  url: string | URL,
  options: DialWebSocketOptions,
): Promise<Dialled> {
  const target = parseWebSocketUrl(url);
  checkOptions(options, DIAL_CHECKS);
  checkDial(target, options);
  const deflate = toDeflateOptions(options.deflate);
  const { headers, protocols, signal, deadline } = options;
  const request = makeRequest(target, { headers, protocols, deflate });
  const { handshakeTimeout = DEFAULT_HANDSHAKE_TIMEOUT } = options;
  const timeout = Math.min(options.timeout ?? Infinity, handshakeTimeout);
  const limit = new TimeLimit(timeout);
  const outcome = await limited(
    `Cannot open WebSocket "${target.url}"`,
    { signal, deadline, timeout },
    (signal) => open(target, request, options, signal),
    discard,
  );
  if (!(outcome instanceof Refused)) return outcome;
  // The outcome is known: a limit that passes now only cuts the body short.
  const wait = { signal, deadline, timeout: limit.left };
  const body = await readRefusalBody(outcome.conn, outcome.head, wait);
  outcome.conn.terminate();
  signal?.throwIfAborted();
  const { message, status, headers: fields, cause } = outcome.error;
  const origin = cause === undefined ? {} : { cause };
  throw new HandshakeError(message, {
    status,
    headers: fields,
    body,
    ...origin,
  });
}

function discard(outcome: Dialled | RefusedWebSocket): void {
  const { conn } = outcome instanceof Refused ? outcome : outcome.setup;
  conn.terminate();
}

async function open(
  target: WebSocketTarget,
  request: ClientRequest,
  options: DialWebSocketOptions,
  signal: AbortSignal,
): Promise<Dialled | RefusedWebSocket> {
  const { caCerts, cert, key, proxyUrl, proxy = proxyUrl } = options;
  const way = { caCerts, cert, key, proxy };
  const conn = await connect(target, way, signal);
  if (conn instanceof Refused) return conn;
  const check = checkResponse.bind(undefined, request);
  const opened = await exchange(conn, target, request.bytes, signal, check);
  if (opened instanceof Refused) return opened;
  try {
    const deflate = await loadDeflate(opened.deflate, request.deflate);
    const setup = { conn, role: "client", options, deflate } as const;
    return { target, opened, setup };
  } catch (error) {
    conn.terminate();
    throw error;
  }
}
