/**
 * Whether a value is a `Uint8Array`, one of another realm (a frame, a `node:vm`
 * context) included: `instanceof` does not know those.
 */
export function isBytes(value: unknown): value is Uint8Array {
  return value instanceof Uint8Array ||
    ArrayBuffer.isView(value) && tagOf(value) === "Uint8Array";
}

/** Throws if its view has no memory; it knows the views of other realms. */
const { keys: assertMemory } = Uint8Array.prototype;

/**
 * Whether the memory of a view has been transferred away, or shrunk until the
 * view was out of it. Such a view has length 0, and would pass for an empty one.
 */
export function isDetached(view: Uint8Array): boolean {
  if (view.byteLength > 0) return false;
  try {
    assertMemory.call(view);
    return false;
  } catch {
    return true;
  }
}

/**
 * Makes the error for a value that has no bytes to use.
 *
 * @param action The verb for the error, such as `write`.
 */
export function notBytes(action: string, value: unknown): TypeError {
  if (isBytes(value)) {
    return new TypeError(
      `Cannot ${action} a Uint8Array without memory: its buffer was transferred or resized`,
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
