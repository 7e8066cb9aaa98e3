import { joinAddress, parseAddress } from "../../internal/address/address.ts";
import {
  formatIpv6,
  isIpv4,
  isIpv6,
  isMappedIpv4,
} from "../../internal/address/ip.ts";
import { makeUdpAddr } from "../_addresses.ts";
import type { UdpAddr, UdpAddress } from "../udp_address.ts";

/** The largest payloads of IPv4 and IPv6, less the 8 bytes of UDP's header. */
const MAX_IPV4_PAYLOAD = 65_507;
const MAX_IPV6_PAYLOAD = 65_527;

/** How many resolved names are kept; the oldest is dropped first. */
const MAX_NAMES = 1024;

/** The other end of datagrams. */
export class Peer {
  /** The address for the caller. */
  readonly addr: UdpAddr;
  /** The address for the back end. */
  readonly target: UdpAddr;
  /** How many bytes a datagram to it may have. */
  readonly maxPayload: number;
  #key: string | undefined;

  constructor(addr: UdpAddr, target: UdpAddr = addr) {
    const { hostname } = target;
    const isIpv6 = hostname.includes(":") && !isMappedIpv4(hostname);
    this.addr = addr;
    this.target = target;
    this.maxPayload = isIpv6 ? MAX_IPV6_PAYLOAD : MAX_IPV4_PAYLOAD;
  }

  /** The address as `host:port`, the same for all spellings. */
  get key(): string {
    return this.#key ??= joinAddress(this.addr.hostname, this.addr.port);
  }
}

/** An address whose name has to be looked up. */
export interface NamedAddress {
  readonly hostname: string;
  readonly port: number;
}

/**
 * Turns the caller's addresses into peers of the socket's family, and keeps the
 * peers of names that were looked up.
 */
export class PeerBook {
  readonly #local: UdpAddr;
  readonly #names = new Map<string, Peer>();

  /** The families that the socket can send to. */
  readonly family: "any" | "ipv4" | "ipv6";

  constructor(local: UdpAddr) {
    this.#local = local;
    const { hostname } = local;
    this.family = hostname === "::"
      ? "any"
      : hostname.includes(":")
      ? "ipv6"
      : "ipv4";
  }

  /**
   * Returns the peer at an address, or the name that has to be looked up first.
   *
   * @throws {TypeError | RangeError | SyntaxError} If it is not an address, or
   * not one that the socket can send to.
   */
  find(address: UdpAddress): Peer | NamedAddress {
    if (typeof address === "number") {
      throw new TypeError(
        `Cannot send to ${address}: expected "host:port" or { hostname, port }`,
      );
    }
    const { hostname, port } = parseAddress(address);
    const own = this.family === "ipv6" ? "::1" : "127.0.0.1";
    const host = hostname !== "" ? hostname : own;
    if (isIpv4(host) || isIpv6(host)) return this.#numeric(host, port);
    const known = this.#names.get(joinAddress(host, port));
    return known ?? { hostname: host, port };
  }

  /**
   * Makes the peer of a name and keeps it.
   *
   * @param address The name.
   * @param ip The address of the name, if it is known.
   * @param host The host for the runtime: the address, or the name where the
   * process has permission to the name alone.
   */
  fromName(
    { hostname, port }: NamedAddress,
    ip: string | undefined,
    host: string,
  ): Peer {
    const known = ip === undefined ? undefined : this.#numeric(ip, port);
    const peer = known !== undefined && ip === host ? known : new Peer(
      known?.addr ?? makeUdpAddr(host, port),
      makeUdpAddr(host, port),
    );
    if (this.#names.size >= MAX_NAMES) {
      const [oldest = ""] = this.#names.keys();
      this.#names.delete(oldest);
    }
    this.#names.set(joinAddress(hostname, port), peer);
    return peer;
  }

  #numeric(host: string, port: number): Peer {
    const isV4 = isIpv4(host);
    const hostname = isV4 ? host : formatIpv6(host);
    if (isV4 && this.family === "any") {
      return new Peer(makeUdpAddr(`::ffff:${host}`, port));
    }
    const isReachable = this.family === "any" ||
      this.family === (isV4 ? "ipv4" : "ipv6");
    if (isReachable) return new Peer(makeUdpAddr(hostname, port));
    const local = joinAddress(this.#local.hostname, this.#local.port);
    const expected = isV4
      ? 'an IPv6 address, or a connection bound to an address such as "0.0.0.0:0"'
      : 'an IPv4 address, or a connection bound to an address such as "[::]:0"';
    throw new TypeError(
      `Cannot send to ${
        joinAddress(hostname, port)
      } from ${local}: expected ${expected}`,
    );
  }
}
