import { parseIpv4, parseIpv6 } from "../../internal/address/ip.ts";
import type { Peer } from "./_peers.ts";

/** How many addresses are remembered; the one heard longest ago goes first. */
const MAX_ADDRESSES = 10_000;

/**
 * Ports of services that answer anything: echo, daytime's neighbour 19
 * (chargen), DNS; and 0, which nobody sends from.
 */
const FORBIDDEN_PORTS: ReadonlySet<number> = new Set([0, 7, 19, 53]);

/**
 * Keeps a server from being used against others: whoever writes a victim's
 * address as the source of small requests has the server send it large replies.
 * So replies to an address stay within a multiple of the bytes that came from
 * it (RFC 9000, section 8.1, does the same with 3), and go to no port or
 * address whose owner would answer by itself or multiply them.
 */
export class ReplyGuard {
  readonly #ratio: number;
  readonly #allowed = new Map<string, number>();

  /** Replies that did not go out. */
  refused = 0;

  constructor(ratio: number) {
    this.#ratio = ratio;
  }

  /** Notes bytes that came from an address. */
  onReceived(peer: Peer, length: number): void {
    const { key } = peer;
    const allowed = this.#allowed.get(key) ?? 0;
    this.#allowed.delete(key);
    this.#allowed.set(key, allowed + length * this.#ratio);
    if (this.#allowed.size <= MAX_ADDRESSES) return;
    for (const oldest of this.#allowed.keys()) {
      this.#allowed.delete(oldest);
      return;
    }
  }

  /**
   * Counts a reply in, or refuses it.
   *
   * @returns `undefined`, or why the reply may not go out, and how many bytes
   * may.
   */
  check(peer: Peer, length: number): Refusal | undefined {
    const reason = forbidden(peer);
    const known = reason === undefined
      ? this.#allowed.get(peer.key)
      : undefined;
    if (known !== undefined && length <= known) {
      this.#allowed.set(peer.key, known - length);
      return undefined;
    }
    this.refused++;
    const allowed = Math.floor(known ?? 0);
    return {
      allowedBytes: allowed,
      reason: reason ??
        `maxReplyRatio allows ${allowed} bytes more until it sends again`,
    };
  }
}

/** Why a reply may not go out. */
export interface Refusal {
  readonly reason: string;
  readonly allowedBytes: number;
}

function forbidden({ addr, isBroadcast }: Peer): string | undefined {
  if (FORBIDDEN_PORTS.has(addr.port)) {
    return "maxReplyRatio allows no replies to ports 0, 7, 19 and 53";
  }
  return isMulticast(addr.hostname) || isBroadcast
    ? "maxReplyRatio allows no replies to multicast and broadcast addresses"
    : undefined;
}

/** Whether it is a group's address (RFC 1112, section 4; RFC 4291, 2.7). */
export function isMulticast(hostname: string): boolean {
  const ipv4 = ipv4Of(hostname);
  if (ipv4 !== undefined) return ((ipv4[0] ?? 0) & 0xf0) === 0xe0;
  return parseIpv6(hostname)?.[0] === 0xff;
}

function ipv4Of(hostname: string): Uint8Array | undefined {
  const mapped = hostname.startsWith("::ffff:") ? hostname.slice(7) : hostname;
  return parseIpv4(mapped);
}
