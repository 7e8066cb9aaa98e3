import type { Ends } from "../../internal/address/address.ts";
import { addressKey } from "../../internal/address/address_key.ts";
import { isIpv4 } from "../../internal/address/ip.ts";
import { IpSet } from "../../internal/address/cidr.ts";

/**
 * Decides on connections before anything but a PROXY header is read of them, and
 * counts them. On a listener with TLS that is before the handshake.
 */
export interface Gate {
  /** Whether a connection may come in: then it counts until it leaves. */
  enter(ends: PeerEnds): boolean;
  /** Called when a connection that came in has failed or been freed. */
  leave(ends: PeerEnds): void;
}

/** The ends of a connection, on which the limits depend. */
export type PeerEnds = Pick<Ends<Deno.NetAddr>, "remoteAddr" | "proxyAddr">;

/** Counts the connections of each IP address, or of each network of 64 bits. */
export class PeerLimits {
  readonly #counts = new Map<string, number>();
  /** Connections and clients that were one too many of their address. */
  refusedCount = 0;
  readonly #headerSenders: IpSet | undefined;
  /** Whether no connection comes in by IPv4. */
  refusesIpv4 = false;
  /** How many connections one address may have. */
  maxPerIp = Infinity;
  /** Limits of the listener's owner. */
  gate: Gate | undefined;
  /**
   * Proxies whose clients are known only when a request has been read: their
   * addresses have no limit, and {@linkcode PeerLimits.enterClient} counts the
   * clients.
   */
  proxies: Pick<IpSet, "has"> | undefined;

  /** @param from The addresses whose connections have a PROXY header. */
  constructor(from: readonly string[] | undefined) {
    this.#headerSenders = from && new IpSet(from, "proxyProtocol.from");
  }

  /** Whether a connection itself, before a PROXY header, has the wrong family. */
  isOfRefusedFamily({ remoteAddr }: PeerEnds): boolean {
    return this.refusesIpv4 && isIpv4(remoteAddr.hostname);
  }

  /** Whether a connection is of a proxy itself, before or without its header. */
  isOfProxy({ remoteAddr, proxyAddr }: PeerEnds): boolean {
    return proxyAddr === undefined &&
      this.#headerSenders?.has(remoteAddr.hostname) === true;
  }

  /** Lets a connection in, which counts until it leaves, unless it is too many. */
  enter(ends: PeerEnds): boolean {
    const { hostname } = ends.remoteAddr;
    const isLimited = !this.isExempt(ends);
    if (isLimited && this.#isFull(hostname)) return false;
    if (this.gate?.enter(ends) === false) return false;
    if (isLimited) this.#add(hostname, 1);
    return true;
  }

  /** Counts a connection no longer, which has failed or been freed. */
  leave(ends: PeerEnds): void {
    if (!this.isExempt(ends)) this.#add(ends.remoteAddr.hostname, -1);
    this.gate?.leave(ends);
  }

  /** Counts a client of `proxies` until it leaves, unless it is one too many. */
  enterClient(ip: string): boolean {
    if (this.proxies?.has(ip)) return true;
    if (this.#isFull(ip)) return false;
    this.#add(ip, 1);
    return true;
  }

  /** Counts a client no longer that {@linkcode PeerLimits.enterClient} let in. */
  leaveClient(ip: string): void {
    if (!this.proxies?.has(ip)) this.#add(ip, -1);
  }

  /** Whether the address of a connection is that of a proxy, which has no limit. */
  isExempt(ends: PeerEnds): boolean {
    return this.isOfProxy(ends) ||
      this.proxies?.has(ends.remoteAddr.hostname) === true;
  }

  countOf(ip: string): number {
    return this.#counts.get(addressKey(ip)) ?? 0;
  }

  #isFull(ip: string): boolean {
    if (this.countOf(ip) < this.maxPerIp) return false;
    this.refusedCount++;
    return true;
  }

  #add(ip: string, difference: 1 | -1): void {
    const key = addressKey(ip);
    const count = this.countOf(ip) + difference;
    if (count > 0) this.#counts.set(key, count);
    else this.#counts.delete(key);
  }
}
