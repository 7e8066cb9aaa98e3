import {
  joinAddress,
  parseAddress,
  type TcpAddress,
} from "../../internal/address/address.ts";
import { isIpv4, isIpv6 } from "../../internal/address/ip.ts";
import type { Family } from "../../internal/address/lookup.ts";
import { systemError } from "../../internal/errors/system_error.ts";
import { type TcpNetwork, toFamily } from "../dial_tcp.ts";
import { type AnyNetListener, peerLimitsOf } from "./net_listener.ts";

/** All interfaces of both families, where the system has it so. */
const ANY = "::";
/** All interfaces of IPv4. */
const ANY_IPV4 = "0.0.0.0";

/** An address to listen on. */
export interface ListenPlace {
  /** A numeric address, or a name. */
  readonly hostname: string;
  readonly port: number;
}

/**
 * Listens where an address says. No host stands for all interfaces: those of
 * both families, or of IPv4 alone where the system has no IPv6 or the process no
 * permission to it.
 *
 * @param network Which family the address, and the peers, have to be of.
 * @param listen Listens in one place, and throws if that fails.
 */
export function listenOn<L extends AnyNetListener>(
  address: TcpAddress | number,
  network: TcpNetwork | undefined,
  listen: (place: ListenPlace) => L,
): L {
  const [place, other] = listenPlaces(address, network);
  try {
    return keepFamily(listen(place), place, network);
  } catch (error) {
    if (other === undefined || !lacksIpv6(error)) throw failure(place, error);
  }
  try {
    return listen(other);
  } catch (error) {
    throw failure(other, error);
  }
}

/** Like {@linkcode listenOn}, for listeners that take a moment to listen. */
export async function listenOnLater<L extends AnyNetListener>(
  address: TcpAddress | number,
  network: TcpNetwork | undefined,
  listen: (place: ListenPlace) => Promise<L>,
): Promise<L> {
  const [place, other] = listenPlaces(address, network);
  try {
    return keepFamily(await listen(place), place, network);
  } catch (error) {
    if (other === undefined || !lacksIpv6(error)) throw failure(place, error);
  }
  return await listen(other).catch((error) => {
    throw failure(other, error);
  });
}

/**
 * Keeps a listener to the family that is asked for. The runtime can't keep IPv4
 * out of a socket for IPv6 (`IPV6_V6ONLY`), and takes the first address of a name.
 */
function keepFamily<L extends AnyNetListener>(
  listener: L,
  place: ListenPlace,
  network: TcpNetwork | undefined,
): L {
  const family = toFamily(network);
  if (isOfOther(family, listener.addr.hostname)) {
    listener.close();
    throw otherFamily(family, place);
  }
  peerLimitsOf(listener).refusesIpv4 = family === "ipv6";
  return listener;
}

/** Whether a host is a numeric address of another family. */
function isOfOther(family: Family, hostname: string): boolean {
  return family === "ipv4" && isIpv6(hostname) ||
    family === "ipv6" && isIpv4(hostname);
}

function otherFamily(family: Family, { hostname }: ListenPlace): Error {
  const kind = family === "ipv4" ? "IPv4" : "IPv6";
  return new Deno.errors.NotFound(`"${hostname}" has no ${kind} address`);
}

function failure({ hostname, port }: ListenPlace, error: unknown): unknown {
  const name = joinAddress(hostname, port);
  return systemError({ operation: "listen", name }, error);
}

/** The meaning of an address, and the next one to try if there is no IPv6. */
function listenPlaces(
  address: TcpAddress | number,
  network: TcpNetwork | undefined,
): [place: ListenPlace, other?: ListenPlace] {
  const family = toFamily(network);
  const { hostname, port } = parseAddress(address);
  if (hostname !== "") {
    const place = { hostname, port };
    if (!isOfOther(family, hostname)) return [place];
    throw failure(place, otherFamily(family, place));
  }
  const any = { hostname: ANY, port };
  const anyIpv4 = { hostname: ANY_IPV4, port };
  if (family === "ipv6") return [any];
  if (family === "ipv4" || !hasDualStack(port)) return [anyIpv4];
  return [any, anyIpv4];
}

/** Whether one socket may and can be for both families. */
function hasDualStack(port: number): boolean {
  // There the runtime's sockets for IPv6 leave IPv4 out.
  if (Deno.build.os === "windows") return false;
  return mayListen(ANY, port) || !mayListen(ANY_IPV4, port);
}

/** Whether the process may listen there without asking the user. */
function mayListen(hostname: string, port: number): boolean {
  const host = joinAddress(hostname, port);
  return Deno.permissions.querySync({ name: "net", host }).state === "granted";
}

/** Whether a system without IPv6 has refused. */
function lacksIpv6(error: unknown): boolean {
  return error instanceof Deno.errors.AddrNotAvailable ||
    error instanceof Error && "code" in error &&
      (error.code === "EAFNOSUPPORT" || error.code === "EADDRNOTAVAIL");
}
