import { dialTcp } from "../../tcp/dial_tcp.ts";
import type { StreamConn } from "../../tcp/conn/stream_conn.ts";
import { dialTls } from "../../tcp/tls/dial_tls.ts";
import { startTls } from "../../tcp/tls/start_tls.ts";
import type { TcpConn } from "../../tcp/tcp_conn.ts";
import type { HttpHead, StatusLine } from "../../internal/http/http_head.ts";
import {
  checkConnectResponse,
  makeConnectRequest,
} from "../handshake/_proxy_connect.ts";
import { ResponseReader } from "../../internal/http/response_reader.ts";
import {
  basicCredentials,
  parseProxyUrl,
  type WebSocketTarget,
} from "../handshake/_websocket_url.ts";
import { HandshakeError } from "../handshake_error.ts";
import { isHeadFailure, readHead } from "./_read_head.ts";

/** The part of the options of a dial that concerns the connection. */
export interface ConnectOptions {
  readonly caCerts?: string[] | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  readonly proxyUrl?: string | URL | undefined;
}

/** A server or a proxy has refused; the body of its response was not read yet. */
export class Refused {
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

/** Opens the connection for a WebSocket, through a proxy if one is set. */
export async function connect(
  target: WebSocketTarget,
  options: ConnectOptions,
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
  return await exchange(conn, target, request, signal, (head) => {
    checkConnectResponse(target, head);
    return conn;
  });
}

/**
 * Sends a request, and reads and checks the head of its response. On a failure it
 * cuts the connection, unless the response refuses the request.
 *
 * @param check Throws a `HandshakeError` for a response that refuses.
 */
export async function exchange<T>(
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
