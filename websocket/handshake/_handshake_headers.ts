import { typeOf } from "../../internal/check_options.ts";
import { joinValues } from "../../internal/http/header_fields.ts";
import { isFieldValue, isToken } from "../../internal/http/http_syntax.ts";

/** The fields that the handshake sets itself on both sides. */
const RESERVED = [
  "connection",
  "content-length",
  "sec-websocket-extensions",
  "sec-websocket-protocol",
  "transfer-encoding",
  "upgrade",
];

/** The fields of a request that the handshake sets itself. */
export const REQUEST_RESERVED: readonly string[] = [
  ...RESERVED,
  "sec-websocket-key",
  "sec-websocket-version",
];

/** The fields of a response that the handshake sets itself. */
export const RESPONSE_RESERVED: readonly string[] = [
  ...RESERVED,
  "sec-websocket-accept",
];

/**
 * Checks the caller's header fields of a request.
 *
 * @throws {TypeError} If one can't be sent, or the handshake sets it itself.
 */
export function checkRequestHeaders(headers: unknown): void {
  formatHeaders(headers as HeadersInit, REQUEST_RESERVED);
}

/**
 * Checks the caller's header fields of a 101.
 *
 * @throws {TypeError} If one can't be sent, or the handshake sets it itself.
 */
export function checkResponseHeaders(headers: unknown): void {
  formatHeaders(headers as HeadersInit, RESPONSE_RESERVED);
}

/**
 * Formats the caller's header fields as lines of a head.
 *
 * @param headers The fields.
 * @param reserved The names that the handshake sets itself, in lower case.
 * @throws {TypeError} If a name or value is malformed, or a name is reserved.
 */
export function formatHeaders(
  headers: HeadersInit | undefined,
  reserved: readonly string[],
): string {
  if (headers === undefined) return "";
  let lines = "";
  for (const [name, value] of toHeaders(headers)) {
    if (reserved.includes(name)) {
      throw new TypeError(
        `Cannot set header "${name}": the handshake sets it itself`,
      );
    }
    // `Headers` accepts control characters.
    if (!isToken(name) || !isFieldValue(value)) {
      throw new TypeError(
        `Cannot set header "${name}": its value has control characters`,
      );
    }
    lines += `${name}: ${value}\r\n`;
  }
  return lines;
}

/**
 * Makes `Headers` of the caller's fields. `Headers` joins fields of one name by
 * commas; separate `cookie` fields are joined by semicolons here.
 */
export function toHeaders(init: HeadersInit | undefined): Headers {
  if (!Array.isArray(init)) return new Headers(init);
  const headers = new Headers(init);
  const cookies = init.filter(([name]) => name.toLowerCase() === "cookie");
  if (cookies.length > 1) {
    const values = cookies.map(([, value]) => value.trim());
    headers.set("cookie", joinValues("cookie", values));
  }
  return headers;
}

/**
 * Checks the subprotocols that a client offers: tokens, each once (RFC 6455
 * section 4.1).
 *
 * @throws {TypeError} If they are not a list.
 * @throws {SyntaxError} If one is not a token or occurs twice.
 */
export function checkProtocols(protocols: unknown): void {
  const seen = new Set<string>();
  for (const protocol of checkServedProtocols(protocols)) {
    if (seen.has(protocol)) {
      throw new SyntaxError(
        `Cannot use subprotocol "${protocol}" twice: expected each name once`,
      );
    }
    seen.add(protocol);
  }
}

/**
 * Checks the subprotocols that a server supports: tokens.
 *
 * @throws {TypeError} If they are not a list.
 * @throws {SyntaxError} If one is not a token.
 */
export function checkServedProtocols(protocols: unknown): readonly string[] {
  if (!Array.isArray(protocols)) {
    throw new TypeError(
      `Cannot use protocols of type ${
        typeOf(protocols)
      }: expected a list of names`,
    );
  }
  for (const protocol of protocols) {
    if (typeof protocol === "string" && isToken(protocol)) continue;
    throw new SyntaxError(
      `Cannot use subprotocol "${protocol}": expected letters, digits and marks without blanks or separators`,
    );
  }
  return protocols;
}
