import { isInteger } from "../check_options.ts";
import { isIpv6, isMappedIpv4, withoutMapping } from "./ip.ts";

/**
 * Where to listen or dial: `"host:port"`, such as `"example.com:80"`,
 * `"[::1]:80"` or `":2020"`, or the two parts as an object, so that `addr` of a
 * listener can be passed on as it is.
 *
 * An empty host means all interfaces to listen on, and localhost to dial.
 *
 * @example Usage
 * ```ts
 * import { dialTcp, listenTcp, type TcpAddress } from "@vnet/net/tcp";
 * import { assertEquals } from "@std/assert";
 *
 * const address: TcpAddress = { hostname: "127.0.0.1", port: 0 };
 * using listener = listenTcp(address);
 * using conn = await dialTcp(listener.addr);
 * assertEquals(conn.remoteAddr, listener.addr);
 * ```
 */
export type TcpAddress = string | { hostname?: string; port: number };

/** A host, empty where none was given, and a port. */
export interface HostPort {
  /** A name or a numeric address without brackets. */
  readonly hostname: string;
  /** 0 to 65535. */
  readonly port: number;
}

/**
 * Splits `"host:port"` into its two parts (V's `split_address`, Go's
 * `net.SplitHostPort`). An IPv6 host stands in brackets, which are taken off;
 * the host may be empty.
 *
 * @param address The address, such as `"[::1]:80"`.
 * @returns The host and the port.
 * @throws {SyntaxError} If `address` is not `host:port`.
 * @throws {RangeError} If the port is not in 0 to 65535.
 *
 * @example Usage
 * ```ts
 * import { splitAddress } from "@vnet/net/tcp";
 * import { assertEquals, assertThrows } from "@std/assert";
 *
 * assertEquals(splitAddress("example.com:80"), ["example.com", 80]);
 * assertEquals(splitAddress("[::1]:80"), ["::1", 80]);
 * assertEquals(splitAddress(":2020"), ["", 2020]);
 * assertThrows(() => splitAddress("localhost"), SyntaxError);
 * ```
 */
export function splitAddress(address: string): [host: string, port: number] {
  const match = /^(?:\[([^\]]*)\]|([^:[\]]*)):([^:]*)$/.exec(address);
  if (match === null) throw notAnAddress(address, 'expected "host:port"');
  const [, bracketed, plain = "", digits = ""] = match;
  if (bracketed !== undefined && !isIpv6(bracketed)) {
    throw notAnAddress(address, "expected an IPv6 address in the brackets");
  }
  // deno-lint-ignore no-control-regex
  if (/[\s/@\0-\x1f\x7f]/.test(plain)) {
    throw notAnAddress(address, "expected a host name");
  }
  if (!/^[0-9]+$/.test(digits)) {
    throw notAnAddress(address, 'expected digits after the last ":"');
  }
  return [bracketed ?? plain, checkPort(Number(digits))];
}

/**
 * Joins a host and a port to `"host:port"`, with an IPv6 host in brackets (Go's
 * `net.JoinHostPort`). It is the inverse of {@linkcode splitAddress}.
 *
 * @param hostname The host, which may be empty.
 * @param port The port.
 * @returns The address.
 * @throws {RangeError} If the port is not an integer from 0 to 65535.
 *
 * @example Usage
 * ```ts
 * import { joinAddress } from "@vnet/net/tcp";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(joinAddress("example.com", 80), "example.com:80");
 * assertEquals(joinAddress("::1", 80), "[::1]:80");
 * ```
 */
export function joinAddress(hostname: string, port: number): string {
  checkPort(port);
  return formatAddress(hostname, port);
}

function formatAddress(hostname: string, port: number): string {
  return hostname.includes(":")
    ? `[${hostname}]:${port}`
    : `${hostname}:${port}`;
}

/**
 * Parses any form of a {@linkcode TcpAddress}, or a bare port.
 *
 * @throws {TypeError} If it is of another type.
 */
export function parseAddress(address: TcpAddress | number): HostPort {
  if (typeof address === "number") {
    return { hostname: "", port: checkPort(address) };
  }
  if (typeof address === "string") {
    const [hostname, port] = splitAddress(address);
    return { hostname, port };
  }
  if (typeof address !== "object" || address === null) {
    throw new TypeError(
      `Cannot parse address ${
        String(address)
      }: expected a string or { hostname, port }`,
    );
  }
  const { hostname = "", port } = address;
  if (typeof hostname !== "string") {
    throw new TypeError(
      `Cannot parse address: expected a string as hostname, found ${typeof hostname}`,
    );
  }
  const bare = /^\[(.*)\]$/.exec(hostname)?.[1] ?? hostname;
  return { hostname: bare, port: checkPort(port) };
}

/**
 * Checks a port and returns it.
 *
 * @throws {TypeError} If it is not a number.
 * @throws {RangeError} If it is not an integer from 0 to 65535.
 */
export function checkPort(port: number): number {
  isPort(port, "port");
  return port;
}

const isPort = isInteger(0, 65535);

/**
 * Copies an address of the runtime, some of which lack the transport.
 *
 * @throws {TypeError | RangeError} If it is no address of the Internet.
 */
export function toNetAddr(addr: Deno.Addr): Deno.NetAddr {
  const netAddr = addr as Deno.NetAddr;
  checkPort(netAddr.port);
  return copyAddr(netAddr);
}

/** Tells an address of the Internet from those of other kinds, and from none. */
export function isNetAddr(addr: unknown): addr is Deno.NetAddr {
  return typeof addr === "object" && addr !== null && "hostname" in addr &&
    "port" in addr;
}

/** Copies an address that has been checked, if it is one of the Internet. */
export function copyAddr<A>(addr: A): A {
  if (!isNetAddr(addr)) return addr;
  const { hostname, port } = addr;
  return { transport: "tcp", hostname, port } as Deno.NetAddr & A;
}

/** The addresses of the two ends of a connection. */
export interface Ends<A> {
  /** That of this end. */
  readonly localAddr: A;
  /** That of the other end. */
  readonly remoteAddr: A;
  /** That of the proxy between them, if it has told of the other end. */
  readonly proxyAddr?: A | undefined;
}

/**
 * Returns the ends of a connection, both of which are on the Internet. Where one
 * socket is for both families, the system shows IPv4 addresses in the form of
 * IPv6 (`::ffff:192.0.2.1`): they become IPv4 again.
 *
 * @throws {TypeError | RangeError} If one of them is not.
 */
export function checkNetEnds(ends: Ends<Deno.NetAddr>): Ends<Deno.NetAddr> {
  const { localAddr, remoteAddr, proxyAddr } = ends;
  checkPort(localAddr.port);
  checkPort(remoteAddr.port);
  const isMapped = isMappedIpv4(remoteAddr.hostname) ||
    isMappedIpv4(localAddr.hostname);
  if (!isMapped) return ends;
  return {
    localAddr: toIpv4(localAddr),
    remoteAddr: toIpv4(remoteAddr),
    proxyAddr: proxyAddr && toIpv4(proxyAddr),
  };
}

/** An address without the form of IPv6 around one of IPv4. */
function toIpv4(addr: Deno.NetAddr): Deno.NetAddr {
  return { ...copyAddr(addr), hostname: withoutMapping(addr.hostname) };
}

/** Shows an address, for messages: of errors, so that it throws none itself. */
export function describeAddr({ hostname, port }: Deno.NetAddr): string {
  return formatAddress(String(hostname), port);
}

function notAnAddress(address: string, expected: string): SyntaxError {
  return new SyntaxError(`Cannot parse address "${address}": ${expected}`);
}
