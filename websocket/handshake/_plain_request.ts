import type { HeaderFields } from "../../internal/http/header_fields.ts";
import type { HttpHead, RequestLine } from "../../internal/http/http_head.ts";
import { listIncludes } from "../../internal/http/http_syntax.ts";

/** An HTTP request that does not ask for a WebSocket. */
export interface HttpRequest {
  /** The method, such as `"GET"`. */
  readonly method: string;
  /** The target as it was sent: a path with its query, or a whole URL. */
  readonly target: string;
  /** The path as it was sent, without its query. */
  readonly path: string;
  /** All header fields. */
  readonly headers: Headers;
  /**
   * The address of the client: that of the socket, or the one that
   * `trustedProxies` tell; `undefined` if it has no IP address.
   */
  readonly clientAddress: string | undefined;
}

/** Answers a request that does not ask for a WebSocket. */
export type HttpRequestHandler = (
  request: HttpRequest,
) => Response | Promise<Response>;

/** Whether a request does not ask for a WebSocket. */
export function isPlainRequest({ fields }: HttpHead<RequestLine>): boolean {
  return !listIncludes(fields.get("upgrade"), "websocket");
}

/** Makes the request that a handler gets. */
export function toHttpRequest(
  { start: { method, target }, fields }: HttpHead<RequestLine>,
  clientAddress: string | undefined,
): HttpRequest {
  const path = target.startsWith("/")
    ? pathOf(target)
    : URL.parse(target)?.pathname ?? target;
  return { method, target, path, headers: fields.toHeaders(), clientAddress };
}

/** Whether a request announces a body. */
export function hasBody(fields: HeaderFields): boolean {
  return fields.count("transfer-encoding") > 0 ||
    (fields.get("content-length") ?? "0") !== "0";
}

/** The part of a target that starts with a slash before its query. */
export function pathOf(target: string): string {
  const query = target.indexOf("?");
  return query === -1 ? target : target.slice(0, query);
}
