import { printError } from "../../internal/errors/print_error.ts";

/**
 * Passes an error on to the program, or prints it where there is no `onError`;
 * one of `onError` itself is printed.
 *
 * @param what The place where the error was, for the text that is printed.
 */
export function reportTo(
  onError: ((error: unknown) => unknown) | undefined,
  what: string,
  error: unknown,
): void {
  if (onError === undefined) return printError(what, error);
  const printLast = (last: unknown) =>
    printError("Uncaught error in onError", last);
  try {
    const result = onError(error);
    if (result instanceof Promise) result.catch(printLast);
  } catch (last) {
    printLast(last);
  }
}
