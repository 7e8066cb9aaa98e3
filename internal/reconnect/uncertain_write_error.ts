/**
 * Tells that a connection was lost while a message or line was on its way: bytes
 * of it were given to the system, or may have been, so that nobody here can tell
 * whether it has arrived. It is not sent again. The `cause` is the end of the
 * connection.
 *
 * @example Usage
 * ```ts
 * import { UncertainWriteError } from "@vnet/net/tcp";
 * import { assertEquals } from "@std/assert";
 *
 * const cause = new Deno.errors.ConnectionReset("Reset");
 * const error = new UncertainWriteError("Cannot tell", { cause });
 * assertEquals(error.name, "UncertainWriteError");
 * assertEquals(error.cause, cause);
 * ```
 */
export class UncertainWriteError extends Error {
  /** The name of the class. */
  override readonly name: string = "UncertainWriteError";
}
