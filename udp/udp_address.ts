import type { TcpAddress } from "../internal/address/address.ts";

/**
 * An address to listen on or to send to: `"host:port"`, such as
 * `"example.com:53"`, `"[::1]:53"` or `":2020"`, or the two parts as an object, so
 * that the address of a datagram can be passed on as it is.
 *
 * An empty host means all interfaces when listening, and localhost when sending.
 *
 * @example Usage
 * ```ts
 * import { dialUdp, listenUdp, type UdpAddress } from "@vnet/net/udp";
 * import { assertEquals } from "@std/assert";
 *
 * const address: UdpAddress = { hostname: "127.0.0.1", port: 0 };
 * using server = await listenUdp(address);
 * using client = await dialUdp(server.addr);
 * assertEquals(client.remoteAddr, server.addr);
 * ```
 */
export type UdpAddress = TcpAddress;

/**
 * The numeric address of one end. It is a `Deno.NetAddr` too.
 *
 * On a dual-stack connection (`"[::]:port"`), IPv4 peers have the system's form,
 * `::ffff:192.0.2.1`.
 *
 * @example Usage
 * ```ts
 * import { listenUdp, type UdpAddr } from "@vnet/net/udp";
 * import { assertEquals } from "@std/assert";
 *
 * using conn = await listenUdp("127.0.0.1:0");
 * const addr: UdpAddr = conn.addr;
 * assertEquals(addr.hostname, "127.0.0.1");
 * ```
 */
export interface UdpAddr {
  /** Always `"udp"`. */
  readonly transport: "udp";
  /** A numeric address, IPv6 without brackets. */
  readonly hostname: string;
  /** 0 to 65535. */
  readonly port: number;
}
