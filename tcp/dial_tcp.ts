import { isNetwork } from "./_option_checks.ts";
import { parseAddress, type TcpAddress } from "../internal/address/address.ts";
import {
  checkOptions,
  isStrings,
  isType,
  type OptionCheck,
  type OptionChecks,
  typeOf,
  WAIT_CHECKS,
} from "../internal/check_options.ts";
import { isIpv4 } from "../internal/address/ip.ts";
import { Refused } from "../internal/http/refused.ts";
import { limited } from "../internal/wait/limited.ts";
import type { Family } from "../internal/address/lookup.ts";
import type { WaitOptions } from "../internal/wait/wait_options.ts";
import { type Attempt, cannot } from "../internal/errors/system_error.ts";
import { closeRaw } from "../internal/close_raw.ts";
import { connect, dialling } from "./_connect.ts";
import { parseLocalAddress } from "./_local_address.ts";
import type { SocketOptions } from "./node/_node_connect.ts";
import { checkClientCertificates } from "./tls/_tls_client.ts";
import { proxyFromEnvironment } from "./proxy/_proxy_environment.ts";
import type { TunnelTarget } from "./proxy/_proxy_handshake.ts";
import { parseProxyUrl, type ProxyServer } from "./proxy/_proxy_url.ts";
import {
  diallingThrough,
  openTunnel,
  type RefusedTunnel,
} from "./proxy/_open_tunnel.ts";
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
   * The process needs permission to it (`--allow-net`), too.
   *
   * @default {the choice of the system}
   */
  localAddress?: string;
  /**
   * The proxy to go through: an `http:` or `https:` URL for one that knows
   * `CONNECT`, a `socks5:` URL (or `socks5h:`, the same), with user name and
   * password if it needs them; or `"environment"` for the one that the
   * environment names for the address, if any. See {@linkcode dialTcp}.
   *
   * @default {none}
   */
  proxy?: string | URL | "environment";
  /**
   * Certificates of authorities to trust beside the runtime's, in PEM, for an
   * `https:` proxy.
   */
  caCerts?: string[];
}

/** The options with which a raw connection is dialled. */
interface RawDialOptions extends DialTcpOptions {
  /** Whether TLS will be spoken with the peer, by which proxies are chosen. */
  readonly isSecure?: boolean;
}

/** The value of the option `proxy` for the choice of the environment. */
const ENVIRONMENT = "environment";

/** An option check: the URL of a proxy, or `"environment"`. */
export function isProxy(value: unknown, name: string): void {
  if (value === ENVIRONMENT) return;
  if (typeof value !== "string" && !(value instanceof URL)) {
    throw new TypeError(
      `Cannot use ${name} of type ${typeOf(value)}: expected a string or a URL`,
    );
  }
  parseProxyUrl(value, name);
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
  proxy: isProxy,
  caCerts: isStrings,
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
 * than goes out, after `closeWrite()` a reset looks like the end, and bytes that a
 * peer sent right before a reset are lost if a write meets the reset first.
 *
 * Through a proxy, the proxy looks the name up. `network`, `localAddress` and
 * `keepAlive` act on the connection to the proxy, and `remoteAddr` is the address
 * of the proxy. Its answer takes 16 KiB at most. The certificate of an `https:`
 * proxy is verified like that of a server. Some proxies end both directions of a
 * connection when one ends.
 *
 * With `proxy: "environment"`, the proxy is that of the variable `ALL_PROXY`; for
 * {@linkcode dialTls} and `wss:` URLs, that of `HTTPS_PROXY` comes first. The names
 * are in upper or lower case; `HTTP_PROXY` is not read. The names, addresses and
 * blocks in `NO_PROXY` are dialled directly, and so are localhost and loopback
 * addresses, as in Go's `httpproxy`. The variables need `--allow-env`.
 *
 * @param address The peer, such as `"example.com:80"`, `"[::1]:80"`, or the
 * `addr` of a listener. An empty host is localhost.
 * @param options Limits on the attempt, and options of the connection.
 * @returns The open connection.
 * @throws {SyntaxError} If `address` is not `host:port`, or `proxy` not the URL of
 * a proxy.
 * @throws {RangeError} If the port is not in 1 to 65535.
 * @throws {DOMException} Named `TimeoutError`, at a limit.
 * @throws {Deno.errors.NotFound} If the name can't be resolved.
 * @throws {Deno.errors.ConnectionRefused} If no process listens there; as with any
 * failure, the message names every address tried.
 * @throws {ProxyError} If a proxy refuses, or breaks its protocol.
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
  checkClientCertificates(attempt, { caCerts: options.caCerts });
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

/** Opens the raw connection of a dial, through a proxy if one is set. */
export async function connectTo(
  hostname: string,
  port: number,
  options: RawDialOptions,
  signal: AbortSignal,
): Promise<Deno.TcpConn> {
  const target = { hostname, port };
  const proxy = chooseProxy(target, options);
  if (proxy === undefined) return await connectRaw(target, options, signal);
  const tunnel = await connectThrough(proxy, target, options, signal);
  if (!(tunnel instanceof Refused)) return tunnel;
  closeRaw(tunnel.conn);
  throw tunnel.error;
}

/** The proxy to go through, if any. */
export function chooseProxy(
  target: TunnelTarget,
  { proxy, isSecure = false }: RawDialOptions,
): ProxyServer | undefined {
  if (proxy === undefined) return undefined;
  return proxy === ENVIRONMENT
    ? proxyFromEnvironment(target, isSecure)
    : parseProxyUrl(proxy, "proxy");
}

/**
 * Opens a raw connection through a proxy.
 *
 * @returns The connection; that to the proxy if it has refused by HTTP.
 */
export async function connectThrough(
  proxy: ProxyServer,
  target: TunnelTarget,
  options: RawDialOptions,
  signal: AbortSignal,
): Promise<Deno.TcpConn | RefusedTunnel> {
  const attempt = diallingThrough(proxy, target);
  const socket = await connectRaw(proxy, options, signal, attempt);
  const tunnel = { proxy, target, attempt, caCerts: options.caCerts };
  return await openTunnel(socket, tunnel, signal);
}

/** Opens a raw connection, with the options of its socket. */
async function connectRaw(
  { hostname, port }: TunnelTarget,
  { network, keepAlive, localAddress }: DialTcpOptions,
  signal: AbortSignal,
  attempt?: Attempt,
): Promise<Deno.TcpConn> {
  const keepAliveDelay = typeof keepAlive === "object"
    ? toSeconds(keepAlive.delay)
    : undefined;
  let family = toFamily(network);
  if (localAddress === undefined && keepAliveDelay === undefined) {
    return await connect(hostname, port, family, signal, { attempt });
  }
  let socket: SocketOptions = { keepAliveDelay };
  if (localAddress !== undefined) {
    const local = parseLocalAddress(localAddress);
    socket = { ...socket, ...local };
    family = familyOf(local.localAddress);
  }
  return await connect(hostname, port, family, signal, { attempt, socket });
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
  // The address of a listener on all interfaces is to be dialled on this machine.
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
