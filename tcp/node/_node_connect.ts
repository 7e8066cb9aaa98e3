import type { Socket } from "node:net";
import type { Ends } from "../../internal/address/address.ts";
import { formatIpv6, isIpv4, isIpv6 } from "../../internal/address/ip.ts";
import { fromNodeError } from "../../internal/errors/node_error.ts";
import { withoutZone } from "../../internal/address/zone.ts";
import { onAbort } from "../../internal/wait/on_abort.ts";
import { assertMayBind } from "./_bind_access.ts";
import { NodeSocket } from "./_node_socket.ts";

/** The options that the runtime's own dial lacks. */
export interface SocketOptions {
  /** The numeric address of this end. */
  readonly localAddress?: string | undefined;
  /** The port of this end, 0 for any. */
  readonly localPort?: number | undefined;
  /** Milliseconds of silence before the system probes the peer. */
  readonly keepAliveDelay?: number | undefined;
}

/**
 * Connects by `node:net`, with options that `Deno.connect` lacks.
 *
 * @param hostname A numeric address, or a name for the system to look up.
 * @param signal Stops the attempt, and frees its socket at once.
 */
export async function connectByNode(
  hostname: string,
  port: number,
  options: SocketOptions,
  signal: AbortSignal,
): Promise<Deno.TcpConn> {
  const { connect } = await import("node:net");
  signal.throwIfAborted();
  const { localAddress, localPort = 0, keepAliveDelay } = options;
  if (localAddress !== undefined) assertMayBind(localAddress, localPort);
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let address = hostname;
  let socket: Socket | undefined;
  using _abort = onAbort(signal, () => {
    socket?.destroy();
    reject(signal.reason);
  });
  try {
    socket = connect({
      host: hostname,
      port,
      allowHalfOpen: true,
      ...(localAddress === undefined ? {} : { localAddress, localPort }),
      autoSelectFamily: false,
      keepAlive: keepAliveDelay !== undefined,
      keepAliveInitialDelay: keepAliveDelay ?? 0,
    });
    socket.on("lookup", (_error, found) => address = found || address);
    socket.on("error", (error) => reject(fromConnectError(error)));
    socket.on("connect", () => resolve());
    await promise;
    const ends = endsOf(socket, address, port);
    return new NodeSocket(socket, ends) as unknown as Deno.TcpConn;
  } catch (error) {
    socket?.destroy();
    throw error;
  }
}

/** The addresses. The peer may have left, so that the socket has none of it. */
function endsOf(
  socket: Socket,
  hostname: string,
  port: number,
): Ends<Deno.NetAddr> {
  const local = socket.localAddress ?? "";
  return {
    localAddr: toAddr(local, socket.localPort ?? 0),
    remoteAddr: toAddr(hostname, port),
  };
}

function toAddr(address: string, port: number): Deno.NetAddr {
  const bare = withoutZone(address);
  const hostname = isIpv6(bare) && !isIpv4(bare) ? formatIpv6(bare) : bare;
  return { transport: "tcp", hostname, port };
}

/** Of a failed dial. The runtime loses the reasons of some, all of this end. */
function fromConnectError(error: Error & { code?: string }): unknown {
  if (error.code !== "EINVAL") return fromNodeError(error);
  const code = "EADDRNOTAVAIL";
  return Object.assign(
    new Deno.errors.AddrNotAvailable(
      `The local address can't be used for it (${error.message})`,
      { cause: error },
    ),
    { code },
  );
}
