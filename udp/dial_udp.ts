import { joinAddress, parseAddress } from "../internal/address/address.ts";
import { isIpv4, isIpv6 } from "../internal/address/ip.ts";
import type { Family } from "../internal/address/lookup.ts";
import { checkOptions } from "../internal/check_options.ts";
import { openUdp } from "./_open_udp.ts";
import { resolveHost } from "./_resolve.ts";
import type { UdpAddress } from "./udp_address.ts";
import type { UdpConn } from "./udp_conn.ts";
import { UDP_CHECKS, type UdpOptions } from "./udp_options.ts";

/**
 * Binds a UDP socket that talks with one peer only, and which the caller then
 * owns (V's `dial_udp`). Datagrams from others are dropped and counted as
 * `filtered`. Nothing is sent, so an unreachable peer is not an error here.
 *
 * A multicast group as the peer is useful for sending only: its members answer
 * from addresses of their own.
 *
 * The local end is a free port: on the loopback interface if the peer is there,
 * else on all interfaces.
 *
 * @param remoteAddress The peer.
 * @param options Options of the connection, and limits on its opening, which
 * may look up a name.
 * @returns The open connection.
 * @throws {SyntaxError} If an address is not `host:port`.
 * @throws {RangeError} If a port or an option is out of bounds.
 * @throws {Deno.errors.NotFound} If a host has no address.
 * @throws {Deno.errors.NotCapable} If the process may not use an address.
 * @throws {Deno.errors.NotSupported} If the back end is not available.
 * @throws {DOMException} Named `TimeoutError`, at a limit.
 *
 * @example Usage
 * ```ts
 * import { dialUdp, listenUdp } from "@vnet/net/udp";
 * import { assertEquals } from "@std/assert";
 *
 * using server = await listenUdp("127.0.0.1:0");
 * using client = await dialUdp(server.addr);
 * await client.writeString("hello");
 * const { addr } = await server.receive();
 * assertEquals(addr, client.addr);
 * ```
 */
export function dialUdp(
  remoteAddress: UdpAddress,
  options?: UdpOptions,
): Promise<UdpConn>;
/**
 * Binds a UDP socket to a local address for talking with one peer only (V's
 * `dial_udp` of two addresses).
 *
 * @param localAddress The local end; port 0 takes a free one.
 * @param remoteAddress The peer.
 * @param options Options of the connection, and limits on its opening.
 * @returns The open connection.
 * @throws {TypeError} If the peer can't be reached from the local end's family.
 * @throws {Deno.errors.AddrInUse} If the local address is taken.
 *
 * @example Usage
 * ```ts
 * import { dialUdp, listenUdp } from "@vnet/net/udp";
 * import { assertEquals } from "@std/assert";
 *
 * using server = await listenUdp("127.0.0.1:0");
 * using client = await dialUdp("127.0.0.1:0", server.addr);
 * assertEquals(client.remoteAddr, server.addr);
 * ```
 */
export function dialUdp(
  localAddress: UdpAddress | number,
  remoteAddress: UdpAddress,
  options?: UdpOptions,
): Promise<UdpConn>;
export async function dialUdp(
  first: UdpAddress | number,
  second?: UdpAddress | UdpOptions,
  third?: UdpOptions,
): Promise<UdpConn> {
  return isAddress(second)
    ? await dial(first, second, third)
    : await dial(undefined, first, second);
}

function isAddress(
  given: UdpAddress | UdpOptions | undefined,
): given is UdpAddress {
  return typeof given === "string" ||
    typeof given === "object" && given !== null && "port" in given;
}

async function dial(
  local: UdpAddress | number | undefined,
  remote: UdpAddress | number,
  options: UdpOptions = {},
): Promise<UdpConn> {
  checkOptions(options, UDP_CHECKS);
  const { hostname, port } = parseAddress(remote);
  if (port === 0) {
    throw new RangeError(
      `Cannot dial ${
        joinAddress(hostname, port)
      }: expected a port from 1 to 65535`,
    );
  }
  if (local !== undefined) parseAddress(local);
  return await openUdp("dial", remote, options, async () => {
    const { ip, host } = await resolveRemote(hostname, port, local);
    return {
      local: local ?? localFor(ip, host),
      remote: { ip, target: { hostname: host, port } },
    };
  });
}

/** Resolves the peer to an address that the local end can reach. */
async function resolveRemote(
  hostname: string,
  port: number,
  local: UdpAddress | number | undefined,
): Promise<{ ip: string; host: string }> {
  const family = local === undefined ? "any" : familyOf(local);
  const name = hostname || (family === "ipv6" ? "::1" : "127.0.0.1");
  // An address of the wrong family is reported when it is used.
  const isNumeric = isIpv4(name) || isIpv6(name);
  const found = await resolveHost(name, port, isNumeric ? "any" : family);
  if (found.ip !== undefined) return { ip: found.ip, host: found.host };
  throw new Deno.errors.NotCapable(
    `Cannot look up "${name}": expected permission to it on any port`,
  );
}

function familyOf(local: UdpAddress | number): Family {
  const hostname = parseAddress(local).hostname || "0.0.0.0";
  if (isIpv4(hostname)) return "ipv4";
  return isIpv6(hostname) && hostname !== "::" ? "ipv6" : "any";
}

/** Returns the address to bind to: on the loopback interface if it reaches the peer. */
function localFor(ip: string, host: string): UdpAddress {
  if (ip === "::1" || ip.startsWith("127.")) {
    // With permission to a name only, the process may bind to that name alone.
    const hostname = host === ip ? ip === "::1" ? ip : "127.0.0.1" : host;
    return { hostname, port: 0 };
  }
  return { hostname: isIpv6(ip) ? "::" : "0.0.0.0", port: 0 };
}
