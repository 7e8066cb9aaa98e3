import { type HostRule, readHost, toHostRule } from "./_host_rules.ts";
import type { HttpHead, RequestLine } from "../../internal/http/http_head.ts";
import type { Refusal } from "./_refusal.ts";

/** The rules of a server for the host that a request names. */
export interface HostOptions {
  /** Whether the request came over TLS. */
  readonly isSecure: boolean;
  /** The host that a trusted proxy tells, instead of the one in the request. */
  readonly host?: string | undefined;
  /** The hosts that a request may name; by default all. */
  readonly allowedHosts?: AllowedHosts | undefined;
}

/**
 * The hosts that a request may name: `"*"` for all, or a list. An entry is
 *
 * - a host name such as `"chat.example"`;
 * - `"*.example.com"` for all subdomains of `example.com`, but not for itself;
 * - an IP address such as `"192.0.2.7"` or `"::1"`, or a network of addresses such
 *   as `"10.0.0.0/8"`; `"0.0.0.0/0"` and `"::/0"` are all addresses.
 *
 * Names and addresses may have a port, as in `"chat.example:8080"` or
 * `"[::1]:8080"`; without one, any port is allowed.
 *
 * @example Usage
 * ```ts
 * import { type AllowedHosts, newServer } from "@vnet/net/websocket";
 * import { assertThrows } from "@std/assert";
 *
 * const allowedHosts: AllowedHosts = ["localhost", "*.example.com", "::1"];
 * newServer(0, "", { allowedHosts });
 * assertThrows(
 *   () => newServer(0, "", { allowedHosts: ["http://example.com"] }),
 *   SyntaxError,
 * );
 * ```
 */
export type AllowedHosts = "*" | readonly string[];

/** The rules of a list, and the reason of a refusal. */
interface HostRules {
  readonly rules: readonly HostRule[];
  readonly reason: string;
}

const REASON = "Host not allowed: the option allowedHosts does not name it";

/** The rules of prepared lists, which are frozen. */
const prepared = new WeakMap<readonly string[], HostRules>();

/**
 * Checks a list of hosts, and makes its rules once for all requests.
 *
 * @param allowed The caller's list.
 * @param reason The reason of a refusal.
 * @returns A frozen list of the same entries, for the options of servers.
 * @throws {TypeError} If it is not a list of strings.
 * @throws {SyntaxError} If an entry is not a host.
 */
export function prepareHosts(
  allowed: AllowedHosts | undefined,
  reason: string = REASON,
): AllowedHosts | undefined {
  if (allowed === undefined || allowed === "*") return allowed;
  const isList = Array.isArray(allowed) &&
    allowed.every((entry) => typeof entry === "string");
  if (!isList) {
    throw new TypeError(
      'Cannot use allowedHosts: expected "*" or a list of strings',
    );
  }
  if (prepared.has(allowed)) return allowed;
  const entries = Object.freeze([...allowed]);
  prepared.set(entries, { rules: entries.map(toHostRule), reason });
  return entries;
}

/**
 * Checks the host that a request names. A page of a foreign name that resolves to
 * this machine (DNS rebinding) has the same origin as the server, which the rules
 * for origins accept: only the name of the host reveals it.
 *
 * The refusal is 421, for a target that "does not match an origin for which the
 * server has been configured" (RFC 9110 section 15.5.20); a request that names no
 * host, or several, is refused with 400 (RFC 9112 section 3.2).
 *
 * @returns Why the request is refused, `undefined` if it is not.
 */
export function refuseHost(
  { start, fields }: HttpHead<RequestLine>,
  { isSecure, host: forwarded, allowedHosts }: HostOptions,
): Refusal | undefined {
  const list = prepareHosts(allowedHosts);
  if (list === undefined || list === "*") return undefined;
  const { rules = [], reason = REASON } = prepared.get(list) ?? {};
  const named = [forwarded ?? fields.single("host") ?? ""];
  // A whole URL takes precedence (RFC 9112 section 3.2.2); both are checked.
  const isPath = start.target.startsWith("/") || forwarded !== undefined;
  const url = isPath ? null : URL.parse(start.target);
  if (url !== null && url.host !== "") named.push(url.host);
  for (const name of named) {
    const host = readHost(name, isSecure);
    if (host === undefined) {
      return { status: 400, reason: "Missing or malformed Host" };
    }
    if (!rules.some((rule) => rule(host))) return { status: 421, reason };
  }
  return undefined;
}
