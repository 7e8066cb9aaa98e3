import { isNetwork } from "./_option_checks.ts";
import { parseAddress, type TcpAddress } from "../internal/address/address.ts";
import {
  checkOptions,
  isType,
  type OptionCheck,
  type OptionChecks,
  WAIT_CHECKS,
} from "../internal/check_options.ts";
import { isIpv4 } from "../internal/address/ip.ts";
import { limited } from "../internal/wait/limited.ts";
import type { Family } from "../internal/address/lookup.ts";
import type { WaitOptions } from "../internal/wait/wait_options.ts";
import { type Attempt, cannot } from "../internal/errors/system_error.ts";
import { connect, dialling } from "./_connect.ts";
import { parseLocalAddress } from "./_local_address.ts";
import type { SocketOptions } from "./node/_node_connect.ts";
import {
  isKeepAliveDelay,
  type KeepAliveOptions,
  TCP_CONN_CHECKS,
  TcpConn,
  type TcpConnOptions,
  toSeconds,
} from "./tcp_conn.ts";

/**
 * Which addresses of a host are meant, by Go's names: both families, IPv4 or
 * IPv6.
 *
 * @example Usage
 * ```ts
 * import { dialTcp, listenTcp, type TcpNetwork } from "@vnet/net/tcp";
 * import { assertEquals } from "@std/assert";
 *
 * const network: TcpNetwork = "tcp4";
 * using listener = listenTcp("127.0.0.1:0");
 * using conn = await dialTcp({ hostname: "localhost", port: listener.addr.port }, { network });
 * assertEquals(conn.peerIp, "127.0.0.1");
 * ```
 */
export type TcpNetwork = "tcp" | "tcp4" | "tcp6";

/** Options for {@linkcode dialTcp}. */
export interface DialTcpOptions
  extends WaitOptions, Omit<TcpConnOptions, "keepAlive"> {
  /**
   * Which of the host's addresses are tried.
   *
   * @default {"tcp"}
   */
  network?: TcpNetwork;
  /**
   * Whether the system probes a silent peer (`SO_KEEPALIVE`), or when: `true`
   * leaves the times to the system, on Linux a first probe after two hours.
   *
   * @default {false}
   */
  keepAlive?: boolean | KeepAliveOptions;
  /**
   * The numeric address that the connection goes out from (Go's
   * `Dialer.LocalAddr`), with or without a port: `"10.0.0.5"`, `"[::1]:4000"`.
   * Addresses of its family only are tried.
   *
   * @default {the choice of the system}
   */
  localAddress?: string;
}

/** Whether peers are probed, or when. */
const isKeepAlive: OptionCheck = (value, name) => {
  if (typeof value === "boolean") return;
  isType("object")(value, name);
  isKeepAliveDelay((value as KeepAliveOptions).delay, `${name}.delay`);
};

/** The checks of {@linkcode DialTcpOptions}. */
export const DIAL_TCP_CHECKS: OptionChecks<DialTcpOptions> = {
  ...WAIT_CHECKS,
  ...TCP_CONN_CHECKS,
  keepAlive: isKeepAlive,
  localAddress: (value) => void parseLocalAddress(value as string),
  network: isNetwork,
};

/**
 * Opens a TCP connection, which the caller then owns (V's `dial_tcp`, Go's
 * `net.Dial`).
 *
 * A host name is looked up as the system does, and all its addresses are tried:
 * each gets a head start of 250 ms over the next (RFC 8305), and the first to
 * connect wins. Limits cover every stage; a connection that comes too late is
 * closed.
 *
 * Where no process listens on a port of this machine that the system may also choose
 * for the local end, it can connect a socket to itself; such a dial is tried
 * again twice, then refused.
 *
 * A link-local IPv6 address needs its zone, such as `"[fe80::1%eth0]:80"`, which
 * the addresses of the connection keep. Those of accepted connections have the
 * zone of the address listened on; on `"[::]:80"` that of the interface with the
 * connection's own address, if the process may look
 * (`--allow-sys=networkInterfaces`) and only one has it.
 *
 * With `localAddress` or a keep-alive delay, for which the runtime has no options,
 * the connection is one of `node:net`. It behaves alike, at half the speed, but
 * for three things: a write that is cut by `terminate()` tells of up to 16 KiB less
 * than what goes out, after `closeWrite()` a reset looks like the end, and what a
 * peer sent right before a reset is lost if a write meets the reset first.
 *
 * @param address The peer, such as `"example.com:80"`, `"[::1]:80"`, or the
 * `addr` of a listener. An empty host is localhost.
 * @param options Limits on the attempt, and options of the connection.
 * @returns The open connection.
 * @throws {SyntaxError} If `address` is not `host:port`.
 * @throws {RangeError} If the port is not in 1 to 65535.
 * @throws {DOMException} Named `TimeoutError`, at a limit.
 * @throws {Deno.errors.NotFound} If the name can't be resolved.
 * @throws {Deno.errors.ConnectionRefused} If no process listens there; as with any
 * failure, the message names every address tried.
 *
 * @example Usage
 * ```ts
 * import { dialTcp, listenTcp } from "@vnet/net/tcp";
 * import { assertEquals } from "@std/assert";
 *
 * using listener = listenTcp("127.0.0.1:0");
 * using conn = await dialTcp(listener.addr, { timeout: 5000 });
 * assertEquals(conn.remoteAddr.port, listener.addr.port);
 * ```
 */
