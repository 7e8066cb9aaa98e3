/** Up to this length a loop beats the call of `set` with its subarray. */
const LOOP_LENGTH = 64;

/**
 * Copies `length` bytes of `source` from `start` on to `target` at `offset`.
 * The caller has checked that they fit.
 */
export function copyBytes(
  source: Uint8Array,
  start: number,
  length: number,
  target: Uint8Array,
  offset: number,
): void {
  if (length === source.length) {
    target.set(source, offset);
    return;
  }
  if (length > LOOP_LENGTH) {
    target.set(source.subarray(start, start + length), offset);
    return;
  }
  for (let index = 0; index < length; index++) {
    target[offset + index] = source[start + index] as number;
  }
}
