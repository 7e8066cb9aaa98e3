/** The constructors of `Deno.errors`, as far as they are used here. */
type ErrorClass = new (message: string, options?: ErrorOptions) => Error;

/**
 * Says what could not be done when the system refused it: an error of the same
 * class, with the operation and the address before the system's own words, and
 * the original as `cause`. The `code` of the original, such as `"EMFILE"`, is
 * carried over.
 *
 * A failed name look-up, for which the runtime has a bare `Error`, becomes
 * `Deno.errors.NotFound`. What is no failure of the system (a `TypeError`, a
 * `DOMException`, the reason of a signal) is returned as it is.
 *
 * @param what What could not be done, such as `Cannot dial 10.0.0.1:80`.
 * @param error What the runtime threw.
 */
export function systemError(what: string, error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof DOMException) return error;
  const known = isSystemErrorClass(error.constructor);
  if (!known && (error.constructor !== Error || isOwn(error))) return error;
  return likeError(error, `${what}: ${lowerFirst(error.message)}`, error);
}

/** Makes an error of the class and with the `code` of another. */
export function likeError(
  error: Error,
  message: string,
  cause: unknown,
): Error {
  const code = "code" in error ? error.code : undefined;
  const Class = isSystemErrorClass(error.constructor)
    ? error.constructor as ErrorClass
    : isLookupError(error, code)
    ? Deno.errors.NotFound as ErrorClass
    : Error;
  const made = new Class(message, { cause });
  if (code !== undefined) {
    Object.defineProperty(made, "code", { value: code, enumerable: false });
  }
  return made;
}

/** The system's words as they stand behind a colon. */
export function lowerFirst(message: string): string {
  return message.charAt(0).toLowerCase() + message.slice(1);
}

function isSystemErrorClass(constructor: unknown): boolean {
  return Object.values(Deno.errors).some((known) => known === constructor);
}

/** Whether the error says already what could not be done. */
function isOwn(error: Error): boolean {
  return error.message.startsWith("Cannot ");
}

function isLookupError(error: Error, code: unknown): boolean {
  return code === "ENOTFOUND" ||
    error.message.startsWith("failed to lookup address information");
}
