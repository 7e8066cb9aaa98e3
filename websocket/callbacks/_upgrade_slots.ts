import { PeerLimits } from "../../tcp/listener/_peer_limits.ts";

/** The limits of an {@linkcode UpgradeSlots}. */
export interface SlotLimits {
  readonly maxConnections: number;
  readonly maxConnectionsPerIp: number;
}

/** The reservation of one connection. */
export interface UpgradeSlot {
  /** The connection is open: the caller counts it as a client from now on. */
  open(): void;
  /** The connection has ended, or was never opened. */
  free(): void;
}

/**
 * Counts the connections accepted from `Deno.serve`, from their request on, so
 * that requests whose responses have not been sent yet can't exceed a limit
 * together.
 */
export class UpgradeSlots {
  readonly #peers = new PeerLimits(undefined);
  #pending = 0;

  /**
   * Reserves a slot.
   *
   * @param limits The limits.
   * @param openCount How many connections are open.
   * @param hostname The address of the peer, if it is known.
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
    peers.maxPerIp = limits.maxConnectionsPerIp;
    if (hostname !== undefined && !peers.enterClient(hostname)) {
      return "maxConnectionsPerIp";
    }
    this.#pending++;
    let isPending = true;
    let isFree = false;
    const open = () => {
      if (isPending) this.#pending--;
      isPending = false;
    };
    const free = () => {
      open();
      if (!isFree && hostname !== undefined) peers.leaveClient(hostname);
      isFree = true;
    };
    return { open, free };
  }
}
