/**
 * The masks of RFC 6455 section 5.3, undone and applied 32 bits at a time.
 *
 * A masking key is held as one 32-bit integer, read from the wire in
 * little-endian order, so its lowest byte is for the first byte of the payload.
 * All words go through a `DataView`: it takes any alignment, and measured as
 * fast as an aligned `Uint32Array` of which the ends need extra care.
 *
 * The `| 0` say to the compiler that all numbers here are integers of 32 bits.
 * Without them, one call with a length that had been computed as a float made
 * every later call four to eight times slower.
 *
 * @module
 */

/** The top bit of every byte of a word: set if one of them is not ASCII. */
export const NON_ASCII = 0x80808080 | 0;

/**
 * Turns a key so that it fits the payload from a later byte on.
 *
 * @param key The key for the first byte.
 * @param offset How many bytes of payload lie before the later one.
 */
export function rotateKey(key: number, offset: number): number {
  const bits = (offset & 3) << 3;
  return bits === 0 ? key : (key >>> bits) | (key << (32 - bits));
}

/**
 * Copies bytes and masks or unmasks them on the way; key 0 is a plain copy.
 *
 * The views may cover the same buffer only if the ranges do not overlap.
 *
 * @param from Where the bytes are.
 * @param fromStart Their place in `from`.
 * @param to Where the copy goes.
 * @param toStart Its place in `to`.
 * @param length How many bytes.
 * @param key The key for the first of the bytes.
 * @returns All copied words ORed together, to be tested with {@linkcode NON_ASCII}.
 */
export function copyMasked(
  from: DataView,
  fromStart: number,
  to: DataView,
  toStart: number,
  length: number,
  key: number,
): number {
  const mask = key | 0;
  let seen = 0;
  let at = fromStart | 0;
  let put = toStart | 0;
  const end = at + (length | 0);
  const words = end - 3;
  for (; at < words; at += 4, put += 4) {
    const word = from.getInt32(at, true) ^ mask;
    seen |= word;
    to.setInt32(put, word, true);
  }
  for (let rest = mask; at < end; at++, put++, rest >>>= 8) {
    const byte = (from.getUint8(at) ^ rest) & 0xff;
    seen |= byte;
    to.setUint8(put, byte);
  }
  return seen;
}

/**
 * Masks or unmasks bytes where they are.
 *
 * @param view What holds the bytes.
 * @param start The place of the first one.
 * @param length How many bytes.
 * @param key The key for the first of the bytes.
 */
export function maskInPlace(
  view: DataView,
  start: number,
  length: number,
  key: number,
): void {
  const mask = key | 0;
  let at = start | 0;
  const end = at + (length | 0);
  const words = end - 7;
  for (; at < words; at += 8) {
    view.setInt32(at, view.getInt32(at, true) ^ mask, true);
    view.setInt32(at + 4, view.getInt32(at + 4, true) ^ mask, true);
  }
  let rest = mask;
  for (; at < end; at++) {
    view.setUint8(at, view.getUint8(at) ^ (rest & 0xff));
    rest = (rest >>> 8) | (rest << 24);
  }
}
