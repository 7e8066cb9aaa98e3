import { joinAddress } from "../internal/address/address.ts";
import { isIpv4 } from "../internal/address/ip.ts";
import { type Family, lookup } from "../internal/address/lookup.ts";

/** A resolved host. */
export interface ResolvedHost {
  /** Its numeric address; `undefined` if the process may not look it up. */
  readonly ip: string | undefined;
  /**
   * The host for the runtime: the numeric address, or the name where the process
   * has permission to the name alone.
   */
  readonly host: string;
}

/**
 * Resolves a host to its first IPv4 address, or to its first address if it has
 * no IPv4 address.
 *
 * @throws {Deno.errors.NotFound} If it has no address of the family.
 */
export async function resolveHost(
  hostname: string,
  port: number,
  family: Family,
): Promise<ResolvedHost> {
  const found = await lookup(hostname, family);
  if (found === undefined) return { ip: undefined, host: hostname };
  const ip = found.find(isIpv4) ?? found[0];
  if (ip === undefined || ip === hostname) return { ip, host: hostname };
  return { ip, host: isAllowed(ip, port) ? ip : hostname };
}

/** Whether the process has permission to a numeric address now. */
export function isAllowed(ip: string, port: number): boolean {
  try {
    const host = joinAddress(ip, port);
    return Deno.permissions.querySync({ name: "net", host }).state ===
      "granted";
  } catch {
    // Some forms of IPv6 addresses can't be queried.
    return true;
  }
}
