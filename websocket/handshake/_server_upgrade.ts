import { typeOf } from "../../internal/check_options.ts";
import type { RequestDecision } from "../accept_websocket.ts";
import type { AllowedHosts } from "./_allowed_hosts.ts";
import { HeaderFields } from "./_header_fields.ts";
import { listIncludes } from "./_http_syntax.ts";
import type { AllowedOrigins } from "./_origin.ts";
import type { Refusal } from "./_server_handshake.ts";
import { readUpgradeRequest, type UpgradeRequest } from "./_upgrade_request.ts";

/** What is served. */
interface UpgradeRules {
  readonly route?: string | undefined;
  readonly allowedOrigins?: AllowedOrigins | undefined;
  readonly allowedHosts?: AllowedHosts | undefined;
}

/**
 * Holds a request to `Deno.serve` against RFC 6455 section 4.2.1, as far as the
 * runtime tells what was sent: not the version of HTTP, and of the target what a
 * URL parser has made of it.
 *
 * @param request The request.
 * @param rules What is served.
 * @returns What it asks for, or why it is refused.
 * @throws {TypeError} If it is no request.
 */
export function readServedUpgrade(
  request: Request,
  rules: UpgradeRules,
): UpgradeRequest | Refusal {
  if (!(request instanceof Request)) {
    throw new TypeError(
      `Cannot upgrade a value of type ${typeOf(request)}: expected a Request`,
    );
  }
  const fields = new HeaderFields();
  for (const [name, value] of request.headers) fields.add(name, value);
  // The URL has what `Host` says, and may therefore be none.
  const url = URL.parse(request.url);
  if (url === null || url.href.includes("#")) {
    return { status: 400, reason: "Malformed target or Host" };
  }
  // A request without it that is made by hand, as in tests, may ask for a page.
  const isPlain = !listIncludes(fields.get("upgrade"), "websocket");
  if (isPlain && fields.count("host") === 0) fields.add("host", url.host);
  const { method } = request;
  const target = url.pathname + url.search;
  const start = { method, target, minorVersion: 1 };
  const isSecure = url.protocol === "https:";
  return readUpgradeRequest({ start, fields }, { ...rules, isSecure });
}

/** Makes the response to a request that breaks a rule. */
export function refusalResponse({ status, reason }: Refusal): Response {
  const headers = new Headers({ "content-type": "text/plain; charset=utf-8" });
  // Who is told to upgrade is told to what (RFC 9110 section 15.5.22).
  if (status === 426) {
    headers.set("connection", "upgrade");
    headers.set("upgrade", "websocket");
    headers.set("sec-websocket-version", "13");
  }
  return new Response(`${reason}\n`, { status, headers });
}

/** Makes the response that a decision asks for which is no acceptance. */
export function decisionResponse(decision: RequestDecision): Response {
  if (decision instanceof Response) return decision;
  const status = typeof decision === "number" ? decision : 403;
  const isEmpty = status === 204 || status === 205 || status === 304;
  return new Response(isEmpty ? null : "Refused\n", { status });
}
