import { isType } from "../internal/check_options.ts";
import type { UdpSocket } from "./_udp_socket.ts";
import { Multicast } from "./backend/_multicast.ts";
import { DatagramLimits, type DirectionLimits } from "./datagram_limits.ts";
import type { JoinMulticastOptions, Membership } from "./membership.ts";

/**
 * The settings of a `UdpConn`: multicast groups, broadcast, and whether it keeps
 * the process alive.
 *
 * @example Usage
 * ```ts
 * import { listenUdp, type UdpSettings } from "@vnet/net/udp";
 *
 * using conn = await listenUdp(":0");
 * const settings: UdpSettings = conn;
 * settings.setBroadcast(true);
 * settings.unref();
 * ```
 */
export abstract class UdpSettings extends DatagramLimits {
  readonly #socket: UdpSocket;
  readonly #multicast: Multicast;

  /**
   * Connections are made by `listenUdp` and `dialUdp`.
   *
   * @ignore
   */
  protected constructor(
    socket: UdpSocket,
    reads: DirectionLimits,
    writes: DirectionLimits,
  ) {
    super(reads, writes);
    this.#socket = socket;
    this.#multicast = new Multicast(socket);
  }

  /**
   * Joins a multicast group; several may be joined. To receive the datagrams of a
   * group the connection has to be bound to the group's port on all interfaces
   * (`":5000"`, `"[::]:5000"`).
   *
   * `ttl` and `loopback` are settings of the socket: they apply to all datagrams
   * that the connection sends to any group.
   *
   * @param group The group's address: 224.0.0.0 to 239.255.255.255, or ff00::/8
   * on an IPv6 connection.
   * @param options The interface, and settings for sending.
   * @returns The membership.
   * @throws {SyntaxError | RangeError} If `group` is not a multicast address.
   * @throws {TypeError} If it is not of the connection's family.
   * @throws {Deno.errors.AddrInUse} If the connection is a member already.
   * @throws {Deno.errors.NotSupported} If the runtime has no call for an option.
   * @throws {ClosedError} If the connection is or gets closed.
   *
   * @example Usage
   * ```ts
   * import { listenUdp } from "@vnet/net/udp";
   * import { assertEquals } from "@std/assert";
   *
   * using receiver = await listenUdp(":0");
   * await receiver.joinMulticast("239.1.2.3", { interface: "127.0.0.1" });
   *
   * using sender = await listenUdp("127.0.0.1:0");
   * await sender.writeToString(`239.1.2.3:${receiver.addr.port}`, "to all");
   * const { data } = await receiver.receive();
   * assertEquals(new TextDecoder().decode(data), "to all");
   * ```
   */
  joinMulticast(
    group: string,
    options: JoinMulticastOptions = {},
  ): Promise<Membership> {
    return this.#socket.whileOpen(() => this.#multicast.join(group, options));
  }

  /**
   * Sets how many routers datagrams to groups may pass (V's
   * `set_multicast_ttl`). For IPv4 only; the native back end needs a joined
   * group.
   *
   * @param ttl 1 to 255.
   * @throws {RangeError} If `ttl` is out of bounds.
   * @throws {Deno.errors.NotSupported} If the runtime has no call for it.
   * @throws {ClosedError} If the connection is or gets closed.
   *
   * @example Usage
   * ```ts
   * import { listenUdp } from "@vnet/net/udp";
   *
   * using conn = await listenUdp(":0", { backend: "node" });
   * await conn.setMulticastTtl(4);
   * ```
   */
  setMulticastTtl(ttl: number): Promise<void> {
    return this.#socket.whileOpen(() => this.#multicast.setTtl(ttl));
  }

  /**
   * Sets whether datagrams to groups reach listeners on this machine too (V's
   * `set_multicast_loop`). The native back end needs a joined group.
   *
   * @param on Whether they do, as by default.
   * @throws {Deno.errors.NotSupported} If the runtime has no call for it.
   * @throws {ClosedError} If the connection is or gets closed.
   *
   * @example Usage
   * ```ts
   * import { listenUdp } from "@vnet/net/udp";
   *
   * using conn = await listenUdp(":0", { backend: "node" });
   * await conn.setMulticastLoopback(false);
   * ```
   */
  setMulticastLoopback(on: boolean): Promise<void> {
    return this.#socket.whileOpen(() => this.#multicast.setLoopback(on));
  }

