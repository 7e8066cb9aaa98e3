/** What the answer to a refused or failed handshake held. */
export interface HandshakeErrorOptions extends ErrorOptions {
  /** The HTTP status of the answer, if one was read. */
  status?: number;
  /** The header fields of the answer. */
  headers?: Headers;
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
 * });
 * assertEquals(error.status, 401);
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
   * Makes an error for one failed handshake.
   *
   * @param message What went wrong.
   * @param options What the answer held, and the origin as `cause`.
   */
  constructor(message: string, options: HandshakeErrorOptions = {}) {
    super(message, options);
    this.status = options.status;
    this.headers = options.headers ?? new Headers();
  }
}
