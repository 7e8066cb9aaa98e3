import type { StreamConn } from "../../tcp/conn/stream_conn.ts";
import type { ProxyTrust } from "../handshake/_trusted_proxies.ts";
import type { Verdict } from "./_server_clients.ts";
import type { ServerCounts } from "./_server_counts.ts";
import {
  limitedAddress,
  type SlotLimits,
  type UpgradeSlots,
} from "./_upgrade_slots.ts";

/** The counters and limits of the server. */
interface Counting {
  readonly slots: UpgradeSlots;
  readonly limits: SlotLimits;
  /** How many clients are connected. */
  readonly openCount: number;
  readonly proxies: ProxyTrust | undefined;
  readonly counts: ServerCounts;
}

/**
 * Counts a connection that the program has accepted, from now until it has ended.
 * Its request is refused with 503 if there is no room for it.
 *
 * @returns The answers to the questions of its handshake.
 */
export function countHandedConn(
  conn: StreamConn<unknown>,
  { slots, limits, openCount, proxies, counts }: Counting,
): Verdict {
  const slot = slots.take(limits, openCount, undefined);
  const isFull = typeof slot === "string";
  if (!isFull) conn.closed.then(slot.free);
  const verdict: Verdict = {
    isExpected: false,
    admit: ({ clientAddress }) => {
      const ip = limitedAddress(clientAddress, proxies);
      if (!isFull && (ip === undefined || slot.enter(ip))) return undefined;
      verdict.isExpected = true;
      counts.refuse(isFull ? slot : "maxConnectionsPerIp");
      return { status: 503, reason: "Too many connections" };
    },
    onOpen: isFull ? undefined : slot.open,
  };
  return verdict;
}
