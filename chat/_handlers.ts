import { callOrPrint } from "../internal/errors/call_safely.ts";

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
  callOrPrint(name, () => handler(value));
}