export async function dialTcp(
  address: TcpAddress,
  options: DialTcpOptions = {},
): Promise<TcpConn> {
  checkOptions(options, DIAL_TCP_CHECKS);
  const { hostname, port } = parseDialAddress(address);
  const attempt = dialling(hostname, port);
  checkLocalAddress(attempt, options);
  return await limited(
    cannot(attempt),
    options,
    async (signal) => {
      const raw = await connectTo(hostname, port, options, signal);
      return new TcpConn(raw, toConnOptions(options));
    },
    (late) => late.terminate(),
  );
}

/** Opens the raw connection of a dial. */
export async function connectTo(
  hostname: string,
  port: number,
  options: DialTcpOptions,
  signal: AbortSignal,
): Promise<Deno.TcpConn> {
  const { network, keepAlive, localAddress } = options;
  const keepAliveDelay = typeof keepAlive === "object"
    ? toSeconds(keepAlive.delay)
    : undefined;
  let family = toFamily(network);
  if (localAddress === undefined && keepAliveDelay === undefined) {
    return await connect(hostname, port, family, signal);
  }
  let socket: SocketOptions = { keepAliveDelay };
  if (localAddress !== undefined) {
    const local = parseLocalAddress(localAddress);
    socket = { ...socket, ...local };
    family = familyOf(local.localAddress);
  }
  return await connect(hostname, port, family, signal, undefined, socket);
}

/** Refuses a local address of another family than that which is dialled. */
export function checkLocalAddress(
  attempt: Attempt,
  { network = "tcp", localAddress }: DialTcpOptions,
): void {
  if (localAddress === undefined || network === "tcp") return;
  const { localAddress: address } = parseLocalAddress(localAddress);
  if (familyOf(address) === toFamily(network)) return;
  throw new TypeError(
    `${
      cannot(attempt)
    } by "${network}" from ${address}: expected an address of that family`,
  );
}

/** The options of the connection that a dial makes. */
export function toConnOptions(
  { noDelay, keepAlive }: DialTcpOptions,
): TcpConnOptions {
  return {
    ...(noDelay === undefined ? {} : { noDelay }),
    ...(typeof keepAlive === "boolean" ? { keepAlive } : {}),
  };
}

function familyOf(address: string): Family {
  return isIpv4(address) ? "ipv4" : "ipv6";
}

/** Parses an address to dial: with a port, and `localhost` for no host. */
export function parseDialAddress(
  address: TcpAddress,
): { hostname: string; port: number } {
  const { hostname, port } = parseAddress(address);
  if (port === 0) {
    throw new RangeError("Cannot dial port 0: expected a port from 1 to 65535");
  }
  // What a listener on all interfaces tells as its address is to be dialled here.
  const isAny = hostname === "" || hostname === "0.0.0.0" || hostname === "::";
  return { hostname: isAny ? "localhost" : hostname, port };
}

/** The family of addresses that a network stands for. */
export function toFamily(network: TcpNetwork = "tcp"): Family {
  if (network === "tcp") return "any";
  if (network === "tcp4") return "ipv4";
  if (network === "tcp6") return "ipv6";
  throw new TypeError(
    `Cannot use network "${network}": expected "tcp", "tcp4" or "tcp6"`,
  );
}
