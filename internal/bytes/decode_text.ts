/**
 * Bytes to strings, on the ways that are the quickest in Deno:
 *
 * - A call of `TextDecoder` costs 110 ns before it has looked at a byte. Most
 *   texts are short and ASCII; those are put together here.
 * - With `fatal`, it takes three to ten times as long as without. A text is
 *   decoded without, and only one that has U+FFFD in it is looked at again, as
 *   it may have been sent so. That one takes longer, and so does a text that is
 *   bad from its first byte on.
 *
 * A byte order mark at the start is part of the text: it is kept.
 *
 * @module
 */

import { decodeLatin1 } from "./latin1.ts";

/** Up to this length a string is put together here. */
const SHORT = 64;
/** Stands for bytes that are not UTF-8. */
const REPLACEMENT = "\ufffd";

const LOSSY = new TextDecoder("utf-8", { ignoreBOM: true });
const STRICT = new TextDecoder("utf-8", { ignoreBOM: true, fatal: true });

/**
 * Turns bytes that are known to be ASCII into a string.
 *
 * @param bytes The array that holds them.
 * @param start The place of the first one.
 * @param end The place after the last one.
 */
export function decodeAscii(
  bytes: Uint8Array,
  start: number,
  end: number,
): string {
  return end - start <= SHORT
    ? decodeLatin1(bytes, start, end)
    : LOSSY.decode(bytes.subarray(start, end));
}

/** Turns bytes into a string, with U+FFFD for bytes that are not UTF-8. */
export function decodeLossy(
  bytes: Uint8Array,
  start: number,
  end: number,
): string {
  return end - start <= SHORT && isAscii(bytes, start, end)
    ? decodeLatin1(bytes, start, end)
    : LOSSY.decode(bytes.subarray(start, end));
}

/** Turns bytes into a string, `undefined` if they are not UTF-8. */
export function decodeStrict(
  bytes: Uint8Array,
  start: number,
  end: number,
): string | undefined {
  const text = decodeLossy(bytes, start, end);
  if (!text.includes(REPLACEMENT)) return text;
  try {
    return STRICT.decode(bytes.subarray(start, end));
  } catch {
    return undefined;
  }
}

function isAscii(bytes: Uint8Array, start: number, end: number): boolean {
  let seen = 0;
  for (let at = start; at < end; at++) seen |= bytes[at];
  return seen < 0x80;
}
