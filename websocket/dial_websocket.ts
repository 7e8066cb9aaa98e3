import {
  checkOptions,
  isSignal,
  isStrings,
  isTime,
  isType,
  type OptionChecks,
} from "../internal/check_options.ts";
import { joinAddress } from "../internal/address/address.ts";
import { limited } from "../internal/wait/limited.ts";
import { checkClientCertificates } from "../tcp/tls/_tls_client.ts";
import { dialTcp } from "../tcp/dial_tcp.ts";
import { dialTls } from "../tcp/tls/dial_tls.ts";
import { startTls } from "../tcp/tls/start_tls.ts";
import type { StreamConn } from "../tcp/conn/stream_conn.ts";
import type { TcpConn } from "../tcp/tcp_conn.ts";
import {
  checkDeadline,
  type WaitOptions,
} from "../internal/wait/wait_options.ts";
import {
  checkRequestHeaders,
  checkResponse,
  type ClientRequest,
  makeRequest,
  type OpenedUpgrade,
} from "./handshake/_client_handshake.ts";
import type { EngineSetup } from "./engine/_engine.ts";
import type { HttpHead, StatusLine } from "./handshake/_http_head.ts";
import {
  checkConnectResponse,
  makeConnectRequest,
} from "./handshake/_proxy_connect.ts";
import { PackedFields } from "./handshake/_header_fields.ts";
import { checkProtocols } from "./handshake/_handshake_headers.ts";
import { isHeadFailure, readHead } from "./handshake/_read_head.ts";
import { readRefusalBody } from "./handshake/_refusal_body.ts";
import { ResponseReader } from "./handshake/_response_reader.ts";
import { TimeLimit } from "./handshake/_time_limit.ts";
import {
  basicCredentials,
  parseProxyUrl,
  parseWebSocketUrl,
  type WebSocketTarget,
} from "./handshake/_websocket_url.ts";
import { loadZlib } from "./deflate/_zlib.ts";
import { HandshakeError } from "./handshake_error.ts";
import { beginWebSocket, type WebSocketConn } from "./websocket_conn.ts";
import {
  toDeflateOptions,
  WEBSOCKET_CHECKS,
  type WebSocketOptions,
} from "./websocket_options.ts";

/** Milliseconds that the whole attempt may take. */
const DEFAULT_HANDSHAKE_TIMEOUT = 10_000;

/** Options for {@linkcode dialWebSocket}. */
export interface DialWebSocketOptions extends WebSocketOptions, WaitOptions {
  /** The subprotocols to offer, in order of preference. */
  protocols?: readonly string[];
  /** Further header fields of the request. */
  headers?: HeadersInit;
  /** Certificates of authorities to trust beside the runtime's, in PEM. */
  caCerts?: string[];
  /**
   * The certificate chain to show to a server of a `wss:` URL that asks for one,
   * in PEM, the client's own first.
   */
  cert?: string;
  /** The private key of `cert`, in PEM (RSA, EC or PKCS 8). */
  key?: string;
  /**
   * An HTTP proxy to go through by `CONNECT`, such as
   * `"http://user:password@proxy.example:3128"`.
   */
  proxyUrl?: string | URL;
  /**
   * Milliseconds that the attempt may take, from the look-up of the name to the
   * end of the handshake; `timeout` is another name for it.
   *
   * @default {10000}
   */
  handshakeTimeout?: number;
}

/**
 * Opens a WebSocket connection as a client (RFC 6455 section 4.1), which the
 * caller then owns. No redirect is followed.
 *
 * @param url Where to, with `ws:` or `wss:`. A user name and password in it go
 * out as Basic credentials.
 * @param options What to ask for, and the limits.
 * @returns The open WebSocket.
 * @throws {SyntaxError} If `url` is no WebSocket URL, `proxyUrl` no `http:` URL,
 * or a subprotocol no token.
 * @throws {TypeError | RangeError} If another option is not valid.
 * @throws {Deno.errors.InvalidData} If a certificate in the options can't be
 * used, or that of the server is not valid for its name.
 * @throws {HandshakeError} If the server or the proxy refuses, with its status and
 * its reason, or breaks the protocol.
 * @throws {DOMException} Named `TimeoutError`, at a limit.
 * @throws {Deno.errors.ConnectionRefused} If nobody listens there.
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

/** What a successful handshake leaves. */
export interface Dialled {
  readonly target: WebSocketTarget;
  readonly opened: OpenedUpgrade;
  readonly setup: Omit<EngineSetup, "textAs">;
}

/** The checks of all options. */
export const DIAL_CHECKS: OptionChecks<DialWebSocketOptions> = {
  ...WEBSOCKET_CHECKS,
  protocols: checkProtocols,
  headers: checkRequestHeaders,
  caCerts: isStrings,
  cert: isType("string"),
  key: isType("string"),
  proxyUrl: (value) => void parseProxyUrl(value as string | URL),
  handshakeTimeout: isTime,
  timeout: isTime,
  deadline: (value) => void checkDeadline(value as Date | number),
  signal: isSignal,
};

/** Checks the certificates of a client where they are given. */
export function checkCertificatesFor(
  { hostname, port }: WebSocketTarget,
  options: DialWebSocketOptions,
): void {
  const name = joinAddress(hostname, port);
  checkClientCertificates({ operation: "dial", name }, options);
}

