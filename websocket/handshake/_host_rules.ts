import { toBlockTest } from "../../internal/address/cidr.ts";
import { isIpv4, isIpv6 } from "../../internal/address/ip.ts";

/** The host of a request, normalized. */
interface NamedHost {
  /** A name in lower case, or an address without brackets. */
  readonly name: string;
  /** The port, by default the one of the scheme. */
  readonly port: number;
}

/** One entry of a list of allowed hosts. */
export type HostRule = (host: NamedHost) => boolean;

/** A host without spaces or anything that ends it in a URL. */
const HOST = /^[^\s\/\\?#@*]+$/;

/** A host, and perhaps a port. */
const PORT = /^(\[[^\]]*\]|[^:]*)(?::([0-9]{1,5}))?$/;

/**
 * Parses the value of `Host`, or the host of a target.
 *
 * @returns The host; `undefined` if it is malformed.
 */
export function readHost(
  host: string,
  isSecure: boolean,
): NamedHost | undefined {
  if (!HOST.test(host)) return undefined;
  const url = URL.parse(`${isSecure ? "https" : "http"}://${host}`);
  if (url === null || url.hostname === "") return undefined;
  // A trailing dot, the root of DNS, makes no difference.
  const name = url.hostname.replace(/^\[|\]$|\.$/g, "");
  const port = Number(url.port || (isSecure ? 443 : 80));
  return { name, port };
}

/**
 * Makes the rule of a list's entry.
 *
 * @throws {SyntaxError} If the entry is malformed.
 */
export function toHostRule(entry: string): HostRule {
  if (entry === "*") return () => true;
  if (entry.includes("/")) return toNetworkRule(entry);
  const isSuffix = entry.startsWith("*.");
  const { name, port } = readEntry(entry, isSuffix ? 2 : 0);
  const isPort = (host: NamedHost) => port === undefined || host.port === port;
  if (isSuffix && (isIpv4(name) || isIpv6(name))) throw notAHost(entry);
  const suffix = `.${name}`;
  return isSuffix
    ? (host) =>
      isPort(host) && host.name.endsWith(suffix) &&
      host.name.length > suffix.length
    : (host) => isPort(host) && host.name === name;
}

function toNetworkRule(entry: string): HostRule {
  const isInNetwork = toBlockTest(entry);
  if (isInNetwork === undefined) throw notAHost(entry);
  return ({ name }) => isInNetwork(name);
}

/** Parses an entry from an index on: a name or an address, perhaps a port. */
function readEntry(entry: string, start: number) {
  const text = entry.slice(start);
  const isBareIpv6 = isIpv6(text);
  const [, host = "", port] = PORT.exec(isBareIpv6 ? `[${text}]` : text) ?? [];
  const named = readHost(host, false);
  const isPort = port === undefined ||
    Number(port) >= 1 && Number(port) <= 65535;
  if (named === undefined || !isPort) throw notAHost(entry);
  return { ...named, port: port === undefined ? undefined : Number(port) };
}

function notAHost(entry: string): SyntaxError {
  return new SyntaxError(
    `Cannot use allowedHosts entry "${entry}": expected a host name, "*.example.com" or an IP address, with or without a port, or a network such as "10.0.0.0/8"`,
  );
}
