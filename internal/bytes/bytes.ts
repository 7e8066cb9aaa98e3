/**
 * Whether a value is a `Uint8Array`, one of another realm (a frame, a `node:vm`
 * context) included: `instanceof` does not know those.
 */
export function isBytes(value: unknown): value is Uint8Array {
  return value instanceof Uint8Array ||
    ArrayBuffer.isView(value) && tagOf(value) === "Uint8Array";
}

/**
 * Whether the memory of a view has been transferred away. Such a view has length
 * 0, and would pass for an empty one.
 */
export function isDetached(view: ArrayBufferView): boolean {
  // First the length: V8 moves a small array off its heap to show the buffer.
  if (view.byteLength > 0) return false;
  // Not by `instanceof`, which does not know the memory of another realm.
  const { detached } = view.buffer as { readonly detached?: boolean };
  return detached === true;
}

/**
 * Makes the error for a value that has no bytes to use.
 *
 * @param action The verb for the error, such as `write`.
 */
export function notBytes(action: string, value: unknown): TypeError {
  if (isBytes(value)) {
    return new TypeError(
      `Cannot ${action} a Uint8Array without memory: its buffer was transferred`,
    );
  }
  const type = value === null ? "null" : typeof value;
  return new TypeError(
    `Cannot ${action} a value of type ${type}: expected a Uint8Array`,
  );
}

/**
 * Returns why a value can't be used as bytes, or `undefined`.
 *
 * @param action The verb for the error, such as `write`.
 */
export function checkBytes(
  action: string,
  value: unknown,
): TypeError | undefined {
  const isGood = isBytes(value) && !isDetached(value);
  return isGood ? undefined : notBytes(action, value);
}

/** The name of the type of a view, which does not depend on its realm. */
function tagOf(view: ArrayBufferView): string | undefined {
  return (view as { [Symbol.toStringTag]?: string })[Symbol.toStringTag];
}
