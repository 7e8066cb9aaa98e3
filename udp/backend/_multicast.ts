import { joinAddress } from "../../internal/address/address.ts";
import { formatIpv6, isIpv4, isIpv6 } from "../../internal/address/ip.ts";
import { systemError } from "../../internal/errors/system_error.ts";
import type { UdpBackend } from "./_backend.ts";
import type { Life } from "../_life.ts";
import { type JoinMulticastOptions, Membership } from "../membership.ts";
import { isMulticast } from "../sending/_reply_guard.ts";

/** The groups that a connection is a member of, and its settings for all. */
export class Multicast {
  readonly #backend: UdpBackend;
  readonly #isIpv6: boolean;
  readonly #joined = new Set<string>();
  readonly #life: Life;

  constructor(backend: UdpBackend, life: Life) {
    this.#life = life;
    this.#backend = backend;
    this.#isIpv6 = backend.addr.hostname.includes(":");
  }

  /** Joins a group; see `UdpConn.joinMulticast`. */
  async join(
    address: string,
    options: JoinMulticastOptions,
  ): Promise<Membership> {
    const { ttl, loopback, interface: networkInterface } = options;
    const group = this.#checkGroup(address);
    this.#checkInterface(networkInterface);
    if (ttl !== undefined) this.#checkTtl(ttl);
    const id = `${group}%${networkInterface ?? ""}`;
    if (this.#joined.has(id)) {
      throw new Deno.errors.AddrInUse(
        `Cannot join ${group}: the connection is a member already`,
      );
    }
    this.#joined.add(id);
    const what = networkInterface === undefined
      ? `Cannot join ${group}`
      : `Cannot join ${group} on ${networkInterface}`;
    try {
      const raw = await this.#backend.join({
        group,
        isIpv6: this.#isIpv6,
        networkInterface,
      });
      try {
        if (ttl !== undefined) await this.#backend.setMulticastTtl(ttl);
        if (loopback !== undefined) {
          await this.#backend.setMulticastLoopback(loopback);
        }
      } catch (error) {
        if (!this.#life.isClosed) await raw.leave();
        throw error;
      }
      return new Membership(
        raw,
        group,
        networkInterface,
        () => this.#joined.delete(id) && !this.#life.isClosed,
      );
    } catch (error) {
      this.#joined.delete(id);
      throw systemError({ operation: "join", name: group, what }, error);
    }
  }

  async setTtl(ttl: number): Promise<void> {
    this.#checkTtl(ttl);
    try {
      await this.#backend.setMulticastTtl(ttl);
    } catch (error) {
      throw this.#optionError(`TTL to ${ttl}`, error);
    }
  }

  async setLoopback(on: boolean): Promise<void> {
    try {
      await this.#backend.setMulticastLoopback(on);
    } catch (error) {
      throw this.#optionError("loopback", error);
    }
  }

  async setInterface(networkInterface: string | number): Promise<void> {
    this.#checkInterface(networkInterface);
    try {
      await this.#backend.setMulticastInterface(networkInterface);
    } catch (error) {
      throw this.#optionError(`interface to ${networkInterface}`, error);
    }
  }

  #checkGroup(address: string): string {
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

  #checkInterface(networkInterface: string | number | undefined): void {
    if (networkInterface === undefined || this.#isIpv6) return;
    if (typeof networkInterface === "string" && isIpv4(networkInterface)) {
      return;
    }
    throw new TypeError(
      `Cannot use interface ${networkInterface} for an IPv4 group: expected its IPv4 address, such as "127.0.0.1"`,
    );
  }

  #checkTtl(ttl: number): void {
    if (!Number.isInteger(ttl) || ttl < 1 || ttl > 255) {
      throw new RangeError(
        `Cannot use multicast TTL ${ttl}: expected an integer from 1 to 255`,
      );
    }
    if (!this.#isIpv6) return;
    throw new Deno.errors.NotSupported(
      "Cannot set the multicast TTL: Deno has no call for the hop limit of IPv6",
    );
  }

  #optionError(setting: string, error: unknown): unknown {
    const { hostname, port } = this.#backend.addr;
    const what = `Cannot set the multicast ${setting}`;
    const name = joinAddress(hostname, port);
    return systemError({ operation: "set an option", name, what }, error);
  }
}
