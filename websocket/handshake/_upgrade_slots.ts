import { addressKey } from "../../internal/address/address_key.ts";

/** What a connection counts against. */
export interface SlotLimits {
  readonly maxConnections: number;
  readonly maxConnectionsPerIp: number;
}

/** The place of one connection among those that may be open at once. */
export interface UpgradeSlot {
  /** The connection is open: it counts among the clients from now on. */
  open(): void;
  /** The connection is over, or has never been open. */
  free(): void;
}

/**
 * Counts the connections that come by `Deno.serve`, from their request on: those
 * whose response is yet to be sent would else pass a limit together.
 */
export class UpgradeSlots {
  readonly #perAddress = new Map<string, number>();
  #pending = 0;

  /**
   * Takes a place.
   *
   * @param limits The limits.
   * @param openCount How many connections are open.
   * @param hostname The address of the peer, if it is known.
   * @returns The place, `undefined` if a limit is reached.
   */
  take(
    limits: SlotLimits,
    openCount: number,
    hostname: string | undefined,
  ): UpgradeSlot | undefined {
    const key = hostname === undefined ? undefined : addressKey(hostname);
    if (openCount + this.#pending >= limits.maxConnections) return undefined;
    if (this.#of(key) >= limits.maxConnectionsPerIp) return undefined;
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
