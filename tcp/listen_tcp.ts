import { isBacklog, isNetwork } from "./_option_checks.ts";
import type { TcpAddress } from "../internal/address/address.ts";
import { checkOptions, type OptionChecks } from "../internal/check_options.ts";
import { keepZone } from "../internal/address/zone.ts";
import type { TcpNetwork } from "./dial_tcp.ts";
import { listenOn } from "./listener/_listen_on.ts";
import type { NetListenerOptions } from "./listener/net_listener.ts";
import type { TcpConnOptions } from "./tcp_conn.ts";
import { takeOver } from "./listener/stream_listener.ts";
import { TCP_LISTENER_CHECKS, TcpListener } from "./tcp_listener.ts";

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
   * Which interfaces an address without a host stands for: those of both
   * families, or of IPv4 alone where there is no IPv6 (`"tcp"`), those of IPv4
   * (`"tcp4"`), or those of IPv6 (`"tcp6"`). An address of another family is
   * refused, and so is a name whose first one is.
   *
   * The runtime has no call that keeps IPv4 out of a socket for IPv6
   * (`IPV6_V6ONLY`). So with `"tcp6"` most systems take the port for IPv4, too;
   * connections that come by it are closed at once and counted in
   * `droppedCount`.
   *
   * @default {"tcp"}
   */
  network?: TcpNetwork;
}

/** The checks of {@linkcode ListenTcpOptions}. */
export const LISTEN_TCP_CHECKS: OptionChecks<ListenTcpOptions> = {
  ...TCP_LISTENER_CHECKS,
  backlog: isBacklog,
  network: isNetwork,
};

/**
 * Listens for TCP connections (V's `listen_tcp`, Go's `net.Listen`). The caller
 * owns the listener.
 *
 * A bare port and an address without a host, such as `":2020"`, stand for all
 * interfaces, so that every machine with a route to this one can connect, by IPv6
 * and by IPv4. That takes permission to `[::]`, or `--allow-net` for all. With
 * permission to `0.0.0.0` alone, on a system without IPv6, and on Windows it is
 * IPv4 alone. `"127.0.0.1:0"` accepts connections from localhost only, on a port
 * that the system chooses.
 *
 * Where one socket has both families, peers with IPv4 have IPv4 addresses
 * (`127.0.0.1`, not `::ffff:127.0.0.1`), and so has this end.
 *
 * @param address The port or address, such as `2020`, `":2020"` or
 * `"127.0.0.1:2020"`.
 * @param options Options of the listener and of its connections.
 * @returns The listener, which listens already.
 * @throws {SyntaxError} If `address` is not `host:port`.
 * @throws {RangeError} If the port is not in 0 to 65535.
 * @throws {Deno.errors.AddrInUse} If the port is taken.
 * @throws {Deno.errors.NotFound} If the host has no address, or none of
 * `network`.
 * @throws {Deno.errors.NotCapable} If the process may not listen there.
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
  const { network, backlog: tcpBacklog } = options;
  return listenOn(address, network, ({ hostname, port }) => {
    const raw = Deno.listen({ hostname, port, tcpBacklog });
    return takeOver(
      keepZone(raw, hostname),
      (raw) => new TcpListener(raw, options),
    );
  });
}
