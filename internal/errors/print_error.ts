/**
 * Prints an error of a user's handler that no `onError` takes, as `Deno.serve`
 * does: the only case in which the library prints. Not by `reportError`, which
 * ends a Deno process.
 *
 * @param what The failure, such as `Uncaught error in a connection handler`.
 * @param error The error of the handler.
 */
export function printError(what: string, error: unknown): void {
  try {
    console.error(`${what}:`, error);
  } catch {
    // The standard error is a file on a full disk, or closed.
  }
}
