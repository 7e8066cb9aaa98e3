import { parseAddress } from "../internal/address/address.ts";
import { checkOptions, WAIT_CHECKS } from "../internal/check_options.ts";
import { formatIpv6, isIpv4 } from "../internal/address/ip.ts";
import { limited } from "../internal/wait/limited.ts";
import { lookup } from "../internal/address/lookup.ts";
import { likeError } from "../internal/errors/system_error.ts";
import type { WaitOptions } from "../internal/wait/wait_options.ts";
import { type TcpNetwork, toFamily } from "./dial_tcp.ts";

/**
 * Resolves `"host:port"` to a numeric address (Go's `ResolveTCPAddr`): the first
 * of the network's family, of both the first IPv4 one. An empty host is the
 * unspecified address.
 *
 * @param network `"tcp4"`, `"tcp6"`, or `"tcp"` for either.
 * @param address The address, such as `"localhost:80"` or `"127.0.0.1:22"`.
 * @param wait Limits on the look-up.
 * @returns The address, IPv6 in the form of RFC 5952.
 * @throws {SyntaxError} If `address` is not `host:port`.
 * @throws {Deno.errors.NotFound} If the name has no address of the family.
 * @throws {Deno.errors.NotCapable} If the name may not be looked up, which
 * takes permission to it on any port.
 *
 * @example Usage
 * ```ts
 * import { resolveTcpAddress } from "@vnet/net/tcp";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await resolveTcpAddress("tcp4", "127.0.0.1:22"), {
 *   transport: "tcp",
 *   hostname: "127.0.0.1",
 *   port: 22,
 * });
 * ```
 */
export async function resolveTcpAddress(
  network: TcpNetwork,
  address: string,
  wait: WaitOptions = {},
): Promise<Deno.NetAddr> {
  checkOptions(wait, WAIT_CHECKS);
  const family = toFamily(network);
  const { hostname, port } = parseAddress(address);
  if (hostname === "") {
    const unspecified = family === "ipv6" ? "::" : "0.0.0.0";
    return { transport: "tcp", hostname: unspecified, port };
  }
  const found = await limited(
    `Cannot resolve "${address}"`,
    wait,
    () => lookup(hostname, family),
  );
  if (found === undefined) {
    throw likeError(
      {
        operation: "look up",
        name: JSON.stringify(hostname),
        what: `Cannot resolve "${address}"`,
      },
      new Deno.errors.NotCapable(),
      `expected permission to "${hostname}", on any port`,
      undefined,
    );
  }
  const ip = found.find(isIpv4) ?? formatIpv6(found[0] ?? "::");
  return { transport: "tcp", hostname: ip, port };
}
