import type { BackendMembership } from "./backend/_backend.ts";

/** Options for joining a multicast group. */
export interface JoinMulticastOptions {
  /**
   * The interface to join on: for an IPv4 group its IPv4 address, such as
   * `"192.0.2.2"`; for an IPv6 group its index or its name, such as `4` or
   * `"eth0"`. By default the system chooses.
   *
   * Of an IPv6 interface the native back end needs the index, the Node one the
   * name (except on Windows); the other form is translated where
   * `Deno.networkInterfaces()` tells, which takes `--allow-sys`.
   */
  interface?: string | number;
  /**
   * How many routers what this connection sends to any group may pass, 1 to
   * 255; the system's default is 1. For IPv4 only.
   */
  ttl?: number;
  /**
   * Whether what this connection sends to any group also reaches listeners on
   * this machine, itself included; the system's default is `true`.
   */
  loopback?: boolean;
}

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
  readonly #raw: BackendMembership;
  readonly #onLeave: () => boolean;
  #leaving: Promise<void> | undefined;

  /** The address of the group. */
  readonly group: string;
  /** The interface it was joined on, `undefined` if the system chose. */
  readonly interface: string | number | undefined;

  /**
   * Memberships are made by `joinMulticast`.
   *
   * @ignore
   */
  constructor(
    raw: BackendMembership,
    group: string,
    networkInterface: string | number | undefined,
    onLeave: () => boolean,
  ) {
    this.#raw = raw;
    this.group = group;
    this.interface = networkInterface;
    this.#onLeave = onLeave;
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
    this.#leaving ??= this.#onLeave() ? this.#raw.leave() : Promise.resolve();
    return this.#leaving;
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
