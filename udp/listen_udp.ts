import {
  checkOptions,
  isAmount,
  type OptionChecks,
} from "../internal/check_options.ts";
import { openUdp } from "./_open_udp.ts";
import type { UdpAddress } from "./udp_address.ts";
import type { UdpConn } from "./udp_conn.ts";
import { UDP_CHECKS, type UdpOptions } from "./udp_options.ts";

/** Options for {@linkcode listenUdp}. */
export interface ListenUdpOptions extends UdpOptions {
  /**
   * Protects third parties against this server: a reflection attack sends it
   * small requests with a victim's address as their source, and the server floods
   * the victim with its larger replies. When set, an address is sent at most so
   * many times the bytes that came from it, and none is sent to the ports 0, 7
   * (echo), 19 (chargen) and 53 (DNS), whose services would answer, or to
   * multicast and broadcast addresses. Beyond that `writeTo` rejects with a
   * `ReplyRefusedError`, while `writable` drops the reply; both count it. The
   * 10,000 addresses heard last are remembered.
   *
   * QUIC's factor is 3 (RFC 9000 section 8.1). Unsolicited datagrams can't be sent
   * under this guard.
   *
   * @default {Infinity}
   */
  maxReplyRatio?: number;
}

const LISTEN_UDP_CHECKS: OptionChecks<ListenUdpOptions> = {
  ...UDP_CHECKS,
  maxReplyRatio: isAmount,
};

/**
 * Binds a UDP socket, which the caller then owns (V's `listen_udp`).
 *
 * `"[::]:port"` receives IPv4 and IPv6, except on Windows; a bare port or an empty
 * host receives IPv4 on all interfaces.
 *
 * Link-local IPv6 peers (`fe80::…`) have a zone, such as `fe80::1%eth0`, so that an
 * answer leaves by the link of their datagram. Neither back end tells that link:
 * it is known if the connection is bound to an address with a zone
 * (`"[fe80::2%eth0]:5000"`), or if the machine has one link only and the process
 * may ask (`--allow-sys=networkInterfaces`). On `"[::]:port"` of a machine with
 * several links such a peer has no zone, and sending to it rejects with
 * `Deno.errors.NetworkUnreachable`.
 *
 * @param address The port or the address to bind to; port 0 takes a free one.
 * @param options Options of the connection, and limits on its opening.
 * @returns The open connection.
 * @throws {SyntaxError} If `address` is not `host:port`.
 * @throws {RangeError} If the port or an option is out of bounds.
 * @throws {Deno.errors.AddrInUse} If the address is taken.
 * @throws {Deno.errors.NotFound} If the host has no address.
 * @throws {Deno.errors.NotCapable} If the process may not use the address.
 * @throws {Deno.errors.NotSupported} If the back end is not available.
 * @throws {DOMException} Named `TimeoutError`, at a limit.
 *
 * @example Usage
 * ```ts
 * import { listenUdp } from "@vnet/net/udp";
 * import { assertEquals } from "@std/assert";
 *
 * using server = await listenUdp("127.0.0.1:0", { maxReplyRatio: 3 });
 * using client = await listenUdp("127.0.0.1:0");
 * await client.writeToString(server.addr, "ping");
 *
 * const { data, addr } = await server.receive();
 * await server.writeTo(addr, data);
 * assertEquals((await client.receive()).data, data);
 * ```
 */
export async function listenUdp(
  address: UdpAddress | number,
  options: ListenUdpOptions = {},
): Promise<UdpConn> {
  checkOptions(options, LISTEN_UDP_CHECKS);
  const findEnds = () => Promise.resolve({ local: address });
  return await openUdp("listen", address, options, findEnds);
}
