import { isIpv6, withoutMapping } from "./ip.ts";

/**
 * The zone of an IPv6 address (RFC 4007): the name or the number of an interface,
 * behind the `%`. `undefined` if there is none.
 */
export function zoneOf(hostname: string): string | undefined {
  const at = hostname.indexOf("%");
  return at !== -1 && isIpv6(hostname) ? hostname.slice(at + 1) : undefined;
}

/** An address without its zone. */
export function withoutZone(hostname: string): string {
  return zoneOf(hostname) === undefined
    ? hostname
    : hostname.slice(0, hostname.indexOf("%"));
}

/**
 * An address with a zone, if it takes one and has none: only link-local
 * addresses (fe80::/10) are good for one link and not for another.
 */
export function withZone(hostname: string, zone: string): string {
  return isLinkLocal(hostname) ? `${hostname}%${zone}` : hostname;
}

/** Whether an address is link-local and lacks its zone. */
export function isLinkLocal(hostname: string): boolean {
  return /^fe[89ab][0-9a-f]:[^%]*$/i.test(hostname);
}

/** The name of a link, and a link-local address that this machine has on it. */
export interface Link {
  readonly name: string;
  readonly address: string;
}

/**
 * The link that a link-local address of this machine is on: the one interface
 * that has it. `undefined` if there are several, or if the process may not ask
 * (`--allow-sys=networkInterfaces`).
 */
export function zoneOfLocal(address: string): string | undefined {
  const own = linkLocalAddresses().filter((link) => link.address === address);
  return onlyLink(own);
}

/** The name of the link that all are on, `undefined` if there are several. */
export function onlyLink(found: readonly Link[]): string | undefined {
  const names = new Set(found.map(({ name }) => name));
  return names.size === 1 ? found[0]?.name : undefined;
}

/** The link-local addresses of this machine; none if the process may not ask. */
export function linkLocalAddresses(): Link[] {
  const sys = { name: "sys", kind: "networkInterfaces" } as const;
  if (Deno.permissions.querySync(sys).state !== "granted") return [];
  return Deno.networkInterfaces().filter(({ address }) => isLinkLocal(address));
}

/** A connection or a listener of the runtime, which has addresses. */
type Addressed = {
  readonly addr?: Deno.Addr;
  readonly localAddr?: Deno.Addr;
  readonly remoteAddr?: Deno.Addr;
};

/**
 * Gives the link-local addresses of a raw connection or listener their zone,
 * which the runtime drops.
 */
export function addZone<T extends Addressed>(raw: T, zone: string): T {
  return changeHostnames(raw, (hostname) => withZone(hostname, zone));
}

/**
 * Gives a raw connection its IPv4 addresses back, which the system shows in the
 * form of IPv6 where one socket is for both families (`::ffff:192.0.2.1`).
 */
export function dropMapping<T extends Addressed>(raw: T): T {
  return changeHostnames(raw, withoutMapping);
}

function changeHostnames<T extends Addressed>(
  raw: T,
  change: (hostname: string) => string,
): T {
  for (const key of ["addr", "localAddr", "remoteAddr"] as const) {
    const addr = raw[key];
    if (addr === undefined || !("hostname" in addr)) continue;
    const hostname = change(addr.hostname);
    if (hostname === addr.hostname) continue;
    Object.defineProperty(raw, key, { value: { ...addr, hostname } });
  }
  return raw;
}

/** The same, with the zone of the address that was dialled or listened on. */
export function keepZone<T extends Addressed>(raw: T, hostname: string): T {
  const zone = zoneOf(hostname);
  return zone === undefined ? raw : addZone(raw, zone);
}
