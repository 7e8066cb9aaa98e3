import { joinAddress, parseAddress } from "../../internal/address/address.ts";
import { formatIpv6, isIpv4, isIpv6 } from "../../internal/address/ip.ts";
import type { UdpAddr, UdpAddress } from "../udp_address.ts";

/** What IPv4 and IPv6 packets carry at most, UDP's 8 bytes of header taken off. */
const MAX_IPV4_PAYLOAD = 65_507;
const MAX_IPV6_PAYLOAD = 65_527;

/** A power of two. Each pair of them is for the peers of one hash. */
const SLOTS = 1024;
/** Those of a book that has no peer yet. */
const NO_SLOTS: (Peer | undefined)[] = [];
/** How many addresses are kept by their text. */
const MAX_TEXTS = 1024;

/** Makes an address that may be shared. */
export function makeUdpAddr(hostname: string, port: number): UdpAddr {
  return Object.freeze({ transport: "udp", hostname, port });
}

/** Copies an address of the runtime. */
export function toUdpAddr({ hostname, port }: Deno.NetAddr): UdpAddr {
  return makeUdpAddr(hostname, port);
}

/** Someone to send to, or who has sent. */
export class Peer {
  /** The address as the caller gets it. */
  readonly addr: UdpAddr;
  /** The address as the back end gets it. */
  readonly target: UdpAddr;
  /** How many bytes a datagram to it may have. */
  readonly maxPayload: number;
  /** Whether it is the broadcast address of every network. */
  readonly isBroadcast: boolean;
  #key: string | undefined;

  constructor(addr: UdpAddr, target = addr) {
    this.addr = addr;
    this.target = target;
    this.maxPayload = target.hostname.includes(":") && !isMapped(target)
      ? MAX_IPV6_PAYLOAD
      : MAX_IPV4_PAYLOAD;
    this.isBroadcast = addr.hostname.endsWith("255.255.255.255");
  }

  /** The address as `host:port`, one of a kind. */
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
 * The addresses that a socket has to do with: checked, brought into the
 * socket's family, and kept, so that a datagram to a known peer neither makes an
 * object nor parses a text.
 *
 * What is kept is bounded: 1,024 peers, where one more may take the place of any,
 * and 1,024 texts, of which the oldest goes first.
 */
export class PeerBook {
  readonly #local: UdpAddr;
  readonly #isIpv6: boolean;
  #slots: (Peer | undefined)[] = NO_SLOTS;
  readonly #texts = new Map<string, Peer>();

  constructor(local: UdpAddr) {
    this.#local = local;
    this.#isIpv6 = local.hostname.includes(":");
  }

  /** Which addresses the socket can send to. */
  get family(): "any" | "ipv4" | "ipv6" {
    return !this.#isIpv6 ? "ipv4" : this.#isDual ? "any" : "ipv6";
  }

  /** Returns the peer at an address that the system told. */
  fromSystem({ hostname, port }: UdpAddr): Peer {
    return this.#intern(hostname, port);
  }

  #intern(hostname: string, port: number): Peer {
    const slot = slotOf(hostname, port);
    const known = this.#known(slot, hostname, port);
    if (known !== undefined) return known;
    const peer = new Peer(makeUdpAddr(hostname, port));
    if (this.#slots === NO_SLOTS) this.#slots = Array(SLOTS).fill(undefined);
    // The one that came before makes way for the one before that.
    this.#slots[slot ^ 1] = this.#slots[slot];
    this.#slots[slot] = peer;
    return peer;
  }

  #known(slot: number, hostname: string, port: number): Peer | undefined {
    const slots = this.#slots;
    const first = slots[slot];
    if (isAt(first, hostname, port)) return first;
    const second = slots[slot ^ 1];
    return isAt(second, hostname, port) ? second : undefined;
  }

  /**
   * Returns the peer at an address that the caller gave, or the name that has
   * to be looked up first.
   *
   * @throws {TypeError | RangeError | SyntaxError} If it is no address, or not
   * one that the socket can send to.
   */
  find(address: UdpAddress): Peer | NamedAddress {
    if (typeof address === "string") {
      const known = this.#texts.get(address);
      if (known !== undefined) return known;
    } else if (typeof address === "object" && address !== null) {
      const { hostname, port } = address;
      if (typeof hostname === "string") {
        const known = this.#known(slotOf(hostname, port), hostname, port);
        if (known !== undefined) return known;
      }
    }
    if (typeof address === "number") {
      throw new TypeError(
        `Cannot send to ${address}: expected "host:port" or { hostname, port }`,
      );
    }
    const { hostname, port } = parseAddress(address);
    const host = hostname !== "" ? hostname : this.#ownHost();
    if (!isIpv4(host) && !isIpv6(host)) {
      const known = this.#texts.get(joinAddress(host, port));
      return known ?? { hostname: host, port };
    }
    const peer = this.#numeric(host, port);
    if (typeof address === "string") this.keep(address, peer);
    return peer;
  }

  /**
   * Makes the peer of a name and keeps it.
   *
   * @param address The name.
   * @param ip What the name stands for, if that is known.
   * @param host What to send to: the address, or the name where the process has
   * permission to that alone.
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
    this.keep(joinAddress(hostname, port), peer);
    return peer;
  }

  /** Keeps a peer for a text. */
  keep(text: string, peer: Peer): void {
    if (this.#texts.size >= MAX_TEXTS) {
      for (const oldest of this.#texts.keys()) {
        this.#texts.delete(oldest);
        break;
      }
    }
    this.#texts.set(text, peer);
  }

  get #isDual(): boolean {
    return this.#local.hostname === "::";
  }

  #ownHost(): string {
    return this.#isIpv6 && !this.#isDual ? "::1" : "127.0.0.1";
  }

  #numeric(host: string, port: number): Peer {
    if (isIpv4(host)) {
      if (!this.#isIpv6) return this.#intern(host, port);
      if (this.#isDual) return this.#intern(`::ffff:${host}`, port);
      throw this.#wrongFamily(host, port, "an IPv6 address", '"0.0.0.0:0"');
    }
    const hostname = formatIpv6(host);
    if (this.#isIpv6) return this.#intern(hostname, port);
    throw this.#wrongFamily(hostname, port, "an IPv4 address", '"[::]:0"');
  }

  #wrongFamily(
    host: string,
    port: number,
    expected: string,
    local: string,
  ): TypeError {
    const { hostname, port: localPort } = this.#local;
    return new TypeError(
      `Cannot send to ${joinAddress(host, port)} from ${
        joinAddress(hostname, localPort)
      }: expected ${expected}, or a connection bound to an address such as ${local}`,
    );
  }
}

function isAt(
  peer: Peer | undefined,
  hostname: string,
  port: number,
): boolean {
  return peer !== undefined && peer.addr.port === port &&
    peer.addr.hostname === hostname;
}

/** The first of the two places of a peer: ports and the ends of hosts differ. */
function slotOf(hostname: string, port: number): number {
  const end = hostname.length;
  const hash = port + hostname.charCodeAt(end - 1) * 31 +
    hostname.charCodeAt(end - 2) * 7;
  return (hash << 1) & (SLOTS - 1);
}

function isMapped({ hostname }: UdpAddr): boolean {
  return hostname.startsWith("::ffff:") && hostname.includes(".");
}
