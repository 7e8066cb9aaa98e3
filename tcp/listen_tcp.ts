import {
  joinAddress,
  parseAddress,
  type TcpAddress,
} from "../internal/address.ts";
import { checkOptions } from "../internal/check_options.ts";
import { systemError } from "../internal/system_error.ts";
import { keepZone } from "../internal/zone.ts";
import { LISTEN_TCP_CHECKS } from "./_option_checks.ts";
import type { NetListenerOptions } from "./net_listener.ts";
import { type TcpNetwork, toFamily } from "./dial_tcp.ts";
import type { TcpConnOptions } from "./tcp_conn.ts";
import { takeOver } from "./stream_listener.ts";
import { TcpListener } from "./tcp_listener.ts";

/** Options for {@linkcode listenTcp}. */
export interface ListenTcpOptions extends NetListenerOptions, TcpConnOptions {
  /**
   * How many connections wait in the system, at most, to be accepted. The
   * system may have a lower limit, on Linux `net.core.somaxconn`.
   *
   * @default {511}
   */
  backlog?: number;
  /**
   * What no host stands for: all IPv4 interfaces (`"tcp"`, `"tcp4"`), or all
   * interfaces of both families (`"tcp6"`, where the system has it so).
   *
   * @default {"tcp"}
   */
  network?: TcpNetwork;
}

/**
 * Listens for TCP connections (V's `listen_tcp`, Go's `net.Listen`). The caller
 * owns the listener.
 *
 * A bare port, and an address without a host, mean all interfaces: whoever
 * reaches the machine reaches the port. `"127.0.0.1:0"` is for the own machine,
 * on a port that the system chooses.
 *
 * @param address The port or address, such as `2020`, `":2020"` or
 * `"127.0.0.1:2020"`.
 * @param options Options of the listener and of its connections.
 * @returns The listener, which listens already.
 * @throws {SyntaxError} If `address` is not `host:port`.
 * @throws {RangeError} If the port is not in 0 to 65535.
 * @throws {Deno.errors.AddrInUse} If somebody else listens there.
 *
 * @example Usage
 * ```ts
 * import { dialTcp, listenTcp } from "@vnet/net/tcp";
 * import { assertEquals } from "@std/assert";
 *
 * using listener = listenTcp("127.0.0.1:0", { maxConnections: 100 });
 * using client = await dialTcp(listener.addr);
 * using server = await listener.accept();
 * assertEquals(server.remoteAddr, client.localAddr);
 * assertEquals(listener.connectionCount, 1);
 * ```
 */
export function listenTcp(
  address: TcpAddress | number,
  options: ListenTcpOptions = {},
): TcpListener {
  checkOptions(options, LISTEN_TCP_CHECKS);
  const { hostname, port, name } = parseListenAddress(address, options.network);
  try {
    const raw = Deno.listen({ hostname, port, tcpBacklog: options.backlog });
    return takeOver(
      keepZone(raw, hostname),
      (raw) => new TcpListener(raw, options),
    );
  } catch (error) {
    throw systemError({ operation: "listen", name }, error);
  }
}

/** Parses an address to listen on, with all interfaces for no host. */
export function parseListenAddress(
  address: TcpAddress | number,
  network: TcpNetwork | undefined,
): { hostname: string; port: number; name: string } {
  const isIpv6 = toFamily(network) === "ipv6";
  const { hostname, port } = parseAddress(address);
  const host = hostname !== "" ? hostname : isIpv6 ? "::" : "0.0.0.0";
  return { hostname: host, port, name: joinAddress(host, port) };
}
