/**
 * The peer broke the WebSocket protocol, or a limit that the protocol lets an
 * endpoint set. The connection then ends with {@linkcode closeCode}.
 *
 * @example Usage
 * ```ts
 * import { ProtocolError } from "@vnet/net/websocket";
 * import { assertEquals } from "@std/assert";
 *
 * const error = new ProtocolError(1002, "A reserved bit is set");
 * assertEquals(error.closeCode, 1002);
 * assertEquals(error.name, "ProtocolError");
 * ```
 */
export class ProtocolError extends Error {
  /** `"ProtocolError"`. */
  override readonly name: string = "ProtocolError";

  /** The code of the close frame that answers the violation. */
  readonly closeCode: number;

  /**
   * Makes an error for one violation.
   *
   * @param closeCode The code that says which rule was broken.
   * @param message The fault of the peer; it also goes out as the close reason.
   * @param options The origin, as `cause`.
   */
  constructor(closeCode: number, message: string, options?: ErrorOptions) {
    super(message, options);
    this.closeCode = closeCode;
  }
}
