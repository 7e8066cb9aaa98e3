/**
 * The masks of RFC 6455 section 5.3, undone and applied 32 bits at a time, and
 * long payloads 512 bits at a time.
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

import { getWideMask, STAGE_SIZE, type WideMask } from "./_wide_mask.ts";

/** From this length on, WebAssembly is quicker, even by way of its stage. */
const WIDE_FROM = 512;

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
 * The ranges may be the same, but not overlap otherwise.
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
  const wide = length < WIDE_FROM ? undefined : getWideMask();
  if (wide === undefined) {
    return copyWords(from, fromStart, to, toStart, length, key);
  }
  // The last bytes wait, so that none is looked at which is not meant.
  const whole = length & -64;
  const seen = copyWide(
    wide,
    bytesOf(from, fromStart, whole),
    bytesOf(to, toStart, whole),
    key,
  );
  fromStart += whole;
  toStart += whole;
  return seen | copyWords(from, fromStart, to, toStart, length - whole, key);
}

/**
 * Masks or unmasks bytes where they are.
 *
 * @param view The array that holds the bytes.
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
  copyMasked(view, start, view, start, length, key);
}

/**
 * Masks or unmasks bytes into a new array.
 *
 * @param from The array that holds the bytes.
 * @param start The place of the first one.
 * @param length How many bytes.
 * @param key The key for the first of the bytes; key 0 is a plain copy.
 */
export function toMasked(
  from: DataView,
  start: number,
  length: number,
  key: number,
): Uint8Array<ArrayBuffer> {
  // An array that is made of another one is not filled with zeros first.
  if (key === 0) return new Uint8Array(bytesOf(from, start, length));
  const copy = new Uint8Array(length);
  copyMasked(from, start, new DataView(copy.buffer), 0, length, key);
  return copy;
}

/** Both arrays have the same length, a multiple of 64. */
function copyWide(
  wide: WideMask,
  from: Uint8Array,
  to: Uint8Array,
  key: number,
): number {
  const { stage } = wide;
  const { byteOffset } = stage;
  let seen = 0;
  for (let at = 0; at < from.length; at += STAGE_SIZE) {
    const length = Math.min(STAGE_SIZE, from.length - at);
    stage.set(from.subarray(at, at + length));
    seen |= wide.mask(byteOffset, byteOffset + length, key);
    to.set(stage.subarray(0, length), at);
  }
  return seen === 0 ? 0 : NON_ASCII;
}

function bytesOf(view: DataView, start: number, length: number): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset + start, length);
}

function copyWords(
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