  /**
   * Sets the interface by which datagrams to groups leave (V's
   * `set_multicast_interface`). With the Node back end only.
   *
   * @param networkInterface As in {@linkcode JoinMulticastOptions}.
   * @throws {Deno.errors.NotSupported} If the runtime has no call for it.
   * @throws {ClosedError} If the connection is or gets closed.
   *
   * @example Usage
   * ```ts
   * import { listenUdp } from "@vnet/net/udp";
   *
   * using conn = await listenUdp(":0", { backend: "node" });
   * await conn.setMulticastInterface("127.0.0.1");
   * ```
   */
  setMulticastInterface(networkInterface: string | number): Promise<void> {
    return this.#socket.whileOpen(() =>
      this.#multicast.setInterface(networkInterface)
    );
  }

  /**
   * Allows or forbids sending to the broadcast address 255.255.255.255 (V's
   * `set_option_bool(.broadcast, …)`).
   *
   * With the Node back end the system requires it for the broadcast address of
   * one network too, such as 192.0.2.255; the sockets of the native back end may
   * always send there.
   *
   * @param on Whether it is allowed; by default it is not.
   * @throws {ClosedError} If the connection is closed.
   *
   * @example Usage
   * ```ts
   * import { listenUdp } from "@vnet/net/udp";
   * import { assertRejects } from "@std/assert";
   *
   * using conn = await listenUdp(":0");
   * await assertRejects(
   *   () => conn.writeToString("255.255.255.255:9", "hello"),
   *   Deno.errors.PermissionDenied,
   * );
   * conn.setBroadcast(true);
   * ```
   */
  setBroadcast(on: boolean): void {
    isType("boolean")(on, "broadcast");
    this.#socket.assertOpen();
    this.#socket.backend.setBroadcast(on);
    this.#socket.mayBroadcast = on;
  }

  /**
   * Fails: neither back end can set the system's receive buffer. (The call of
   * `node:dgram` for it, in Deno 2.9, leaves the system's buffer as it is and cuts
   * datagrams instead.) `maxQueued` and, on Linux, `sysctl
   * net.core.rmem_default` help against bursts.
   *
   * @param bytes The size asked for.
   * @throws {Deno.errors.NotSupported} Always.
   *
   * @example Usage
   * ```ts
   * import { listenUdp } from "@vnet/net/udp";
   * import { assertThrows } from "@std/assert";
   *
   * using conn = await listenUdp("127.0.0.1:0");
   * assertThrows(() => conn.setReceiveBufferSize(1e6), Deno.errors.NotSupported);
   * ```
   */
  setReceiveBufferSize(bytes: number): void {
    this.#socket.assertOpen();
    throw noBufferSize("receive", "rmem", bytes);
  }

  /**
   * Fails: neither back end can set the system's send buffer; see
   * {@linkcode UdpSettings.setReceiveBufferSize}.
   *
   * @param bytes The size asked for.
   * @throws {Deno.errors.NotSupported} Always.
   *
   * @example Usage
   * ```ts
   * import { listenUdp } from "@vnet/net/udp";
   * import { assertThrows } from "@std/assert";
   *
   * using conn = await listenUdp("127.0.0.1:0");
   * assertThrows(() => conn.setSendBufferSize(1e6), Deno.errors.NotSupported);
   * ```
   */
  setSendBufferSize(bytes: number): void {
    this.#socket.assertOpen();
    throw noBufferSize("send", "wmem", bytes);
  }

  /**
   * Lets calls that wait keep the process alive, as by default.
   *
   * @example Usage
   * ```ts
   * import { listenUdp } from "@vnet/net/udp";
   *
   * using conn = await listenUdp("127.0.0.1:0");
   * conn.unref();
   * conn.ref();
   * ```
   */
  ref(): void {
    if (!this.#socket.isClosed) this.#socket.backend.ref();
  }

  /**
   * Lets the process end while calls wait.
   *
   * @example Usage
   * ```ts
   * import { listenUdp } from "@vnet/net/udp";
   *
   * using conn = await listenUdp("127.0.0.1:0");
   * conn.unref();
   * ```
   */
  unref(): void {
    if (!this.#socket.isClosed) this.#socket.backend.unref();
  }
}

function noBufferSize(side: string, sysctl: string, bytes: number): Error {
  return new Deno.errors.NotSupported(
    `Cannot set the ${side} buffer size to ${bytes}: Deno has no call for it, expected the system's setting, such as sysctl net.core.${sysctl}_default`,
  );
}
