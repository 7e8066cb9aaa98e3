import { printError } from "../internal/errors/print_error.ts";

/**
 * Calls a handler of the program. If it fails, at once or later, that is printed,
 * and harms nothing here.
 *
 * @param name What it is called, such as `onEvent of a chat server`.
 */
export function callHandler<T>(
  name: string,
  handler: (value: T) => unknown,
  value: T,
): void {
  attempt(
    () => handler(value),
    (error) => printError(`Uncaught error in ${name}`, error),
  );
}

/** Calls the program, and tells of its failure, at once or later. */
export function attempt(
  call: () => unknown,
  onFault: (error: unknown) => void,
): void {
  try {
    const result = call();
    // Its type may say that it returns nothing, but an async function fits that.
    if (result instanceof Promise) result.catch(onFault);
  } catch (error) {
    onFault(error);
  }
}
