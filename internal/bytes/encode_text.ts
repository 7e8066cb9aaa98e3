const ENCODER = new TextEncoder();
const SLAB_SIZE = 16 * 1024;
/** The largest piece that is cut from a slab. */
const MAX_SIZE = 4 * 1024;

let slab = new Uint8Array(0);
let used = 0;

/**
 * Encodes a text as UTF-8; a lone surrogate becomes U+FFFD.
 *
 * It is for use inside the package, and not to be changed or transferred: short
 * texts share memory, as an `ArrayBuffer` for each costs three times as much as
 * the encoding.
 */
export function encodeText(text: string): Uint8Array<ArrayBuffer> {
  const most = text.length * 3;
  if (most > MAX_SIZE) return ENCODER.encode(text);
  if (slab.length - used < most) {
    slab = new Uint8Array(SLAB_SIZE);
    used = 0;
  }
  const start = used;
  used += ENCODER.encodeInto(text, slab.subarray(start)).written;
  return slab.subarray(start, used);
}
