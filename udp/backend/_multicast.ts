import { formatIpv6, isIpv4, isIpv6 } from "../../internal/address/ip.ts";
import {
  checkOptions,
  isInteger,
  isType,
  type OptionChecks,
} from "../../internal/check_options.ts";
import { systemError } from "../../internal/errors/system_error.ts";
import { isMulticast } from "../_addresses.ts";
import type { UdpSocket } from "../_udp_socket.ts";
import {
  type JoinMulticastOptions,
  makeMembership,
  type Membership,
} from "../membership.ts";

/** The groups that a socket has joined, and its settings for all groups. */
export class Multicast {
  readonly #socket: UdpSocket;
  readonly #isIpv6: boolean;
  readonly #joined = new Set<string>();
  readonly #joinChecks: OptionChecks<JoinMulticastOptions> = {
    interface: (value) => this.#checkInterface(value),
    loopback: isType("boolean"),
    ttl: (value) => this.#checkTtl(value),
  };

  constructor(socket: UdpSocket) {
    this.#socket = socket;
    this.#isIpv6 = socket.addr.hostname.includes(":");
  }

  /** Joins a group; see `UdpConn.joinMulticast`. */
  async join(
    address: string,
    options: JoinMulticastOptions,
  ): Promise<Membership> {
    const group = this.#checkGroup(address);
    checkOptions(options, this.#joinChecks);
    const { interface: networkInterface } = options;
    const id = `${group}%${networkInterface ?? ""}`;
    if (this.#joined.has(id)) {
      throw new Deno.errors.AddrInUse(
        `Cannot join ${group}: the connection is a member already`,
      );
    }
    this.#joined.add(id);
    try {
      const leave = await this.#join(group, options);
      return makeMembership(group, networkInterface, async () => {
        if (this.#joined.delete(id) && !this.#socket.isClosed) await leave();
      });
    } catch (error) {
      this.#joined.delete(id);
      const what = networkInterface === undefined
        ? `Cannot join ${group}`
        : `Cannot join ${group} on ${networkInterface}`;
      throw systemError({ operation: "join", name: group, what }, error);
    }
  }

  /** Joins a group and applies the settings; returns the call that leaves it. */
  async #join(
    group: string,
    { ttl, loopback, interface: networkInterface }: JoinMulticastOptions,
  ): Promise<() => Promise<void>> {
    const { backend } = this.#socket;
    const isIpv6 = this.#isIpv6;
    const raw = await backend.join({ group, isIpv6, networkInterface });
    try {
      if (ttl !== undefined) await backend.setMulticastTtl(ttl);
      if (loopback !== undefined) await backend.setMulticastLoopback(loopback);
    } catch (error) {
      if (!this.#socket.isClosed) await raw.leave();
      throw error;
    }
    return () => raw.leave();
  }

  async setTtl(ttl: number): Promise<void> {
    this.#checkTtl(ttl);
    const { backend } = this.#socket;
    await this.#set(`TTL to ${ttl}`, backend.setMulticastTtl(ttl));
  }

  async setLoopback(on: boolean): Promise<void> {
    isType("boolean")(on, "multicast loopback");
    const { backend } = this.#socket;
    await this.#set("loopback", backend.setMulticastLoopback(on));
  }

  async setInterface(networkInterface: string | number): Promise<void> {
    this.#checkInterface(networkInterface);
    const { backend } = this.#socket;
    const setting = `interface to ${networkInterface}`;
    await this.#set(setting, backend.setMulticastInterface(networkInterface));
  }

  /** Awaits that a setting is applied; an error names it. */
  async #set(setting: string, applying: Promise<void>): Promise<void> {
    try {
      await applying;
    } catch (error) {
      const { name } = this.#socket;
      const what = `Cannot set the multicast ${setting}`;
      throw systemError({ operation: "set an option", name, what }, error);
    }
  }

  #checkGroup(address: string): string {
    isType("string")(address, "multicast group");
    const isGroup = isIpv4(address) || isIpv6(address);
    if (!isGroup) {
      throw new SyntaxError(
        `Cannot join "${address}": expected a numeric address, such as "239.1.2.3" or "ff02::1234"`,
      );
    }
    if (!isMulticast(address)) {
      throw new RangeError(
        `Cannot join ${address}: expected a multicast address, 224.0.0.0 to 239.255.255.255 or ff00::/8`,
      );
    }
    if (isIpv6(address) === this.#isIpv6) {
      return this.#isIpv6 ? formatIpv6(address) : address;
    }
    throw new TypeError(
      this.#isIpv6
        ? `Cannot join ${address} from an IPv6 connection: expected an IPv6 group, or a connection bound to "0.0.0.0"`
        : `Cannot join ${address} from an IPv4 connection: expected an IPv4 group, or a connection bound to "[::]"`,
    );
  }

  #checkInterface(given: unknown): void {
    if (this.#isIpv6) {
      const isIndex = typeof given === "number" && Number.isInteger(given) &&
        given >= 0;
      if (isIndex || typeof given === "string" && given !== "") return;
      throw new TypeError(
        `Cannot use interface ${
          String(given)
        } for an IPv6 group: expected its name, such as "eth0", or its index`,
      );
    }
    if (typeof given === "string" && isIpv4(given)) return;
    throw new TypeError(
      `Cannot use interface ${
        String(given)
      } for an IPv4 group: expected its IPv4 address, such as "127.0.0.1"`,
    );
  }

  #checkTtl(ttl: unknown): void {
    isInteger(1, 255)(ttl, "multicast TTL");
    if (!this.#isIpv6) return;
    throw new Deno.errors.NotSupported(
      "Cannot set the multicast TTL: Deno has no call for the hop limit of IPv6",
    );
  }
}
