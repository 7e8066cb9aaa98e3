import { isIpv4, isIpv6, withoutMapping } from "../../internal/address/ip.ts";
import type { HeaderFields } from "../../internal/http/header_fields.ts";
import {
  isToken,
  splitList,
  trimBlanks,
} from "../../internal/http/http_syntax.ts";

/** The header field in which trusted proxies name the client. */
export type ForwardedHeader = "x-forwarded-for" | "forwarded";

/** The properties of a request that trusted proxies tell. */
export interface ForwardedRequest {
  /** The address of the client, without brackets and port. */
  readonly client: string | undefined;
  /** Whether the client has used TLS; `undefined` if no proxy tells. */
  readonly isSecure: boolean | undefined;
  /** The host that the client has named; `undefined` if no proxy tells. */
  readonly host: string | undefined;
}

/** One hop of the way, as the proxy behind it has described it. */
interface Hop {
  /** An address; `undefined` for an obfuscated, unknown or malformed one. */
  readonly address: string | undefined;
  readonly proto?: string | undefined;
  readonly host?: string | undefined;
}

/**
 * Finds the client of a request that came by trusted proxies.
 *
 * The client is the rightmost address that is no trusted proxy: those to the left
 * of it were sent by the client, who may write anything there. If a proxy does not
 * tell the address, the client is the proxy.
 *
 * @param fields The header fields of the request.
 * @param peer The address of the connection, which is a trusted proxy;
 * `undefined` if it has none.
 * @param header The header field that the proxies set; the other one is never
 * read, as proxies pass it through from the client.
 * @param isTrusted Whether an address is of a trusted proxy.
 */
export function readForwarded(
  fields: HeaderFields,
  peer: string | undefined,
  header: ForwardedHeader,
  isTrusted: (address: string) => boolean,
): ForwardedRequest {
  const value = fields.get(header) ?? "";
  const hops = header === "forwarded"
    ? parseForwarded(value)
    : parseList(value);
  let client = peer;
  let hop: Hop | undefined;
  for (let index = hops.length - 1; index >= 0; index--) {
    const { address } = hops[index];
    if (address === undefined) break;
    client = address;
    hop = hops[index];
    if (!isTrusted(address)) break;
  }
  if (header === "forwarded") return describe(client, hop?.proto, hop?.host);
  const proto = lastOf(fields.get("x-forwarded-proto"));
  const host = lastOf(fields.get("x-forwarded-host"));
  return describe(client, proto, host);
}

function describe(
  client: string | undefined,
  proto: string | undefined,
  host: string | undefined,
): ForwardedRequest {
  const scheme = proto?.toLowerCase();
  const isSecure = scheme === "https" || scheme === "wss"
    ? true
    : scheme === "http" || scheme === "ws"
    ? false
    : undefined;
  return { client, isSecure, host };
}

/** The value of the nearest proxy, which is at the end. */
function lastOf(value: string | undefined): string | undefined {
  return value === undefined ? undefined : splitList(value).at(-1);
}

/** Reads `X-Forwarded-For`: addresses, to some of which proxies add a port. */
function parseList(value: string): Hop[] {
  return value.split(",").map((part) => ({
    address: toAddress(trimBlanks(part)),
  }));
}

/**
 * Reads `Forwarded` (RFC 7239 section 4), element by element: a malformed one of
 * the client's must not hide the one that the proxy has appended. Commas are not
 * looked for in quoted strings, as no value that proxies set has one.
 */
function parseForwarded(value: string): Hop[] {
  return value.split(",").map((element) => {
    const parameters = parseParameters(trimBlanks(element));
    const node = parameters?.get("for");
    return {
      address: node === undefined ? undefined : toAddress(node),
      proto: parameters?.get("proto"),
      host: parameters?.get("host"),
    };
  });
}

function parseParameters(element: string): Map<string, string> | undefined {
  const parameters = new Map<string, string>();
  for (const pair of element.split(";").map((pair) => trimBlanks(pair))) {
    if (pair === "") continue;
    const equals = pair.indexOf("=");
    const name = pair.slice(0, equals).toLowerCase();
    const value = unquote(pair.slice(equals + 1));
    const isGood = equals > 0 && isToken(name) && value !== undefined &&
      !parameters.has(name);
    if (!isGood) return undefined;
    parameters.set(name, value);
  }
  return parameters;
}

/** The value of a token or a quoted string; `undefined` if it is neither. */
function unquote(text: string): string | undefined {
  if (isToken(text)) return text;
  const match = /^"((?:[^"\\]|\\.)*)"$/.exec(text);
  return match?.[1].replace(/\\(.)/g, "$1");
}

/** The address of a node, which may have brackets and a port. */
function toAddress(node: string): string | undefined {
  const bare = /^\[([^\]]*)\](?::\d{1,5})?$/.exec(node)?.[1] ??
    /^([\d.]+)(?::\d{1,5})?$/.exec(node)?.[1] ?? node;
  // A zone means nothing on another machine.
  if (bare.includes("%")) return undefined;
  return isIpv4(bare) || isIpv6(bare) ? withoutMapping(bare) : undefined;
}
