import { NON_ASCII } from "./_masking.ts";

/** From this length on, runs of ASCII are worth a look at whole words. */
const WORDS_FROM = 16;

/**
 * Checks that bytes are UTF-8 (RFC 3629) while they arrive in pieces, and tells
 * the first byte that cannot be: overlong forms, surrogates and code points
 * above U+10FFFF are found at the byte that gives them away, not at the end of
 * the character.
 *
 * `TextDecoder` could do it too, but builds a string on the way: for 64 KiB this
 * took a quarter of its time on ASCII, and about the same on other scripts; for
 * short texts a third or less.
 */
export class Utf8Validator {
  /** How many continuation bytes the character under way still lacks. */
  #missing = 0;
  /** The range of the next continuation byte. */
  #low = 0x80;
  #high = 0xbf;

  /** Whether the bytes so far end with a whole character. */
  get complete(): boolean {
    return this.#missing === 0;
  }

  /** Forgets the bytes so far. */
  reset(): void {
    this.#missing = 0;
    this.#low = 0x80;
    this.#high = 0xbf;
  }

  /**
   * Takes the next bytes. After a bad byte, use nothing but `reset()`.
   *
   * @param bytes What holds them.
   * @param start The place of the first one.
   * @param end The place after the last one.
   * @returns The place of the first bad byte, or -1.
   */
  push(bytes: Uint8Array, start = 0, end: number = bytes.length): number {
    // Integers of 32 bits for the compiler; see _masking.ts.
    let at = start | 0;
    const stop = end | 0;
    let view: DataView | undefined;
    while (this.#missing > 0 && at < stop) {
      if (!this.#continue(bytes[at])) return at;
      at++;
    }
    // A hot loop: whole characters are checked in one go, and only those that
    // are bad, or that the piece cuts, take the way byte by byte below it.
    while (at < stop) {
      const byte = bytes[at];
      if (byte < 0x80) {
        at++;
        if (stop - at >= WORDS_FROM) {
          view ??= new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
          at = skipAscii(view, at, stop);
        }
        while (at < stop && bytes[at] < 0x80) at++;
        continue;
      }
      const length = wholeCharacter(bytes, at, stop);
      if (length > 0) {
        at += length;
        continue;
      }
      if (!this.#begin(byte)) return at;
      at++;
      while (this.#missing > 0 && at < stop) {
        if (!this.#continue(bytes[at])) return at;
        at++;
      }
    }
    return -1;
  }

  /** Takes the first byte of a character of more than one. */
  #begin(byte: number): boolean {
    if (byte < 0xc2 || byte > 0xf4) return false;
    this.#missing = byte < 0xe0 ? 1 : byte < 0xf0 ? 2 : 3;
    if (byte === 0xe0) this.#low = 0xa0;
    else if (byte === 0xed) this.#high = 0x9f;
    else if (byte === 0xf0) this.#low = 0x90;
    else if (byte === 0xf4) this.#high = 0x8f;
    return true;
  }

  /** Takes a further byte of the character under way. */
  #continue(byte: number): boolean {
    if (byte < this.#low || byte > this.#high) return false;
    this.#low = 0x80;
    this.#high = 0xbf;
    this.#missing--;
    return true;
  }
}

/** The length of the character of several bytes, 0 if it is cut or bad. */
function wholeCharacter(bytes: Uint8Array, at: number, end: number): number {
  const first = bytes[at];
  if (first < 0xe0) {
    const isGood = first >= 0xc2 && at + 1 < end &&
      (bytes[at + 1] & 0xc0) === 0x80;
    return isGood ? 2 : 0;
  }
  if (at + 2 >= end) return 0;
  const second = bytes[at + 1];
  if ((second & 0xc0) !== 0x80 || (bytes[at + 2] & 0xc0) !== 0x80) return 0;
  if (first < 0xf0) {
    const isGood = (first !== 0xe0 || second >= 0xa0) &&
      (first !== 0xed || second < 0xa0);
    return isGood ? 3 : 0;
  }
  const isGood = at + 3 < end && (bytes[at + 3] & 0xc0) === 0x80 &&
    (first !== 0xf0 || second >= 0x90) && (first !== 0xf4 || second < 0x90) &&
    first < 0xf5;
  return isGood ? 4 : 0;
}

/** The place after the words that are all ASCII. */
function skipAscii(view: DataView, start: number, end: number): number {
  let at = start;
  for (; at + 8 <= end; at += 8) {
    const words = view.getInt32(at, true) | view.getInt32(at + 4, true);
    if ((words & NON_ASCII) !== 0) break;
  }
  return at;
}
