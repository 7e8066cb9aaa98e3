import { IpSet } from "../../internal/address/cidr.ts";
import {
  checkOptions,
  isStrings,
  isTime,
  isType,
} from "../../internal/check_options.ts";

/** The only entry of `from` on a Unix socket. */
const UNIX = "unix";

/**
 * How a listener takes part in the PROXY protocol (versions 1 and 2 of
 * proxy-protocol.txt by HAProxy), by which proxies such as HAProxy, nginx
 * (`proxy_protocol on`) and the load balancers of AWS tell the address of the
 * client.
 *
 * A connection from an address in `from` has to begin with a header: one without
 * is cut, and so is one whose header is not whole in time, which `onError` of
 * `serve` gets an error for. A connection that ends without a byte, as health
 * checks do, is no error. Behind the header the connection is the client's:
 * `remoteAddr` and the limits per address are, and `proxyAddr` is the proxy. If
 * the proxy says that the connection is its own (`LOCAL`), or not whose it is
 * (`UNKNOWN`), it keeps the socket's addresses and is exempt from the limits per
 * address.
 *
 * A connection from elsewhere is as without this option: a header is bytes for
 * the application, and means nothing.
 *
 * Headers of up to 4 KiB are read; extensions (TLVs) are skipped. `localAddr`
 * stays the socket's.
 *
 * @example A server behind a proxy on the same machine
 * ```ts
 * import { dialTcp, encodeProxyHeader, listenTcp } from "@vnet/net/tcp";
 * import { assertEquals } from "@std/assert";
 *
 * using listener = listenTcp("127.0.0.1:0", {
 *   proxyProtocol: { from: ["127.0.0.1", "::1"] },
 *   maxConnectionsPerIp: 100,
 * });
 *
 * using proxy = await dialTcp(listener.addr);
 * await proxy.write(encodeProxyHeader({
 *   source: { hostname: "2001:db8::7", port: 50_000 },
 *   destination: { hostname: "2001:db8::1", port: 443 },
 * }));
 * using conn = await listener.accept();
 * assertEquals(conn.peerIp, "2001:db8::7");
 * assertEquals(conn.proxyAddr, proxy.localAddr);
 * assertEquals(listener.connectionCountOf("2001:db8::7"), 1);
 * ```
 */
export interface ProxyProtocolOptions {
  /**
   * The proxies: their addresses, and blocks of them such as `"10.0.0.0/8"` and
   * `"2001:db8::/32"`. IPv4 and its form in IPv6 (`::ffff:10.0.0.1`) are the same.
   *
   * On a Unix socket it is `["unix"]`: every process that may connect is a proxy,
   * which the permissions of its file and its folder decide.
   */
  from: string[];
  /**
   * Milliseconds from the accept on in which the header has to be there.
   *
   * @default {3000}
   */
  timeout?: number;
}

/** The option of a listener on an IP address. */
export function isProxyProtocol(value: unknown, name: string): void {
  check(value, name, (from, place) => void new IpSet(from, place));
}

/** The option of a listener on a Unix socket. */
export function isUnixProxyProtocol(value: unknown, name: string): void {
  check(value, name, (from, place) => {
    const other = from.find((entry) => entry !== UNIX);
    if (other === undefined) return;
    throw new SyntaxError(
      `Cannot use "${other}" in ${place} of a Unix socket: expected "${UNIX}"`,
    );
  });
}

function check(
  value: unknown,
  name: string,
  checkEntries: (from: string[], place: string) => void,
): void {
  isType("object")(value, name);
  const options = value as ProxyProtocolOptions;
  const place = `${name}.from`;
  isStrings(options.from, place);
  if (options.from.length === 0) {
    throw new TypeError(
      `Cannot use ${place}: expected the address of a proxy at least`,
    );
  }
  checkEntries(options.from, place);
  checkOptions(options, { timeout: isTime });
}
