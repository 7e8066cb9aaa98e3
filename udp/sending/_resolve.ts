import { joinAddress } from "../../internal/address/address.ts";
import { isIpv4 } from "../../internal/address/ip.ts";
import { type Family, lookup } from "../../internal/address/lookup.ts";

/** What a host stands for. */
export interface ResolvedHost {
  /** Its numeric address; `undefined` if the process may not look it up. */
  readonly ip: string | undefined;
  /**
   * What to give to the runtime: the numeric address, or the host as it was
   * where the process has permission to that alone.
   */
  readonly host: string;
}

/**
 * Resolves a host: its first IPv4 address, or the first of all if it has none.
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

/** Whether the process may use a numeric address as things stand. */
export function isAllowed(ip: string, port: number): boolean {
  try {
    const host = joinAddress(ip, port);
    return Deno.permissions.querySync({ name: "net", host }).state ===
      "granted";
  } catch {
    // Not every form of an IPv6 address can be asked about.
    return true;
  }
}
