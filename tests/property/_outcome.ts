/** How a call has ended. */
export type Outcome = { readonly value: unknown } | { readonly error: unknown };

/** How long a call may take that has to settle at once. */
const PATIENCE = 60_000;

/** Turns the end of a call into something to look at. */
export function outcomeOf(call: Promise<unknown>): Promise<Outcome> {
  return call.then((value) => ({ value }), (error) => ({ error }));
}

/** Waits for what has to come, and fails if it does not. */
export async function within<T>(
  promise: Promise<T>,
): Promise<T> {
  const limit = Promise.withResolvers<never>();
  // Made here, so that it tells who has waited.
  const error = new Error("Nothing comes of a call");
  const timer = setTimeout(() => limit.reject(error), PATIENCE);
  try {
    return await Promise.race([promise, limit.promise]);
  } finally {
    clearTimeout(timer);
  }
}
