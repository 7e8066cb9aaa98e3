import { printError } from "../internal/errors/print_error.ts";

/**
 * Calls a handler of the program. If it throws or rejects, the error is printed.
 *
 * @param name The name of the handler, such as `onEvent of serveChat()`.
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

/** Calls a function of the program, and passes on what it throws or rejects with. */
export function attempt(
  call: () => unknown,
  onFault: (error: unknown) => void,
): void {
  try {
    const result = call();
    // An async function is assignable to a type that returns void.
    if (result instanceof Promise) result.catch(onFault);
  } catch (error) {
    onFault(error);
  }
}
