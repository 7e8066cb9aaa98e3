import { NON_ASCII } from "./_masking.ts";

/** From this length on, runs of ASCII are worth a look at whole words. */
const WORDS_FROM = 16;

/**
 * Checks that bytes are UTF-8 (RFC 3629) while they arrive in pieces, and tells
 * the first byte that cannot be: overlong forms, surrogates and code points
 * above U+10FFFF are found at the byte that gives them away, not at the end of
 * the character.
 *
 * `TextDecoder` could do it too, but builds a string on the way, which takes ten
 * times as long for 64 KiB of ASCII and for short texts.
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
   * @param bytes The array that holds them.
   * @param start The place of the first one.
   * @param end The place after the last one.
   * @returns The place of the first bad byte, or -1.
   */
  push(bytes: Uint8Array, start = 0, end: number = bytes.length): number {
    // Integers of 32 bits for the compiler; see _masking.ts.
    const stop = end | 0;
    let view: DataView | undefined;
    for (let at = start | 0; at < stop; at++) {
      const byte = bytes[at];
      if (this.#missing > 0) {
        if (!this.#continue(byte)) return at;
      } else if (byte >= 0x80) {
        if (!this.#begin(byte)) return at;
      } else if (stop - at > WORDS_FROM) {
        view ??= new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
        at = skipAscii(view, at + 1, stop) - 1;
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

/** The place after the words that are all ASCII. */
function skipAscii(view: DataView, start: number, end: number): number {
  let at = start;
  for (; at + 8 <= end; at += 8) {
    const words = view.getInt32(at, true) | view.getInt32(at + 4, true);
    if ((words & NON_ASCII) !== 0) break;
  }
  return at;
}
