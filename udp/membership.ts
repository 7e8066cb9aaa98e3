/** Options for joining a multicast group. */
export interface JoinMulticastOptions {
  /**
   * The interface to join on: for an IPv4 group its IPv4 address, such as
   * `"192.0.2.2"`; for an IPv6 group its index or its name, such as `4` or
   * `"eth0"`. By default the system chooses.
   *
   * Of an IPv6 interface the native back end needs the index, the Node one the
   * name (except on Windows). The other form is translated by
   * `Deno.networkInterfaces()`, which needs `--allow-sys`.
   */
  interface?: string | number;
  /**
   * How many routers the datagrams of this connection to any group may pass, 1 to
   * 255; the system's default is 1. For IPv4 only.
   */
  ttl?: number;
  /**
   * Whether the datagrams of this connection to any group also reach listeners on
   * this machine, itself included; the system's default is `true`.
   */
  loopback?: boolean;
}

/** Makes the membership in a group that was joined. */
export let makeMembership: (
  group: string,
  networkInterface: string | number | undefined,
  leave: () => Promise<void>,
) => Membership;

/**
 * The membership of a connection in a multicast group. It ends with `leave()`,
 * with `await using`, or with the connection.
 *
 * @example Usage
 * ```ts
 * import { listenUdp, type Membership } from "@vnet/net/udp";
 * import { assertEquals } from "@std/assert";
 *
 * using conn = await listenUdp(":0");
 * const membership: Membership = await conn.joinMulticast("239.1.2.3", {
 *   interface: "127.0.0.1",
 * });
 * assertEquals(membership.group, "239.1.2.3");
 * await membership.leave();
 * ```
 */
export class Membership {
  static {
    makeMembership = (group, networkInterface, leave) =>
      new Membership(group, networkInterface, leave);
  }

  readonly #leave: () => Promise<void>;
  #leaving: Promise<void> | undefined;

  /** The address of the group. */
  readonly group: string;
  /** The interface it was joined on, `undefined` if the system chose. */
  readonly interface: string | number | undefined;

  private constructor(
    group: string,
    networkInterface: string | number | undefined,
    leave: () => Promise<void>,
  ) {
    this.group = group;
    this.interface = networkInterface;
    this.#leave = leave;
  }

  /**
   * Leaves the group. Leaving twice, or when the connection is closed, does
   * nothing.
   *
   * @example Usage
   * ```ts
   * import { listenUdp } from "@vnet/net/udp";
   *
   * using conn = await listenUdp(":0");
   * const options = { interface: "127.0.0.1" };
   * const membership = await conn.joinMulticast("239.1.2.3", options);
   * await membership.leave();
   * await membership.leave();
   * ```
   */
  leave(): Promise<void> {
    return this.#leaving ??= this.#leave();
  }

  /**
   * Leaves the group, for `await using`.
   *
   * @example Usage
   * ```ts
   * import { listenUdp } from "@vnet/net/udp";
   *
   * using conn = await listenUdp(":0");
   * const options = { interface: "127.0.0.1" };
   * await using _membership = await conn.joinMulticast("239.1.2.3", options);
   * ```
   */
  [Symbol.asyncDispose](): Promise<void> {
    return this.leave();
  }
}
