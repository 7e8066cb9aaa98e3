import { dialling } from "../../tcp/_connect.ts";
import type { StreamConn } from "../../tcp/conn/stream_conn.ts";
import { chooseProxy, connectThrough, dialTcp } from "../../tcp/dial_tcp.ts";
import type { RefusedTunnel } from "../../tcp/proxy/_open_tunnel.ts";
import { applyTcpOptions, TcpConn } from "../../tcp/tcp_conn.ts";
import { dialTls, secureDialled } from "../../tcp/tls/dial_tls.ts";
import {
  type HttpHead,
  isHeadFailure,
  type StatusLine,
} from "../../internal/http/http_head.ts";
import { Refused } from "../../internal/http/refused.ts";
import { ResponseReader } from "../../internal/http/response_reader.ts";
import { onAbort } from "../../internal/wait/on_abort.ts";
import type { WebSocketTarget } from "../handshake/_websocket_url.ts";
import { HandshakeError } from "../handshake_error.ts";
import { readHead } from "./_read_head.ts";

/** The part of the options of a dial that concerns the connection. */
export interface ConnectOptions {
  readonly caCerts?: string[];
  readonly cert?: string;
  readonly key?: string;
  readonly proxy?: string | URL;
}

/** A server or a proxy has refused. */
export type RefusedWebSocket = Refused<StreamConn<unknown>, HandshakeError>;

/** Opens the connection for a WebSocket, through a proxy if one is set. */
export async function connect(
  target: WebSocketTarget,
  { proxy: proxyOption, ...tls }: ConnectOptions,
  signal: AbortSignal,
): Promise<StreamConn<unknown> | RefusedWebSocket> {
  const { hostname, port, isSecure } = target;
  const address = { hostname, port };
  const proxy = chooseProxy(address, { proxy: proxyOption, isSecure });
  if (proxy === undefined) {
    return isSecure
      ? await dialTls(address, { ...tls, signal })
      : await dialTcp(address, { signal });
  }
  const tunnel = await connectThrough(proxy, address, tls, signal);
  if (tunnel instanceof Refused) return toRefused(target, tunnel);
  if (!isSecure) return new TcpConn(tunnel);
  applyTcpOptions(tunnel, {});
  const server = { ...tls, serverName: hostname };
  return await secureDialled(tunnel, dialling(hostname, port), server, signal);
}

function toRefused(
  target: WebSocketTarget,
  { conn, head, error }: RefusedTunnel,
): RefusedWebSocket {
  const { proxy, status } = error;
  const refusal = new HandshakeError(
    `Cannot open WebSocket "${target.url}": the proxy ${proxy} answered ${status}`,
    { status, headers: head.fields.toHeaders(), cause: error },
  );
  return new Refused(new TcpConn(conn), head, refusal);
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
): Promise<T | RefusedWebSocket> {
  using _abort = onAbort(signal, () => conn.terminate());
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
