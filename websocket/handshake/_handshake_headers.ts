import { typeOf } from "../../internal/check_options.ts";
import { joinValues } from "./_header_fields.ts";
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
  for (const [name, value] of toHeaders(headers)) {
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
 * Makes `Headers` of what the caller gives. `Headers` joins all that are named
 * alike by commas; cookies given apart are joined by semicolons here.
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
 * Checks the subprotocols that a client offers: tokens, each of them once (RFC
 * 6455 section 4.1).
 *
 * @param protocols The names.
 * @throws {TypeError} If it is no list.
 * @throws {SyntaxError} If one is no token or is named twice.
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
 * Checks the subprotocols that a server knows: tokens.
 *
 * @param protocols The names.
 * @throws {TypeError} If it is no list.
 * @throws {SyntaxError} If one is no token.
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
