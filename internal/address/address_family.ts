import { isIpv4, isIpv6 } from "./ip.ts";

/**
 * A family of addresses by Node's names, or `"unix"` for the paths of Unix
 * sockets.
 *
 * @example Usage
 * ```ts
 * import { addressFamily, type AddressFamily, listenTcp } from "@vnet/net/tcp";
 * import { assertEquals } from "@std/assert";
 *
 * using listener = listenTcp("127.0.0.1:0");
 * const family: AddressFamily = addressFamily(listener.addr);
 * assertEquals(family, "IPv4");
 * ```
 */
export type AddressFamily = "IPv4" | "IPv6" | "unix";

/**
 * Tells the family of an address (Node's `address().family`).
 *
 * The address of a dual-stack listener, `::`, is IPv6; the peers of its
 * connections have the family that they connect with. On a dual-stack datagram
 * connection IPv4 peers show as `::ffff:192.0.2.1`, whose family is IPv6.
 *
 * @param addr The address: `localAddr` or `remoteAddr` of a connection, `addr` of
 * a listener or of a datagram.
 * @returns Its family.
 * @throws {TypeError} If it is neither numeric nor a path: a name has no family
 * before it is looked up.
 *
 * @example Usage
 * ```ts
 * import { addressFamily, dialTcp, listenTcp } from "@vnet/net/tcp";
 * import { assertEquals, assertThrows } from "@std/assert";
 *
 * using listener = listenTcp("127.0.0.1:0");
 * using conn = await dialTcp(listener.addr);
 * assertEquals(addressFamily(conn.remoteAddr), "IPv4");
 * assertEquals(addressFamily({ hostname: "::1" }), "IPv6");
 * assertThrows(() => addressFamily({ hostname: "localhost" }), TypeError);
 * ```
 */
export function addressFamily(
  addr: Deno.Addr | { readonly hostname: string },
): AddressFamily {
  const { hostname, path }: Record<string, unknown> = { ...addr };
  if (typeof hostname === "string") {
    if (isIpv4(hostname)) return "IPv4";
    if (isIpv6(hostname)) return "IPv6";
  } else if (typeof path === "string") {
    return "unix";
  }
  throw new TypeError(
    `Cannot tell the family of ${
      describe(addr, hostname)
    }: expected a numeric address, or a path`,
  );
}

function describe(addr: unknown, hostname: unknown): string {
  if (typeof hostname === "string") return `"${hostname}"`;
  return addr !== null && typeof addr === "object"
    ? "an object without an address"
    : String(addr);
}
