/** Errors by which an operation has ended as it may. */
const EXPECTED = new WeakSet<Error>();

/**
 * Marks an error that rejects a call but is no fault, such as that of
 * a handshake after a health check has come and gone: no server reports it, and
 * nobody prints it.
 *
 * @returns The same error.
 */
export function expectEnd<E>(error: E): E {
  if (error instanceof Error) EXPECTED.add(error);
  return error;
}

/** Whether it was the peer that has ended a connection. */
export function isPeerEnd(error: unknown): boolean {
  return error instanceof Deno.errors.UnexpectedEof ||
    error instanceof Deno.errors.ConnectionReset ||
    error instanceof Deno.errors.BrokenPipe;
}

/** Whether an error is one that {@linkcode expectEnd} has marked. */
export function isExpectedEnd(error: unknown): boolean {
  return error instanceof Error && EXPECTED.has(error);
}
