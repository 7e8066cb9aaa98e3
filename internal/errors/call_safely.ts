import { printError } from "./print_error.ts";

/** Calls a function of the program, and passes its errors and rejections on. */
export function callSafely(
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

/**
 * Calls a function of the program whose errors nothing else takes: they are
 * printed.
 *
 * @param name Its name, such as `onError of a listener`.
 */
export function callOrPrint(name: string, call: () => unknown): void {
  callSafely(call, (error) => printError(`Uncaught error in ${name}`, error));
}
