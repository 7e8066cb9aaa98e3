/**
 * Calls a function if a signal is aborted before the result is disposed of. For
 * one that is aborted already it calls nothing.
 */
export function onAbort(
  signal: AbortSignal | undefined,
  call: () => void,
): Disposable {
  signal?.addEventListener("abort", call);
  return {
    [Symbol.dispose]: () => signal?.removeEventListener("abort", call),
  };
}
