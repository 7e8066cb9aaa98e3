/** Options for {@linkcode HandshakeError}. */
export interface HandshakeErrorOptions extends ErrorOptions {
  /** The HTTP status of the answer, if one was read. */
  status?: number;
  /** The header fields of the answer. */
  headers?: Headers;
  /** The body of the answer. */
  body?: string | undefined;
}

/**
 * The opening handshake ended without a WebSocket: the server answered with
 * another status than 101, or with a 101 that breaks RFC 6455 section 4.1.
 *
 * @example Usage
 * ```ts
 * import { HandshakeError } from "@vnet/net/websocket";
 * import { assertEquals } from "@std/assert";
 *
 * const error = new HandshakeError("The server answered 401", {
 *   status: 401,
 *   headers: new Headers({ "www-authenticate": "Basic" }),
 *   body: "The token has expired",
 * });
 * assertEquals(error.status, 401);
 * assertEquals(error.body, "The token has expired");
 * assertEquals(error.headers.get("www-authenticate"), "Basic");
 * ```
 */
export class HandshakeError extends Error {
  /** `"HandshakeError"`. */
  override readonly name: string = "HandshakeError";

  /** The HTTP status of the answer, or `undefined` if there was none. */
  readonly status: number | undefined;

  /** The header fields of the answer, none if there was no answer. */
  readonly headers: Headers;

  /**
   * The body of the answer as UTF-8, in which a server or a proxy may say why it
   * refuses. It is set on clients only, and has the bytes that came within 2
   * seconds (250 ms if the answer has no length), 16 KiB at most; `undefined` if
   * there was none, if it was compressed, or if the answer was a 101.
   */
  readonly body: string | undefined;

  /**
   * Makes the error of a failed handshake.
   *
   * @param message The message.
   * @param options The contents of the answer, and the origin as `cause`.
   */
  constructor(message: string, options: HandshakeErrorOptions = {}) {
    super(message, options);
    this.status = options.status;
    this.headers = options.headers ?? new Headers();
    this.body = options.body;
  }
}
