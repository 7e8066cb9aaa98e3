/**
 * Notes on the error of a write how many of its bytes went out, as the property
 * `bytesWritten`. An error that is no object, or that takes no such property, stays as it is.
 */
export function noteBytesWritten(error: unknown, bytesWritten: number): void {
  if (typeof error !== "object" || error === null) return;
  Reflect.defineProperty(error, "bytesWritten", {
    value: bytesWritten,
    configurable: true,
    enumerable: false,
    writable: true,
  });
}