/** A server or a proxy that has refused, with its body yet to be read. */
class Refused {
  readonly conn: StreamConn<unknown>;
  readonly head: HttpHead<StatusLine>;
  readonly error: HandshakeError;

  constructor(
    conn: StreamConn<unknown>,
    head: HttpHead<StatusLine>,
    error: HandshakeError,
  ) {
    this.conn = conn;
    this.head = head;
    this.error = error;
  }
}

/** Dials and does the handshake, for any face. */
export async function dialHandshake(
  url: string | URL,
  options: DialWebSocketOptions,
): Promise<Dialled> {
  const target = parseWebSocketUrl(url);
  checkOptions(options, DIAL_CHECKS);
  checkCertificatesFor(target, options);
  const deflate = toDeflateOptions(options.deflate);
  const { headers, protocols, signal, deadline } = options;
  const request = makeRequest(target, { headers, protocols, deflate });
  const timeout = Math.min(
    options.timeout ?? Infinity,
    options.handshakeTimeout ?? DEFAULT_HANDSHAKE_TIMEOUT,
  );
  const limit = new TimeLimit(timeout);
  const outcome = await limited(
    `Cannot open WebSocket "${target.url}"`,
    { signal, deadline, timeout },
    (signal) => open(target, request, options, signal),
    discard,
  );
  if (!(outcome instanceof Refused)) return outcome;
  // The answer is known: a limit that passes now only cuts its body short.
  const { conn, head, error } = outcome;
  const wait = { signal, deadline, timeout: limit.left };
  const body = await readRefusalBody(conn, head, wait);
  conn.terminate();
  signal?.throwIfAborted();
  const { message, status } = error;
  throw new HandshakeError(message, { status, headers: error.headers, body });
}

function discard(outcome: Dialled | Refused): void {
  const { conn } = outcome instanceof Refused ? outcome : outcome.setup;
  conn.terminate();
}

async function open(
  target: WebSocketTarget,
  request: ClientRequest,
  options: DialWebSocketOptions,
  signal: AbortSignal,
): Promise<Dialled | Refused> {
  const conn = await connect(target, options, signal);
  if (conn instanceof Refused) return conn;
  const asked = await ask(conn, target, request.bytes, signal, (head) => {
    return checkResponse(request, head);
  });
  if (asked instanceof Refused) return asked;
  try {
    const deflate = asked.deflate && request.deflate && {
      params: asked.deflate,
      options: request.deflate,
      zlib: await loadZlib(),
    };
    const setup = { conn, role: "client", options, deflate } as const;
    return { target, opened: asked, setup };
  } catch (error) {
    conn.terminate();
    throw error;
  }
}

/** Sends a request and reads the head of the response, of whatever kind. */
async function ask<T>(
  conn: StreamConn<unknown>,
  target: WebSocketTarget,
  request: Uint8Array,
  signal: AbortSignal,
  check: (head: HttpHead<StatusLine>) => T,
): Promise<T | Refused> {
  const onAbort = () => conn.terminate();
  signal.addEventListener("abort", onAbort);
  let head: HttpHead<StatusLine> | undefined;
  try {
    signal.throwIfAborted();
    await conn.write(request);
    head = await readResponse(conn, target);
    return check(head);
  } catch (error) {
    if (head !== undefined && error instanceof HandshakeError) {
      return new Refused(conn, head, error);
    }
    conn.terminate();
    throw error;
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

async function connect(
  target: WebSocketTarget,
  options: DialWebSocketOptions,
  signal: AbortSignal,
): Promise<StreamConn<unknown> | Refused> {
  const { caCerts, cert, key } = options;
  const tls = { caCerts, cert, key, signal };
  const { hostname, port } = target;
  if (options.proxyUrl === undefined) {
    return target.isSecure
      ? await dialTls({ hostname, port }, tls)
      : await dialTcp({ hostname, port }, { signal });
  }
  const tunnel = await openTunnel(target, options.proxyUrl, signal);
  if (!target.isSecure || tunnel instanceof Refused) return tunnel;
  try {
    return await startTls(tunnel, { ...tls, serverName: hostname });
  } catch (error) {
    tunnel.close();
    throw error;
  }
}

async function openTunnel(
  target: WebSocketTarget,
  proxyUrl: string | URL,
  signal: AbortSignal,
): Promise<TcpConn | Refused> {
  const proxy = parseProxyUrl(proxyUrl);
  const hostname = proxy.hostname.replace(/^\[(.*)\]$/, "$1");
  const port = proxy.port === "" ? 80 : Number(proxy.port);
  const conn = await dialTcp({ hostname, port }, { signal });
  const request = makeConnectRequest(target, basicCredentials(proxy));
  return await ask(conn, target, request, signal, (head) => {
    checkConnectResponse(target, head);
    return conn;
  });
}

async function readResponse(
  conn: StreamConn<unknown>,
  target: WebSocketTarget,
): Promise<HttpHead<StatusLine>> {
  const head = await readHead(conn, new ResponseReader());
  if (!isHeadFailure(head)) return head;
  throw new HandshakeError(
    `Cannot open WebSocket "${target.url}": ${head.reason}`,
  );
}
