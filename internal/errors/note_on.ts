/**
 * Notes facts on an error as properties of it, such as how many bytes of a write
 * went out. An error that is no object, or that takes no such property, stays as
 * it is.
 */
export function noteOn(
  error: unknown,
  notes: Readonly<Record<string, unknown>>,
): void {
  if (typeof error !== "object" || error === null) return;
  for (const [name, value] of Object.entries(notes)) {
    Reflect.defineProperty(error, name, {
      value,
      configurable: true,
      enumerable: false,
      writable: true,
    });
  }
}
