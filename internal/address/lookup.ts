import { isIpv4, isIpv6 } from "./ip.ts";
import { likeError } from "../errors/system_error.ts";

/** Which families of addresses are meant: both, IPv4 or IPv6. */
export type Family = "any" | "ipv4" | "ipv6";

/**
 * Resolves a host name as the system does, `hosts` file included; a numeric
 * address resolves to itself.
 *
 * @returns The addresses in the system's order, families taking turns (RFC
 * 8305, section 4), or `undefined` if the process may not look the name up: the
 * runtime asks for permission to the name on any port, and a program may have
 * it for one port only.
 * @throws {Deno.errors.NotFound} If the name has no address of the family.
 */
export async function lookup(
  hostname: string,
  family: Family,
): Promise<string[] | undefined> {
  if (isIpv4(hostname) || isIpv6(hostname)) {
    if ((family === "ipv4") !== isIpv4(hostname) && family !== "any") {
      throw notFound(hostname, family, undefined);
    }
    return [hostname];
  }
  const { lookup } = await import("node:dns/promises");
  try {
    const found = await lookup(hostname, {
      all: true,
      family: family === "ipv4" ? 4 : family === "ipv6" ? 6 : 0,
      verbatim: true,
    });
    if (found.length === 0) throw notFound(hostname, family, undefined);
    return interleave(found.map(({ address }) => address));
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) return undefined;
    if (error instanceof Deno.errors.NotFound) throw error;
    const isDenied = error instanceof Error && "code" in error &&
      error.code === "EPERM";
    if (isDenied) return undefined;
    throw notFound(hostname, family, error);
  }
}

function notFound(
  hostname: string,
  family: Family,
  cause: unknown,
): Error {
  const kind = family === "ipv4" ? "IPv4 " : family === "ipv6" ? "IPv6 " : "";
  return likeError(
    { operation: "look up", name: JSON.stringify(hostname) },
    Object.assign(new Deno.errors.NotFound(), { code: "ENOTFOUND" }),
    `it has no ${kind}address`,
    cause,
  );
}

/** Lets the families take turns, the first address first. */
function interleave(addresses: string[]): string[] {
  const isFirst = (address: string) =>
    isIpv4(address) === isIpv4(addresses[0] ?? "");
  const first = addresses.filter(isFirst);
  const second = addresses.filter((address) => !isFirst(address));
  const mixed: string[] = [];
  for (let index = 0; index < addresses.length; index++) {
    mixed.push(
      ...first.slice(index, index + 1),
      ...second.slice(index, index + 1),
    );
  }
  return mixed;
}
