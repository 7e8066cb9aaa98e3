import { concatBytes } from "../../internal/bytes/concat_bytes.ts";
import { formatHeaders, RESPONSE_RESERVED } from "./_handshake_headers.ts";
import { encodeLatin1 } from "../../internal/http/http_syntax.ts";

/** A final response, which ends the handshake without a WebSocket. */
export interface Refusal {
  /** The status, 200 to 599. */
  readonly status: number;
  /** Why the request is refused. */
  readonly reason: string;
  /** Further header fields. */
  readonly headers?: HeadersInit | undefined;
  /** The body; the reason in plain text if it is missing. */
  readonly body?: Uint8Array | undefined;
  /** Whether to leave the body out and send its length alone. */
  readonly isHead?: boolean | undefined;
}

/** The content type of a reason. */
export const PLAIN_TEXT = "text/plain; charset=utf-8";

/** A 426 names the protocol to upgrade to (RFC 9110 section 15.5.22). */
export const UPGRADE_FIELDS: ReadonlyArray<readonly [string, string]> = [
  ["upgrade", "websocket"],
  ["sec-websocket-version", "13"],
];

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
 * Checks the status of a refusal.
 *
 * @throws {RangeError} If it is not the status of a final response.
 */
export function checkStatus(status: number): void {
  if (Number.isInteger(status) && status >= 200 && status <= 599) return;
  throw new RangeError(
    `Cannot refuse with status ${status}: expected 200 to 599`,
  );
}

/** Whether a response with this status has no body (RFC 9110 section 15). */
export function isBodiless(status: number): boolean {
  return status === 204 || status === 205 || status === 304;
}

/**
 * Formats a whole response, after which the connection is to be closed. It
 * repeats nothing of the request.
 *
 * @param refusal The response.
 * @throws {RangeError} If the status is not the status of a final response.
 * @throws {TypeError} If a header field can't be sent.
 */
export function formatRefusal(refusal: Refusal): Uint8Array<ArrayBuffer> {
  const { status, reason } = refusal;
  checkStatus(status);
  const body = refusal.body ?? new TextEncoder().encode(`${reason}\n`);
  const headers = new Headers(refusal.headers);
  const isEmpty = isBodiless(status);
  if (!headers.has("content-type") && !isEmpty) {
    headers.set("content-type", PLAIN_TEXT);
  }
  let head = `HTTP/1.1 ${status} ${STATUS_TEXT.get(status) ?? ""}\r\n` +
    formatHeaders(headers, RESPONSE_RESERVED) +
    (isEmpty ? "" : `content-length: ${body.length}\r\n`);
  if (status === 426) {
    head += "connection: upgrade, close\r\n";
    for (const [name, value] of UPGRADE_FIELDS) head += `${name}: ${value}\r\n`;
  } else head += "connection: close\r\n";
  const start = encodeLatin1(`${head}\r\n`);
  if (isEmpty || refusal.isHead) return start;
  return concatBytes([start, body]);
}
