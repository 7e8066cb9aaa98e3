import { acceptKey } from "./_accept_key.ts";
import {
  acceptDeflateOffer,
  type DeflateOptions,
  type DeflateParams,
} from "../deflate/_deflate_negotiation.ts";
import { formatExtensions } from "./_extensions.ts";
import { formatHeaders } from "./_handshake_headers.ts";
import { encodeLatin1 } from "./_http_syntax.ts";
import type { UpgradeRequest } from "./_upgrade_request.ts";

/** What a server answers a good request with. */
export interface AcceptOptions {
  /** The subprotocols that are served; the client's order decides. */
  readonly protocols?: readonly string[] | undefined;
  /** How to use permessage-deflate; not at all if it is missing. */
  readonly deflate?: DeflateOptions | undefined;
  /** Further header fields of the answer. */
  readonly headers?: HeadersInit | undefined;
}

/** A handshake that the server has accepted. */
export interface AcceptedUpgrade {
  /** The answer, after which frames follow. */
  readonly response: Uint8Array<ArrayBuffer>;
  /** The subprotocol, empty if there is none. */
  readonly protocol: string;
  /** `Sec-WebSocket-Extensions` of the answer, empty if there are none. */
  readonly extensions: string;
  /** What is agreed on, if messages may be compressed. */
  readonly deflate: DeflateParams | undefined;
}

/** Why a request is refused, and with what answer. */
export interface Refusal {
  /** The status of the answer, 200 to 599. */
  readonly status: number;
  /** What is wrong. */
  readonly reason: string;
  /** Further header fields of the answer. */
  readonly headers?: HeadersInit | undefined;
  /** The body of the answer; the reason in plain text if it is missing. */
  readonly body?: Uint8Array | undefined;
  /** Whether the body is not sent, but its length told. */
  readonly isHead?: boolean | undefined;
}

const RESERVED = [
  "connection",
  "content-length",
  "sec-websocket-accept",
  "sec-websocket-extensions",
  "sec-websocket-protocol",
  "transfer-encoding",
  "upgrade",
];

/**
 * Checks further header fields of a 101.
 *
 * @param headers The fields.
 * @throws {TypeError} If one can't be sent, or the handshake sets it itself.
 */
export function checkResponseHeaders(headers: unknown): void {
  formatHeaders(headers as HeadersInit, RESERVED);
}

/**
 * Checks a status that refuses a client.
 *
 * @throws {RangeError} If it is not a final one.
 */
export function checkStatus(status: number): void {
  if (Number.isInteger(status) && status >= 200 && status <= 599) return;
  throw new RangeError(
    `Cannot refuse with status ${status}: expected 200 to 599`,
  );
}

const STATUS_TEXT: ReadonlyMap<number, string> = new Map([
  [200, "OK"],
  [204, "No Content"],
  [301, "Moved Permanently"],
  [302, "Found"],
  [304, "Not Modified"],
  [307, "Temporary Redirect"],
  [308, "Permanent Redirect"],
  [400, "Bad Request"],
  [401, "Unauthorized"],
  [403, "Forbidden"],
  [404, "Not Found"],
  [405, "Method Not Allowed"],
  [408, "Request Timeout"],
  [413, "Content Too Large"],
  [421, "Misdirected Request"],
  [426, "Upgrade Required"],
  [429, "Too Many Requests"],
  [431, "Request Header Fields Too Large"],
  [500, "Internal Server Error"],
  [503, "Service Unavailable"],
  [505, "HTTP Version Not Supported"],
]);

/**
 * Answers a request with 101, and chooses a subprotocol and extensions.
 *
 * @param request The request.
 * @param options What is served.
 * @throws {TypeError} If a header field can't be sent.
 */
export function acceptUpgrade(
  request: UpgradeRequest,
  options: AcceptOptions = {},
): AcceptedUpgrade {
  const further = formatHeaders(options.headers, RESERVED);
  const protocol = selectProtocol(request.protocols, options.protocols ?? []);
  const deflate = options.deflate &&
    acceptDeflateOffer(request.extensions, options.deflate);
  const extensions = deflate ? formatExtensions([deflate.answer]) : "";
  let head = "HTTP/1.1 101 Switching Protocols\r\n" +
    "Upgrade: websocket\r\n" +
    "Connection: Upgrade\r\n" +
    `Sec-WebSocket-Accept: ${acceptKey(request.key)}\r\n`;
  if (protocol !== "") head += `Sec-WebSocket-Protocol: ${protocol}\r\n`;
  if (extensions !== "") head += `Sec-WebSocket-Extensions: ${extensions}\r\n`;
  const response = encodeLatin1(`${head}${further}\r\n`);
  return { response, protocol, extensions, deflate: deflate?.params };
}

/**
 * Makes the whole response to a refused request, after which the connection is
 * to be closed. Nothing of the request is repeated in it.
 *
 * @param refusal Why it is refused.
 * @throws {RangeError} If the status is not a final one.
 * @throws {TypeError} If a header field can't be sent.
 */
export function formatRefusal(refusal: Refusal): Uint8Array<ArrayBuffer> {
  const { status, reason } = refusal;
  checkStatus(status);
  const body = refusal.body ?? new TextEncoder().encode(`${reason}\n`);
  const headers = new Headers(refusal.headers);
  const isEmpty = status === 204 || status === 304;
  if (!headers.has("content-type") && !isEmpty) {
    headers.set("content-type", "text/plain; charset=utf-8");
  }
  let head = `HTTP/1.1 ${status} ${STATUS_TEXT.get(status) ?? ""}\r\n` +
    formatHeaders(headers, RESERVED) +
    (isEmpty ? "" : `content-length: ${body.length}\r\n`);
  // Who is told to upgrade is told to what (RFC 9110 section 15.5.22).
  head += status === 426
    ? "connection: upgrade, close\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n"
    : "connection: close\r\n";
  const start = encodeLatin1(`${head}\r\n`);
  if (isEmpty || refusal.isHead) return start;
  const response = new Uint8Array(start.length + body.length);
  response.set(start);
  response.set(body, start.length);
  return response;
}

/** The first of the client's subprotocols that is served, or an empty string. */
export function selectProtocol(
  offered: readonly string[],
  served: readonly string[],
): string {
  return offered.find((protocol) => served.includes(protocol)) ?? "";
}
