import { decodeLossy } from "../../internal/bytes/decode_text.ts";

/** The byte that ends a line. */
export const LF = 10;
/** The byte that may come before it. */
export const CR = 13;

/** Lines that were decoded together. */
export interface DecodedLines {
  /** The lines without their LF. */
  readonly lines: readonly string[];
  /**
   * How many bytes each has with its LF; `undefined` if that is one more than
   * its length, for all of them.
   */
  readonly sizes: readonly number[] | undefined;
}

/**
 * Makes strings of many lines, as a decoder of each would do: what
 * is not UTF-8 takes no line's end along.
 *
 * @param bytes The lines, the last of which ends with an LF too.
 */
export function decodeLines(bytes: Uint8Array): DecodedLines {
  const text = decodeLossy(bytes, 0, bytes.length);
  const lines = text.split("\n");
  // What comes after the last end.
  lines.pop();
  // No byte becomes more than one UTF-16 unit: if the sums are equal, so is each.
  if (text.length === bytes.length) return { lines, sizes: undefined };
  let start = 0;
  const sizes = lines.map(() => {
    const end = bytes.indexOf(LF, start) + 1;
    const size = end - start;
    start = end;
    return size;
  });
  return { lines, sizes };
}
