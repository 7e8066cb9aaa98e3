import { joinAddress, parseAddress } from "../internal/address/address.ts";
import { isIpv4, isIpv6 } from "../internal/address/ip.ts";
import { limited } from "../internal/wait/limited.ts";
import type { Family } from "../internal/address/lookup.ts";
import {
  type Attempt,
  cannot,
  systemError,
} from "../internal/errors/system_error.ts";
import { openBackend } from "./backend/_open.ts";
import { withZones } from "./backend/_zoned_backend.ts";
import { resolveHost } from "./sending/_resolve.ts";
import type { UdpAddress } from "./udp_address.ts";
import { UdpConn } from "./udp_conn.ts";
import { checkOptions, type UdpOptions } from "./udp_options.ts";

/**
 * Binds a UDP socket that talks with one peer only, and which the caller then
 * owns: datagrams of others are dropped and counted as `filtered` (V's
 * `dial_udp`). Nothing is sent, so that an unreachable peer is no error here.
 *
 * A multicast group as the peer is good for sending only: what its members
 * answer comes from addresses of their own.
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
 * @throws {Deno.errors.NotSupported} If the back end is not to be had.
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
  const checked = checkOptions(options);
  const { hostname, port } = parseAddress(remote);
  const attempt: Attempt = {
    operation: "dial",
    name: joinAddress(hostname, port),
  };
  const what = cannot(attempt);
  if (port === 0) {
    throw new RangeError(`${what}: expected a port from 1 to 65535`);
  }
  if (local !== undefined) parseAddress(local);
  try {
    return await limited(what, options, async () => {
      const { ip, host } = await resolveRemote(hostname, port, local);
      const bind = local ?? localFor(ip, host);
      const backend = withZones(
        await openBackend(bind, options, checked),
        parseAddress(bind).hostname,
        true,
      );
      try {
        return new UdpConn({
          backend,
          options: checked,
          broadcast: options.broadcast ?? false,
          maxReplyRatio: Infinity,
          remote: { ip, target: { hostname: host, port } },
        });
      } catch (error) {
        backend.close();
        throw error;
      }
    }, (late) => late.close());
  } catch (error) {
    throw error === options.signal?.reason
      ? error
      : systemError(attempt, error);
  }
}

/** Resolves the peer to an address that the local end can reach. */
async function resolveRemote(
  hostname: string,
  port: number,
  local: UdpAddress | number | undefined,
): Promise<{ ip: string; host: string }> {
  const family = local === undefined ? "any" : familyOf(local);
  const name = hostname || (family === "ipv6" ? "::1" : "127.0.0.1");
  // An address of the wrong family is told as such when it is used.
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

/** Returns where to bind: out of reach of other machines, if that will do. */
function localFor(ip: string, host: string): UdpAddress {
  if (ip === "::1" || ip.startsWith("127.")) {
    // Whoever may use a name of this machine only may bind to that alone.
    const hostname = host === ip ? ip === "::1" ? ip : "127.0.0.1" : host;
    return { hostname, port: 0 };
  }
  return { hostname: isIpv6(ip) ? "::" : "0.0.0.0", port: 0 };
}
