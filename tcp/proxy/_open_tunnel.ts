import { closeRaw } from "../../internal/close_raw.ts";
import {
  type Attempt,
  cannot,
  systemError,
} from "../../internal/errors/system_error.ts";
import { Refused } from "../../internal/http/refused.ts";
import { onAbort } from "../../internal/wait/on_abort.ts";
import type { RawConn } from "../conn/_raw_conn.ts";
import { dialling } from "../_connect.ts";
import { secureClient } from "../tls/_tls_client.ts";
import { HttpConnectHandshake } from "./_http_connect.ts";
import type { ProxyHandshake, TunnelTarget } from "./_proxy_handshake.ts";
import { isProxyHost, type ProxyServer } from "./_proxy_url.ts";
import { Socks5Handshake } from "./_socks5.ts";
import { TunnelConn } from "./_tunnel_conn.ts";
import { ProxyError } from "./proxy_error.ts";

/** Most answers are shorter, and then arrive with one read. */
const BUFFER_SIZE = 1024;

/** A tunnel to be opened. */
export interface Tunnel {
  readonly proxy: ProxyServer;
  readonly target: TunnelTarget;
  /** The operation that fails if it can't be opened. */
  readonly attempt: Attempt;
  /** Authorities to trust beside the runtime's for an `https:` proxy, in PEM. */
  readonly caCerts: readonly string[] | undefined;
}

/** An HTTP proxy has refused. */
export type RefusedTunnel = Refused<Deno.TcpConn, ProxyError>;

/**
 * The attempt to dial through a proxy, for errors.
 *
 * @throws {SyntaxError} If the host can't be named to a proxy.
 */
export function diallingThrough(
  proxy: ProxyServer,
  { hostname, port }: TunnelTarget,
): Attempt {
  const dial = cannot(dialling(hostname, port));
  const what = `${dial} through the proxy ${proxy.name}`;
  if (isProxyHost(hostname)) {
    return { operation: "dial", name: proxy.name, what };
  }
  throw new SyntaxError(
    `${what}: expected a host name in ASCII, or an address without a zone`,
  );
}

/**
 * Opens a tunnel over a connection to a proxy, which it takes over: if it fails,
 * or `signal` aborts, the connection is closed.
 *
 * @returns The connection to the target; that to the proxy if it has refused by
 * HTTP.
 * @throws {ProxyError} If the proxy breaks its protocol, or refuses by SOCKS5.
 */
export async function openTunnel(
  socket: Deno.TcpConn,
  tunnel: Tunnel,
  signal: AbortSignal,
): Promise<Deno.TcpConn | RefusedTunnel> {
  const { proxy, target, attempt, caCerts } = tunnel;
  let stream: RawConn = socket;
  if (proxy.kind === "https") {
    const tls = { serverName: proxy.hostname, caCerts };
    stream = (await secureClient(socket, attempt, tls, signal)).raw;
  }
  using _abort = onAbort(signal, () => closeRaw(stream));
  try {
    signal.throwIfAborted();
    const handshake = proxy.kind === "socks5"
      ? new Socks5Handshake(target, proxy.credentials)
      : new HttpConnectHandshake(target, proxy.credentials);
    const rest = await shakeHands(stream, handshake, tunnel);
    signal.throwIfAborted();
    // A connection of the runtime has fields that nothing uses here.
    const conn = new TunnelConn(
      socket,
      stream,
      rest,
    ) as unknown as Deno.TcpConn;
    const { failure } = handshake;
    if (failure === undefined) return conn;
    const error = proxyError(tunnel, failure.reason, failure);
    const isHttp = handshake instanceof HttpConnectHandshake;
    if (!isHttp || handshake.head === undefined) throw error;
    return new Refused(conn, handshake.head, error);
  } catch (error) {
    closeRaw(stream);
    throw signal.aborted ? signal.reason : systemError(attempt, error);
  }
}

/**
 * Sends and reads until a handshake is over.
 *
 * @returns The bytes that came behind it.
 */
async function shakeHands(
  stream: RawConn,
  handshake: ProxyHandshake,
  tunnel: Tunnel,
): Promise<Uint8Array> {
  const buffer = new Uint8Array(BUFFER_SIZE);
  let bytes = buffer.subarray(0, 0);
  while (true) {
    const output = handshake.takeOutput();
    if (output !== undefined) await writeAll(stream, output);
    if (handshake.isDone) return bytes;
    if (bytes.length === 0) {
      const length = await stream.read(buffer);
      if (length === null) {
        throw proxyError(tunnel, "ended the connection in the handshake");
      }
      bytes = buffer.subarray(0, length);
    }
    bytes = bytes.subarray(handshake.push(bytes));
  }
}

async function writeAll(stream: RawConn, data: Uint8Array): Promise<void> {
  for (let sent = 0; sent < data.length;) {
    sent += await stream.write(data.subarray(sent));
  }
}

function proxyError(
  { proxy, target }: Tunnel,
  reason: string,
  failure: { status?: number; reply?: number; code?: string } = {},
): ProxyError {
  const { status, reply, code } = failure;
  const { hostname, port } = target;
  return new ProxyError(
    `${cannot(dialling(hostname, port))}: the proxy ${proxy.name} ${reason}`,
    { proxy: proxy.name, status, reply, code },
  );
}
