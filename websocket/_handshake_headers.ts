import { isFieldValue, isToken } from "./_http_syntax.ts";

/**
 * Turns further header fields into lines of a head.
 *
 * @param headers What the caller gives.
 * @param reserved The names the handshake writes itself, in lower case.
 * @throws {TypeError} If a name or value is malformed, or a name is reserved.
 */
export function formatHeaders(
  headers: HeadersInit | undefined,
  reserved: readonly string[],
): string {
  if (headers === undefined) return "";
  let lines = "";
  for (const [name, value] of new Headers(headers)) {
    if (reserved.includes(name)) {
      throw new TypeError(
        `Cannot set header "${name}": the handshake sets it itself`,
      );
    }
    // `Headers` lets control characters pass.
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
 * Checks subprotocols: tokens, each of them once (RFC 6455 section 4.1).
 *
 * @param protocols The names.
 * @throws {SyntaxError} If one is no token or is named twice.
 */
export function checkProtocols(protocols: readonly string[]): void {
  const seen = new Set<string>();
  for (const protocol of protocols) {
    if (typeof protocol !== "string" || !isToken(protocol)) {
      throw new SyntaxError(
        `Cannot use subprotocol "${protocol}": expected letters, digits and marks without blanks or separators`,
      );
    }
    if (seen.has(protocol)) {
      throw new SyntaxError(
        `Cannot use subprotocol "${protocol}" twice: expected each name once`,
      );
    }
    seen.add(protocol);
  }
}
