import { PeerLimits } from "../../tcp/listener/_peer_limits.ts";
import type { ProxyTrust } from "../handshake/_trusted_proxies.ts";

/** The limits of an {@linkcode UpgradeSlots}. */
export interface SlotLimits {
  readonly maxConnections: number;
  readonly maxConnectionsPerIp: number;
}

/** The limits that a server's options set. */
export function toSlotLimits(
  { maxConnections = Infinity, maxConnectionsPerIp = Infinity }: Partial<
    SlotLimits
  >,
): SlotLimits {
  return { maxConnections, maxConnectionsPerIp };
}

/** The address of a client, if it has a limit: those of proxies have none. */
export function limitedAddress(
  clientAddress: string | undefined,
  proxies: ProxyTrust | undefined,
): string | undefined {
  if (clientAddress === undefined) return undefined;
  return proxies?.has(clientAddress) ? undefined : clientAddress;
}

/** The reservation of one connection. */
export interface UpgradeSlot {
  /**
   * Counts the connection for the address of its client, if that has room.
   *
   * @param hostname The address.
   * @returns Whether it has.
   */
  enter(hostname: string): boolean;
  /** The connection is open: the caller counts it as a client from now on. */
  open(): void;
  /** The connection has ended, or was never opened. */
  free(): void;
}

/**
 * Counts the connections that a server gets from `Deno.serve` and from programs,
 * from their request or their arrival on, so that those which are not open yet
 * can't exceed a limit together.
 */
export class UpgradeSlots {
  readonly #peers = new PeerLimits(undefined);
  #pending = 0;

  /**
   * Reserves a slot.
   *
   * @param limits The limits.
   * @param openCount How many connections are open.
   * @param hostname The address of the client, if it is known.
   * @returns The slot, or the limit that is reached.
   */
  take(
    limits: SlotLimits,
    openCount: number,
    hostname: string | undefined,
  ): UpgradeSlot | keyof SlotLimits {
    if (openCount + this.#pending >= limits.maxConnections) {
      return "maxConnections";
    }
    const peers = this.#peers;
    this.#pending++;
    let isPending = true;
    let isFree = false;
    let entered: string | undefined;
    const enter = (hostname: string) => {
      // Nothing would take a connection that has ended out of the count again.
      if (isFree) return true;
      peers.maxPerIp = limits.maxConnectionsPerIp;
      if (!peers.enterClient(hostname)) return false;
      entered = hostname;
      return true;
    };
    const open = () => {
      if (isPending) this.#pending--;
      isPending = false;
    };
    const free = () => {
      open();
      isFree = true;
      if (entered !== undefined) peers.leaveClient(entered);
      entered = undefined;
    };
    if (hostname !== undefined && !enter(hostname)) {
      free();
      return "maxConnectionsPerIp";
    }
    return { enter, open, free };
  }
}
