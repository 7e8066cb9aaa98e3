import {
  isLinkLocal,
  type Link,
  linkLocalAddresses,
  onlyLink,
  withZone,
} from "../internal/address/zone.ts";
import type { UdpAddr } from "./udp_address.ts";

/** Milliseconds for which the links of this machine are remembered. */
const MAX_AGE = 5000;

/**
 * Gives link-local addresses the zone that both back ends drop (RFC 4007), so
 * that an answer leaves by the link on which its datagram came: the zone of the
 * bound address, or else the only link of this machine.
 */
export class Zones {
  readonly #bound: string | undefined;
  readonly #ask: () => readonly Link[];
  #links: readonly Link[] = [];
  #askedAt = -Infinity;

  /**
   * @param bound The zone of the bound address, if it has one.
   * @param ask Lists the link-local addresses of this machine.
   */
  constructor(bound: string | undefined, ask = linkLocalAddresses) {
    this.#bound = bound;
    this.#ask = ask;
  }

  /** Adds the zone to an address that lacks it, if the zone is known. */
  complete(addr: UdpAddr): UdpAddr {
    const { hostname, port } = addr;
    if (!lacksZone(hostname)) return addr;
    const zone = this.#bound ?? this.#zoneOf(hostname);
    return zone === undefined
      ? addr
      : { transport: "udp", hostname: withZone(hostname, zone), port };
  }

  /** Whether an address may be on any of several links. */
  isAmbiguous(hostname: string): boolean {
    return lacksZone(hostname) && this.#bound === undefined &&
      this.#zoneOf(hostname) === undefined && this.#links.length > 0;
  }

  /** The only link, or the link on which this machine has the address. */
  #zoneOf(hostname: string): string | undefined {
    const now = performance.now();
    if (now - this.#askedAt > MAX_AGE) {
      this.#links = this.#ask();
      this.#askedAt = now;
    }
    const own = this.#links.filter(({ address }) => address === hostname);
    return onlyLink(this.#links) ?? onlyLink(own);
  }
}

/** Whether an address is link-local and has no zone; quick for all others. */
function lacksZone(hostname: string): boolean {
  return hostname.startsWith("fe") && isLinkLocal(hostname);
}
