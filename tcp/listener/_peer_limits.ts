import type { Ends } from "../../internal/address/address.ts";
import { addressKey } from "../../internal/address/address_key.ts";
import { IpSet } from "../../internal/address/cidr.ts";

/** Decides on connections before anything is read of them, and counts them. */
export interface Gate {
  /** Whether a connection may come in: then it counts until it leaves. */
  enter(addr: Deno.NetAddr): boolean;
  /** Told of one that has failed, or has been freed. */
  leave(addr: Deno.NetAddr): void;
}

/** The ends of a connection, of which the limits depend. */
export type PeerEnds = Pick<Ends<Deno.NetAddr>, "remoteAddr" | "proxyAddr">;

/** Counts the connections of each IP address, or of each network of 64 bits. */
export class PeerLimits {
  readonly #counts = new Map<string, number>();
  readonly #proxies: IpSet | undefined;
  /** How many connections one address may have. */
  maxPerIp = Infinity;
  /** Limits of the listener's owner. */
  gate: Gate | undefined;

  /** @param proxies The addresses whose connections have a PROXY header. */
  constructor(proxies: readonly string[] | undefined) {
    this.#proxies = proxies && new IpSet(proxies, "proxyProtocol.from");
  }

  /** Whether a connection is of a proxy itself, whose address has no limit. */
  isOfProxy({ remoteAddr, proxyAddr }: PeerEnds): boolean {
    return proxyAddr === undefined &&
      this.#proxies?.has(remoteAddr.hostname) === true;
  }

  /** Lets a connection in, which counts until it leaves, unless it is too many. */
  enter(ends: PeerEnds): boolean {
    const { hostname } = ends.remoteAddr;
    const isLimited = !this.isOfProxy(ends);
    if (isLimited && this.countOf(hostname) >= this.maxPerIp) return false;
    if (this.gate?.enter(ends.remoteAddr) === false) return false;
    if (isLimited) this.#add(hostname, 1);
    return true;
  }

  /** Of a connection that has failed or been freed. */
  leave(ends: PeerEnds): void {
    if (!this.isOfProxy(ends)) this.#add(ends.remoteAddr.hostname, -1);
    this.gate?.leave(ends.remoteAddr);
  }

  countOf(ip: string): number {
    return this.#counts.get(addressKey(ip)) ?? 0;
  }

  #add(ip: string, difference: 1 | -1): void {
    const key = addressKey(ip);
    const count = this.countOf(ip) + difference;
    if (count > 0) this.#counts.set(key, count);
    else this.#counts.delete(key);
  }
}
