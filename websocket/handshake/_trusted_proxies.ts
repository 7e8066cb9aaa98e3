import { isNetAddr } from "../../internal/address/address.ts";
import { IpSet } from "../../internal/address/cidr.ts";
import { withoutMapping } from "../../internal/address/ip.ts";
import { isOneOf, isStrings, isType } from "../../internal/check_options.ts";
import { readForwarded } from "./_forwarded.ts";
import type { HeaderFields } from "../../internal/http/header_fields.ts";

/**
 * The proxies in front of a server, such as nginx, which tell the address of the
 * client in a header field. From any other address that field means nothing.
 *
 * The client is the rightmost address of the field that is not in `from`: the
 * client itself may have sent those to the left of it. If the field is missing or
 * malformed, the client is the proxy.
 *
 * @example Usage
 * ```ts
 * import { newServer, type TrustedProxies } from "@vnet/net/websocket";
 * import { assertThrows } from "@std/assert";
 *
 * const trustedProxies: TrustedProxies = { from: ["127.0.0.1", "10.0.0.0/8"] };
 * newServer(0, "", { trustedProxies });
 * assertThrows(
 *   () => newServer(0, "", { trustedProxies: { from: ["localhost"] } }),
 *   SyntaxError,
 * );
 * ```
 */
export interface TrustedProxies {
  /**
   * The addresses of the proxies, and blocks of them such as `"10.0.0.0/8"` and
   * `"2001:db8::/32"`. IPv4 and its form in IPv6 (`::ffff:10.0.0.1`) are the same.
   *
   * `"unix"` means every process that connects over a Unix socket, which the
   * permissions of its file and its folder limit. An in-memory pipe is never a
   * proxy.
   */
  from: readonly string[];
  /**
   * The header field that the proxies set. The other one is never read, as
   * proxies pass it through from the client.
   *
   * @default {"x-forwarded-for"}
   */
  header?: "x-forwarded-for" | "forwarded";
}

/** The options of servers that may be behind proxies. */
export interface ProxyOptions {
  readonly trustedProxies?: TrustedProxies;
  /** Whether trusted proxies tell the server's own origin, too. */
  readonly forwardedOrigin?: boolean;
}

/** The origin of a request, as far as sockets and trusted proxies tell it. */
export interface RequestSource {
  /** The address of the client; `undefined` if it has no IP address. */
  readonly clientAddress: string | undefined;
  /** Whether the socket is that of a trusted proxy. */
  readonly isProxied: boolean;
  /** Whether the client has used TLS. */
  readonly isSecure: boolean;
  /** The host that the client has named to the proxy, instead of `Host`. */
  readonly host: string | undefined;
}

/** The socket of a request. */
export interface RequestSocket {
  /** The address of the peer, of any kind. */
  readonly remoteAddr: unknown;
  readonly isSecure: boolean;
}

const UNIX = "unix";

/** The trusted proxies of a server. */
export class ProxyTrust {
  readonly #addresses: IpSet;
  readonly #trustsUnix: boolean;
  readonly #header: NonNullable<TrustedProxies["header"]>;
  readonly #forwardsOrigin: boolean;

  constructor({ from, header }: TrustedProxies, forwardsOrigin = false) {
    const addresses = from.filter((entry) => entry !== UNIX);
    this.#addresses = new IpSet(addresses, "trustedProxies.from");
    this.#trustsUnix = addresses.length < from.length;
    this.#header = header ?? "x-forwarded-for";
    this.#forwardsOrigin = forwardsOrigin;
  }

  /** Whether the peer of a socket is a trusted proxy. */
  isProxy(remoteAddr: unknown): boolean {
    if (isNetAddr(remoteAddr)) return this.has(remoteAddr.hostname);
    const { transport } = Object(remoteAddr) as Partial<Deno.Addr>;
    return this.#trustsUnix && transport === "unix";
  }

  /** Whether an address is of a trusted proxy. */
  has(address: string): boolean {
    return this.#addresses.has(address);
  }

  /** Reads the fields of a request that a trusted proxy has sent. */
  read(
    fields: HeaderFields,
    socket: RequestSocket,
  ): Omit<RequestSource, "isProxied"> {
    const isTrusted = (address: string) => this.has(address);
    const peer = addressOf(socket);
    const forwarded = readForwarded(fields, peer, this.#header, isTrusted);
    const clientAddress = forwarded.client;
    return this.#forwardsOrigin
      ? {
        clientAddress,
        isSecure: forwarded.isSecure ?? socket.isSecure,
        host: forwarded.host,
      }
      : { clientAddress, isSecure: socket.isSecure, host: undefined };
  }
}

/**
 * Makes the trusted proxies of options that {@linkcode PROXY_CHECKS} has checked.
 *
 * @throws {TypeError} If there are none whose origin could be read.
 */
export function toProxyTrust(
  { trustedProxies, forwardedOrigin }: ProxyOptions,
): ProxyTrust | undefined {
  if (trustedProxies !== undefined) {
    return new ProxyTrust(trustedProxies, forwardedOrigin);
  }
  if (!forwardedOrigin) return undefined;
  throw new TypeError(
    "Cannot use forwardedOrigin: expected trustedProxies beside it",
  );
}

/** The checks of {@linkcode ProxyOptions}. */
export const PROXY_CHECKS = {
  trustedProxies: isTrustedProxies,
  forwardedOrigin: isType("boolean"),
};

/** Finds the client of a request. */
export function findSource(
  fields: HeaderFields,
  socket: RequestSocket,
  proxies: ProxyTrust | undefined,
): RequestSource {
  if (proxies?.isProxy(socket.remoteAddr)) {
    return { ...proxies.read(fields, socket), isProxied: true };
  }
  const { isSecure } = socket;
  const clientAddress = addressOf(socket);
  return { clientAddress, isSecure, host: undefined, isProxied: false };
}

function addressOf({ remoteAddr }: RequestSocket): string | undefined {
  return isNetAddr(remoteAddr)
    ? withoutMapping(remoteAddr.hostname)
    : undefined;
}

function isTrustedProxies(value: unknown, name: string): void {
  isType("object")(value, name);
  const options = value as TrustedProxies;
  const place = `${name}.from`;
  isStrings(options.from, place);
  if (options.from.length === 0) {
    throw new TypeError(
      `Cannot use ${place}: expected the address of a proxy at least`,
    );
  }
  new ProxyTrust(options);
  if (options.header === undefined) return;
  isOneOf("x-forwarded-for", "forwarded")(options.header, `${name}.header`);
}
