import { joinAddress, parseAddress } from "../internal/address/address.ts";
import {
  checkOptions,
  type OptionChecks,
  typeOf,
} from "../internal/check_options.ts";
import { limited } from "../internal/wait/limited.ts";
import {
  type Attempt,
  cannot,
  systemError,
} from "../internal/errors/system_error.ts";
import { openBackend } from "./backend/_open.ts";
import { withZones } from "./backend/_zoned_backend.ts";
import type { UdpAddress } from "./udp_address.ts";
import { UdpConn } from "./udp_conn.ts";
import {
  checkOptions as checkUdpOptions,
  type UdpOptions,
} from "./udp_options.ts";

/** Options for {@linkcode listenUdp}. */
export interface ListenUdpOptions extends UdpOptions {
  /**
   * Guards others against this server: a reflection attack sends it small
   * requests with a victim's address as their source, and the server floods the
   * victim with its larger replies. When set, an address gets no more than so
   * many times the bytes that have come from it, and nobody at all is answered
   * at the ports 0, 7 (echo), 19 (chargen) and 53 (DNS), whose owners would
   * answer back, or at multicast and broadcast addresses. Beyond that `writeTo`
   * rejects with a `ReplyRefusedError`, while `writable` drops the reply; both
   * count it. What an address may get is remembered for the 10,000 heard last.
   *
   * 3 is what QUIC allows itself (RFC 9000, section 8.1). Datagrams that nobody
   * asked for can't be sent under this guard.
   *
   * @default {Infinity}
   */
  maxReplyRatio?: number;
}

/** The options of `listenUdp` alone. */
const LISTEN_UDP_CHECKS: OptionChecks<ListenUdpOptions> = {
  maxReplyRatio: (value, name) => {
    if (typeof value !== "number") {
      throw new TypeError(
        `Cannot use ${name} of type ${typeOf(value)}: expected a number`,
      );
    }
    if (value >= 0) return;
    throw new RangeError(
      `Cannot use ${name} ${value}: expected a number of 0 or more`,
    );
  },
};

/**
 * Binds a UDP socket, which the caller then owns (V's `listen_udp`).
 *
 * It receives from everyone. `"[::]:port"` receives IPv4 and IPv6, except on
 * Windows; a bare port or an empty host receives IPv4 on all interfaces.
 *
 * Link-local IPv6 peers (`fe80::…`) show with their zone, such as
 * `fe80::1%eth0`, so that an answer leaves by the link that their datagram came
 * from, if the connection is bound to an address with a zone
 * (`"[fe80::2%eth0]:5000"`). Neither back end tells by which link a datagram came:
 * on `"[::]:port"` they have it only where the machine has one link, and the
 * process may look (`--allow-sys=networkInterfaces`).
 *
 * @param address The port or the address to bind to; port 0 takes a free one.
 * @param options Options of the connection, and limits on its opening.
 * @returns The open connection.
 * @throws {SyntaxError} If `address` is not `host:port`.
 * @throws {RangeError} If the port or an option is out of bounds.
 * @throws {Deno.errors.AddrInUse} If the address is taken.
 * @throws {Deno.errors.NotFound} If the host has no address.
 * @throws {Deno.errors.NotCapable} If the process may not use the address.
 * @throws {Deno.errors.NotSupported} If the back end is not to be had.
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
  const checked = checkUdpOptions(options);
  checkOptions(options, LISTEN_UDP_CHECKS);
  const { maxReplyRatio = Infinity, broadcast = false } = options;
  const { hostname, port } = parseAddress(address);
  const attempt: Attempt = {
    operation: "listen",
    name: joinAddress(hostname, port),
  };
  try {
    return await limited(cannot(attempt), options, async () => {
      const opened = await openBackend(address, options, checked);
      const backend = withZones(opened, hostname);
      return new UdpConn({
        backend,
        options: checked,
        broadcast,
        maxReplyRatio,
        remote: undefined,
      });
    }, (late) => late.close());
  } catch (error) {
    throw error === options.signal?.reason
      ? error
      : systemError(attempt, error);
  }
}
