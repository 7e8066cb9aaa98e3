import { joinAddress, parseAddress } from "../internal/address/address.ts";
import { zoneOf } from "../internal/address/zone.ts";
import { cannot, systemError } from "../internal/errors/system_error.ts";
import { limited } from "../internal/wait/limited.ts";
import type { UdpSocketParts } from "./_udp_socket.ts";
import { Zones } from "./_zones.ts";
import { openBackend } from "./backend/_open.ts";
import type { UdpAddress } from "./udp_address.ts";
import { makeUdpConn, type UdpConn } from "./udp_conn.ts";
import { completeOptions, type OpenUdpOptions } from "./udp_options.ts";

/** The ends of a connection that is being opened. */
export interface Ends {
  /** The address to bind to. */
  readonly local: UdpAddress | number;
  /** The only peer of a dialled connection. */
  readonly remote?: UdpSocketParts["remote"];
}

/**
 * Opens a connection with checked options, within their limits.
 *
 * @param operation The operation, and its address, for errors.
 * @param options The options.
 * @param findEnds Finds the addresses, which may take a look-up.
 */
export async function openUdp(
  operation: "dial" | "listen",
  address: UdpAddress | number,
  options: OpenUdpOptions,
  findEnds: () => Promise<Ends>,
): Promise<UdpConn> {
  const { hostname, port } = parseAddress(address);
  const attempt = { operation, name: joinAddress(hostname, port) };
  const open = async () => {
    const { local, remote } = await findEnds();
    const complete = completeOptions(options);
    const backend = await openBackend(local, options, complete);
    try {
      const zones = new Zones(zoneOf(parseAddress(local).hostname));
      return makeUdpConn({ backend, options: complete, zones, remote });
    } catch (error) {
      backend.close();
      throw error;
    }
  };
  try {
    const discard = (late: UdpConn) => late.close();
    return await limited(cannot(attempt), options, open, discard);
  } catch (error) {
    throw error === options.signal?.reason
      ? error
      : systemError(attempt, error);
  }
}
