/**
 * Bytes to strings. A call of `TextDecoder` costs 200 ns before it has looked
 * at a byte, and about 0.35 ns a byte after that; most messages are short, and
 * most are ASCII, for which there are quicker ways.
 *
 * @module
 */

import { decodeLatin1 } from "../internal/latin1.ts";

/** Turns bytes that are all ASCII into a string. */
export type AsciiDecoder = (
  bytes: Uint8Array,
  start: number,
  end: number,
) => string;

/** Up to this length, building the string here beats any call to the runtime. */
const SHORT = 32;

/** Up to this length it beats `TextDecoder`. */
const SHORT_OF_TEXT_DECODER = 128;

/** A byte order mark at the start is part of the message: it is kept. */
const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * Loads the decoder that is the fastest for long texts: `node:buffer`, which
 * turned 64 KiB into a string in 2 µs where `TextDecoder` took 23. It costs
 * some milliseconds and megabytes the first time, so the parser works without.
 */
export async function loadAsciiDecoder(): Promise<AsciiDecoder> {
  const { Buffer } = await import("node:buffer");
  return (bytes, start, end) =>
    Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start)
      .toString("latin1");
}

/**
 * Turns bytes that are known to be ASCII into a string.
 *
 * @param bytes What holds them.
 * @param start The place of the first one.
 * @param end The place after the last one.
 * @param long The decoder for long texts, if there is a faster one.
 */
export function decodeAscii(
  bytes: Uint8Array,
  start: number,
  end: number,
  long?: AsciiDecoder,
): string {
  const length = end - start;
  if (long !== undefined && length > SHORT) return long(bytes, start, end);
  if (length > SHORT_OF_TEXT_DECODER) {
    return UTF8.decode(bytes.subarray(start, end));
  }
  return decodeLatin1(bytes, start, end);
}

/**
 * Turns bytes into a string if they are strict UTF-8.
 *
 * @param bytes What holds them.
 * @param start The place of the first one.
 * @param end The place after the last one.
 * @returns The string, or `undefined` if the bytes are not UTF-8.
 */
export function decodeUtf8(
  bytes: Uint8Array,
  start: number,
  end: number,
): string | undefined {
  try {
    return UTF8.decode(bytes.subarray(start, end));
  } catch {
    return undefined;
  }
}
