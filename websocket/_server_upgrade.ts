import type { RequestDecision, WebSocketRequest } from "./accept_websocket.ts";
import type { AllowedHosts } from "./_allowed_hosts.ts";
import { HeaderFields } from "./_header_fields.ts";
import type { AllowedOrigins } from "./_origin.ts";
import { isRefusal, readUpgradeRequest } from "./_upgrade_request.ts";

/** What is served. */
interface UpgradeRules {
  readonly route?: string | undefined;
  readonly allowedOrigins?: AllowedOrigins | undefined;
  readonly allowedHosts?: AllowedHosts | undefined;
}

/**
 * Reads a request to `Deno.serve`.
 *
 * @returns What it asks for, or `undefined` if it breaks a rule: then
 * `upgradeWebSocket` answers it.
 */
export function readServedRequest(
  request: Request,
  rules: UpgradeRules,
): WebSocketRequest | undefined {
  const url = new URL(request.url);
  const fields = new HeaderFields();
  for (const [name, value] of request.headers) fields.add(name, value);
  if (fields.count("host") === 0) fields.add("host", url.host);
  const start = {
    method: request.method,
    target: url.pathname + url.search,
    minorVersion: 1,
  };
  const isSecure = url.protocol === "https:";
  const upgrade = readUpgradeRequest({ start, fields }, { ...rules, isSecure });
  if (isRefusal(upgrade)) return undefined;
  const { resourceName, key, origin, protocols } = upgrade;
  const { headers } = request;
  return { resourceName, key, origin, protocols, headers };
}

/** Makes the response that a decision asks for, `undefined` to accept. */
export function toRefusal(decision: RequestDecision): Response | undefined {
  if (decision === undefined || decision === true) return undefined;
  if (decision instanceof Response) return decision;
  const status = decision === false ? 403 : decision;
  return new Response("Refused\n", { status });
}
