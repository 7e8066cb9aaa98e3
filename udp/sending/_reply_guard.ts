import { isBroadcast, isMulticast } from "../_addresses.ts";
import { ReplyRefusedError } from "../reply_refused_error.ts";
import type { Peer } from "./_peers.ts";

/** How many addresses are remembered; the one heard longest ago is dropped. */
const MAX_ADDRESSES = 10_000;

/**
 * Ports whose services answer any datagram: echo (7), chargen (19) and DNS (53);
 * and port 0, from which nothing is sent.
 */
const FORBIDDEN_PORTS: ReadonlySet<number> = new Set([0, 7, 19, 53]);

/**
 * Protects third parties against this server. In a reflection attack, small
 * requests carry the address of a victim as their source, and the server sends
 * its large replies to the victim. So replies to an address stay within a
 * multiple of the bytes that came from it (as in RFC 9000 section 8.1, whose
 * factor is 3), and none goes to a port or an address whose owner would answer
 * by itself or multiply them.
 */
export class ReplyGuard {
  readonly #ratio: number;
  readonly #allowed = new Map<string, number>();

  /** How many replies were refused. */
  refused = 0;

  constructor(ratio: number) {
    this.#ratio = ratio;
  }

  /** Counts the bytes that came from an address, given as `host:port`. */
  onReceived(key: string, length: number): void {
    const allowed = this.#allowed.get(key) ?? 0;
    this.#allowed.delete(key);
    this.#allowed.set(key, allowed + length * this.#ratio);
    if (this.#allowed.size <= MAX_ADDRESSES) return;
    const [oldest = ""] = this.#allowed.keys();
    this.#allowed.delete(oldest);
  }

  /** Returns why a reply is refused, and counts that, or `undefined`. */
  check({ addr, key }: Peer, length: number): ReplyRefusedError | undefined {
    const forbidden = forbiddenReason(addr);
    const known = forbidden === undefined ? this.#allowed.get(key) : undefined;
    if (known !== undefined && length <= known) return undefined;
    this.refused++;
    const allowed = Math.floor(known ?? 0);
    const reason = forbidden ??
      `maxReplyRatio allows ${allowed} bytes more until it sends again`;
    return new ReplyRefusedError(
      `Cannot send ${length} bytes to ${key}: ${reason}`,
      addr,
      allowed,
    );
  }

  /** Counts a reply that is sent, which {@linkcode ReplyGuard.check} has allowed. */
  charge({ key }: Peer, length: number): void {
    const known = this.#allowed.get(key);
    if (known !== undefined) this.#allowed.set(key, known - length);
  }
}

function forbiddenReason({ hostname, port }: Peer["addr"]): string | undefined {
  if (FORBIDDEN_PORTS.has(port)) {
    return "maxReplyRatio allows no replies to ports 0, 7, 19 and 53";
  }
  return isMulticast(hostname) || isBroadcast(hostname)
    ? "maxReplyRatio allows no replies to multicast and broadcast addresses"
    : undefined;
}
