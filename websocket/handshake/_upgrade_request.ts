import { isKey } from "./_accept_key.ts";
import { type HostOptions, refuseHost } from "./_allowed_hosts.ts";
import { type Extension, parseExtensions } from "./_extensions.ts";
import type { HeaderFields } from "../../internal/http/header_fields.ts";
import type { HttpHead, RequestLine } from "../../internal/http/http_head.ts";
import {
  isToken,
  listIncludes,
  splitList,
} from "../../internal/http/http_syntax.ts";
import { type AllowedOrigins, isAllowedOrigin } from "./_origin.ts";
import { hasBody, pathOf } from "./_plain_request.ts";
import type { Refusal } from "./_refusal.ts";
import { isRoute } from "./_route.ts";

/** The rules of a server for requests. */
export interface UpgradeOptions extends HostOptions {
  /** The only path that is served, without query; by default all are. */
  readonly route?: string | undefined;
  /** Further origins whose pages may connect. */
  readonly allowedOrigins?: AllowedOrigins | undefined;
  /** Why a page of another origin is refused. */
  readonly originReason?: string | undefined;
}

/** A valid request for a WebSocket (RFC 6455 section 4.2.1). */
export interface UpgradeRequest {
  /** The path with its query, as it was sent. */
  readonly resourceName: string;
  /** The path without its query. */
  readonly path: string;
  /** The host that it names, or that a trusted proxy tells. */
  readonly host: string;
  /** The page's origin, `undefined` if none was sent. */
  readonly origin: string | undefined;
  /** `Sec-WebSocket-Key`. */
  readonly key: string;
  /** The offered subprotocols, in the client's order. */
  readonly protocols: readonly string[];
  /** The offered extensions, none if the field is malformed. */
  readonly extensions: readonly Extension[];
  /** All header fields. */
  readonly fields: HeaderFields;
}

type Target = Pick<UpgradeRequest, "resourceName" | "path" | "host">;

/**
 * Checks a request for a WebSocket by RFC 6455 section 4.2.1 and the rules of the
 * server.
 *
 * @param head The head of the request.
 * @param options The rules.
 * @returns The request, or why it is refused.
 */
export function readUpgradeRequest(
  head: HttpHead<RequestLine>,
  options: UpgradeOptions,
): UpgradeRequest | Refusal {
  const { start, fields } = head;
  if (start.method !== "GET") return bad("Expected the method GET");
  if (start.minorVersion < 1) return bad("Expected HTTP/1.1");
  if (hasBody(fields)) return bad("Expected a request without a body");
  const target = readTarget(start.target, fields, options.host);
  if (target === undefined) return bad("Malformed target or Host");
  const wrongHost = refuseHost(head, options);
  if (wrongHost !== undefined) return wrongHost;
  if (options.route !== undefined && !isRoute(target.path, options.route)) {
    return { status: 404, reason: "No WebSocket is served here" };
  }
  const refusal = checkUpgrade(fields);
  if (refusal !== undefined) return refusal;
  const key = readKey(fields);
  if (key === undefined) return bad("Missing or malformed Sec-WebSocket-Key");
  const protocols = readProtocols(fields);
  if (protocols === undefined) return bad("Malformed Sec-WebSocket-Protocol");
  const origin = fields.get("origin");
  const { isSecure, allowedOrigins, originReason } = options;
  const place = { host: target.host, isSecure };
  if (!isAllowedOrigin(origin, place, allowedOrigins)) {
    return { status: 403, reason: originReason ?? "Origin not allowed" };
  }
  const offers = fields.get("sec-websocket-extensions") ?? "";
  const extensions = parseExtensions(offers) ?? [];
  return { ...target, origin, key, protocols, extensions, fields };
}

/** Tells a refusal from a request. */
export function isRefusal(
  outcome: UpgradeRequest | Refusal,
): outcome is Refusal {
  return "status" in outcome;
}

function bad(reason: string): Refusal {
  return { status: 400, reason };
}

/** Reads the target, a path or a whole URL as proxies send it, and the host. */
function readTarget(
  target: string,
  fields: HeaderFields,
  forwarded: string | undefined,
): Target | undefined {
  const named = fields.single("host");
  if (named === undefined || !isHost(named) || target.includes("#")) {
    return undefined;
  }
  const host = forwarded ?? named;
  if (!isHost(host)) return undefined;
  if (target.startsWith("/")) {
    return { resourceName: target, path: pathOf(target), host };
  }
  if (!/^(?:http|ws)s?:\/\//i.test(target)) return undefined;
  const url = URL.parse(target);
  if (url === null) return undefined;
  const { pathname: path, search } = url;
  return { resourceName: path + search, path, host: forwarded ?? url.host };
}

function isHost(host: string): boolean {
  return /^[^\s\/\\?#@]+$/.test(host) && URL.canParse(`http://${host}`);
}

function checkUpgrade(fields: HeaderFields): Refusal | undefined {
  const upgrade = fields.get("upgrade");
  if (!listIncludes(upgrade, "websocket")) {
    return upgrade !== undefined && splitList(upgrade).length === 0
      ? bad("Malformed Upgrade")
      : { status: 426, reason: "Expected a WebSocket" };
  }
  if (!listIncludes(fields.get("connection"), "upgrade")) {
    return bad("Expected Connection: Upgrade");
  }
  if (fields.single("sec-websocket-version") !== "13") {
    return { status: 426, reason: "Expected Sec-WebSocket-Version: 13" };
  }
  return undefined;
}

/** The key; `undefined` if it is missing or malformed. */
export function readKey(fields: HeaderFields): string | undefined {
  const key = fields.single("sec-websocket-key");
  return key !== undefined && isKey(key) ? key : undefined;
}

/** The offered subprotocols; `undefined` unless they are tokens, each once. */
export function readProtocols(fields: HeaderFields): string[] | undefined {
  const list = fields.get("sec-websocket-protocol");
  if (list === undefined) return [];
  const protocols = splitList(list);
  const isGood = protocols.length > 0 && protocols.every(isToken) &&
    new Set(protocols).size === protocols.length;
  return isGood ? protocols : undefined;
}
