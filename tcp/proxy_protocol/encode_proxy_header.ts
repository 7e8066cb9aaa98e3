import { checkPort } from "../../internal/address/address.ts";
import { formatIp, parseIpv4, parseIpv6 } from "../../internal/address/ip.ts";
import {
  checkOptions,
  isInteger,
  type OptionCheck,
  type OptionChecks,
} from "../../internal/check_options.ts";
import { V2_SIGNATURE } from "./_proxy_v2.ts";

/** Version 2 in the high bits, and the commands in the low ones. */
const V2_LOCAL = 0x20;
const V2_PROXY = 0x21;
/** The family in the high bits, the protocol (TCP) in the low ones. */
const V2_TCP4 = 0x11;
const V2_TCP6 = 0x21;

/** A numeric address with its port, such as a `Deno.NetAddr`. */
export interface ProxyHeaderAddress {
  /**
   * The address, without brackets. The zone of a link-local address, such as
   * `%eth0`, is left out: the header has no field for it.
   */
  readonly hostname: string;
  /** 0 to 65535. */
  readonly port: number;
}

/** The content of a header; see {@linkcode encodeProxyHeader}. */
export interface ProxyHeader {
  /**
   * The version: 1 is a line of text, 2 is binary.
   *
   * @default {2}
   */
  version?: 1 | 2;
  /** The client's address: `remoteAddr` of the connection that the proxy accepted. */
  source?: ProxyHeaderAddress;
  /** The address that the client has connected to: `localAddr` of that. */
  destination?: ProxyHeaderAddress;
}

/** An address as the header has it. */
interface End {
  readonly bytes: Uint8Array;
  readonly port: number;
}

const isAddress: OptionCheck = (value, name) => void toEnd(value, name);

const CHECKS: OptionChecks<ProxyHeader> = {
  version: isInteger(1, 2),
  source: isAddress,
  destination: isAddress,
};

/**
 * Makes a header of the PROXY protocol (proxy-protocol.txt of HAProxy, section
 * 2), by which a proxy tells a server whose connection it passes on: the proxy
 * writes it once, before all other bytes, and before TLS begins. A listener of
 * this package reads it by the option `proxyProtocol`.
 *
 * Where one address is of IPv4 and the other of IPv6, the header is of IPv6.
 * Without addresses it says that the connection is the proxy's own, such as a
 * health check (`LOCAL`), or in version 1 that its client is `UNKNOWN`.
 *
 * @param header The version and the addresses: both of them, or neither.
 * @returns The bytes: 16, 28 or 52 of version 2, at most 107 of version 1.
 * @throws {TypeError} If one address is missing.
 * @throws {SyntaxError} If an address is not numeric.
 * @throws {RangeError} If the version is unknown, or a port is not in 0 to 65535.
 *
 * @example A client passed on
 * ```ts
 * import { dialTcp, encodeProxyHeader, listenTcp } from "@vnet/net/tcp";
 * import { assertEquals } from "@std/assert";
 *
 * using server = listenTcp("127.0.0.1:0", {
 *   proxyProtocol: { from: ["127.0.0.1"] },
 * });
 * // A proxy has these from the connection that it has accepted.
 * const source = { hostname: "203.0.113.7", port: 50_000 };
 * const destination = { hostname: "192.0.2.1", port: 443 };
 *
 * using upstream = await dialTcp(server.addr);
 * await upstream.write(encodeProxyHeader({ source, destination }));
 * using conn = await server.accept();
 * assertEquals(conn.peerIp, "203.0.113.7");
 * ```
 */
export function encodeProxyHeader(
  header: ProxyHeader,
): Uint8Array<ArrayBuffer> {
  checkOptions(header, CHECKS);
  const { version = 2, source, destination } = header;
  if (source === undefined || destination === undefined) {
    if (source === destination) return encode(version, undefined);
    throw new TypeError(
      `Cannot encode a PROXY header with one address: expected "source" and "destination", or neither`,
    );
  }
  const ends = [toEnd(source, "source"), toEnd(destination, "destination")];
  return encode(version, isIpv4(ends) ? ends : ends.map(toIpv6));
}

function encode(
  version: 1 | 2,
  ends: readonly End[] | undefined,
): Uint8Array<ArrayBuffer> {
  return version === 1
    ? new TextEncoder().encode(`PROXY ${formatLine(ends)}\r\n`)
    : encodeV2(ends);
}

function formatLine(ends: readonly End[] | undefined): string {
  if (ends === undefined) return "UNKNOWN";
  const family = isIpv4(ends) ? "TCP4" : "TCP6";
  const hosts = ends.map(({ bytes }) => formatIp(bytes));
  return [family, ...hosts, ...ends.map(({ port }) => port)].join(" ");
}

function encodeV2(ends: readonly End[] = []): Uint8Array<ArrayBuffer> {
  const [command, family] = ends.length === 0
    ? [V2_LOCAL, 0]
    : [V2_PROXY, isIpv4(ends) ? V2_TCP4 : V2_TCP6];
  const body = [
    ...ends.flatMap(({ bytes }) => [...bytes]),
    ...ends.flatMap(({ port }) => [port >> 8, port & 0xff]),
  ];
  return Uint8Array.of(
    ...V2_SIGNATURE,
    command,
    family,
    0,
    body.length,
    ...body,
  );
}

function isIpv4(ends: readonly End[]): boolean {
  return ends.every(({ bytes }) => bytes.length === 4);
}

function toEnd(value: unknown, name: string): End {
  const { hostname, port } = Object(value) as Partial<ProxyHeaderAddress>;
  if (typeof hostname !== "string") {
    throw new TypeError(
      `Cannot use ${name}: expected an address as { hostname, port }`,
    );
  }
  const bytes = parseIpv4(hostname) ?? parseIpv6(hostname);
  if (bytes === undefined) {
    throw new SyntaxError(
      `Cannot use "${hostname}" in ${name}: expected a numeric address`,
    );
  }
  return { bytes, port: checkPort(port as number) };
}

/** An address of IPv4 in the form of IPv6 (RFC 4291 section 2.5.5.2). */
function toIpv6({ bytes, port }: End): End {
  if (bytes.length === 16) return { bytes, port };
  return {
    bytes: Uint8Array.of(...new Uint8Array(10), 0xff, 0xff, ...bytes),
    port,
  };
}
