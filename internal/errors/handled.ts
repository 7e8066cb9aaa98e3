/**
 * The same promise, whose rejection needs no handler: the error is reported
 * elsewhere too, such as at the end of the connection.
 */
export function handled<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {});
  return promise;
}

/** A rejection that needs no handler. */
export function refused(error: unknown): Promise<never> {
  return handled(Promise.reject(error));
}
