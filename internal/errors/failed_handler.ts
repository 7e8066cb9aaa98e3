/** Errors of handlers of the program, with the name of each handler. */
const HANDLERS = new WeakMap<Error, string>();

/**
 * Marks an error as that of a handler of the program, for those that report it.
 *
 * @param error Its error, or one that has it as the cause.
 * @param name The handler, such as `certificate`.
 * @returns The same error.
 */
export function blameHandler<E extends Error>(error: E, name: string): E {
  HANDLERS.set(error, name);
  return error;
}

/**
 * The handler whose error is the origin of another error, `undefined` if it is
 * none's.
 */
export function failedHandler(error: unknown): string | undefined {
  const seen = new Set<Error>();
  for (
    let origin = error;
    origin instanceof Error && !seen.has(origin);
    origin = origin.cause
  ) {
    const name = HANDLERS.get(origin);
    if (name !== undefined) return name;
    seen.add(origin);
  }
  return undefined;
}
