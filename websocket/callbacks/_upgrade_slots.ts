import { addressKey } from "../../internal/address/address_key.ts";

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
  readonly #perAddress = new Map<string, number>();
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
    const key = hostname === undefined ? undefined : addressKey(hostname);
    if (openCount + this.#pending >= limits.maxConnections) {
      return "maxConnections";
    }
    if (this.#of(key) >= limits.maxConnectionsPerIp) {
      return "maxConnectionsPerIp";
    }
    this.#pending++;
    this.#add(key, 1);
    let isPending = true;
    let isFree = false;
    const open = () => {
      if (isPending) this.#pending--;
      isPending = false;
    };
    const free = () => {
      open();
      if (!isFree) this.#add(key, -1);
      isFree = true;
    };
    return { open, free };
  }

  #of(key: string | undefined): number {
    return key === undefined ? 0 : this.#perAddress.get(key) ?? 0;
  }

  #add(key: string | undefined, change: number): void {
    if (key === undefined) return;
    const count = this.#of(key) + change;
    if (count > 0) this.#perAddress.set(key, count);
    else this.#perAddress.delete(key);
  }
}
