/**
 * A request of a {@linkcode ChatClient} was refused, or its outcome is unknown.
 *
 * @example Usage
 * ```ts
 * import { ChatRequestError } from "@vnet/net/chat";
 * import { assertEquals } from "@std/assert";
 *
 * const error = new ChatRequestError("Cannot say it: no such room", {
 *   code: "no-such-room",
 *   subject: "cats",
 * });
 * assertEquals([error.code, error.subject], ["no-such-room", "cats"]);
 * ```
 */
export class ChatRequestError extends Error {
  /** The name of the class. */
  override readonly name: string = "ChatRequestError";
  /**
   * The server's error code; or `"lost"`, if the session ended between the
   * request and its answer, so that it may or may not have been carried out; or
   * `"not-json"` or `"invalid-answer"`, if the server does not speak the protocol.
   */
  readonly code: string;
  /** The nickname, room or member that it is about, if it is about one. */
  readonly subject: string | undefined;

  /**
   * Makes an error.
   *
   * @param message The request and the reason.
   * @param about The code, and the nickname, room or member that it is about.
   */
  constructor(
    message: string,
    about: { readonly code: string; readonly subject?: string | undefined },
  ) {
    super(message);
    this.code = about.code;
    this.subject = about.subject;
  }
}
