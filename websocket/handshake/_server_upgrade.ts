import { typeOf } from "../../internal/check_options.ts";
import { HeaderFields } from "../../internal/http/header_fields.ts";
import { isPlainRequest } from "./_plain_request.ts";
import {
  isBodiless,
  PLAIN_TEXT,
  type Refusal,
  UPGRADE_FIELDS,
} from "./_refusal.ts";
import { refusalOf, type RequestDecision } from "./_request_decision.ts";
import {
  findSource,
  type ProxyTrust,
  type RequestSource,
} from "./_trusted_proxies.ts";
import {
  isRefusal,
  readUpgradeRequest,
  type UpgradeOptions,
  type UpgradeRequest,
} from "./_upgrade_request.ts";

/** The rules of a server for requests of `Deno.serve`. */
export interface ServedOptions
  extends Omit<UpgradeOptions, "isSecure" | "host"> {
  /** The address of the peer, if the program has given it. */
  readonly remoteAddr: Deno.Addr | undefined;
  readonly proxies: ProxyTrust | undefined;
}

/** A request of `Deno.serve` for a WebSocket, and from whom it is. */
export interface ServedUpgrade extends UpgradeRequest {
  readonly source: RequestSource;
}

/**
 * Checks a request of `Deno.serve` by RFC 6455 section 4.2.1, as far as the
 * runtime tells: it hides the HTTP version, and the target has passed a URL
 * parser.
 *
 * @param request The request.
 * @param options The rules of the server.
 * @returns The request for a WebSocket, or why it is refused.
 * @throws {TypeError} If `request` is not a `Request`, or the address of the peer
 * is missing where there are trusted proxies.
 */
export function readServedUpgrade(
  request: Request,
  options: ServedOptions,
): ServedUpgrade | Refusal {
  if (!(request instanceof Request)) {
    throw new TypeError(
      `Cannot upgrade a value of type ${typeOf(request)}: expected a Request`,
    );
  }
  const { proxies, remoteAddr } = options;
  if (proxies !== undefined && remoteAddr === undefined) {
    throw new TypeError(
      "Cannot use trustedProxies: expected remoteAddr, such as info.remoteAddr of Deno.serve",
    );
  }
  const fields = new HeaderFields();
  for (const [name, value] of request.headers) fields.add(name, value);
  // The URL contains the value of `Host`, and may therefore be invalid.
  const url = URL.parse(request.url);
  if (url === null || url.href.includes("#")) {
    return { status: 400, reason: "Malformed target or Host" };
  }
  const { method } = request;
  const target = url.pathname + url.search;
  const head = { start: { method, target, minorVersion: 1 }, fields };
  // A plain request made by a program, as in a test, may lack `Host`.
  if (isPlainRequest(head) && fields.count("host") === 0) {
    fields.add("host", url.host);
  }
  const socket = { remoteAddr, isSecure: url.protocol === "https:" };
  const source = findSource(fields, socket, proxies);
  const { isSecure, host } = source;
  const asked = readUpgradeRequest(head, { ...options, isSecure, host });
  return isRefusal(asked) ? asked : { ...asked, source };
}

/** Makes the `Response` of a refusal that has no body of its own. */
export function refusalResponse({ status, reason }: Refusal): Response {
  if (isBodiless(status)) return new Response(null, { status });
  const headers = new Headers({ "content-type": PLAIN_TEXT });
  if (status === 426) {
    headers.set("connection", "upgrade");
    for (const [name, value] of UPGRADE_FIELDS) headers.set(name, value);
  }
  return new Response(`${reason}\n`, { status, headers });
}

/** Makes the `Response` of a decision that refuses the client. */
export function decisionResponse(decision: RequestDecision): Response {
  const refusal = refusalOf(decision);
  return refusal instanceof Response ? refusal : refusalResponse(refusal);
}
