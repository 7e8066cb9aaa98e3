import { decodeLossy } from "../../internal/bytes/decode_text.ts";
import { LineTooLongError } from "../conn/line_too_long_error.ts";

const LF = 10;
const CR = 13;

/** A line with the number of its bytes. */
export interface Line {
  readonly text: string;
  readonly size: number;
}

/**
 * Splits chunks of bytes into lines that end with LF or CRLF. Unlike
 * `StreamConn.readLine`, it takes no line without an end, as that may be the
 * first part of one.
 */
export class LineSplitter {
  readonly #maxLength: number;
  /** Holds the line that has not ended, and room for more of it. */
  #partial = new Uint8Array(256);
  #length = 0;

  /** @param maxLength How many bytes a line may have, its end not counted. */
  constructor(maxLength: number) {
    this.#maxLength = maxLength;
  }

  /** Whether a line has begun and not ended. */
  get hasPartial(): boolean {
    return this.#length > 0;
  }

  /** Gives the lines that end in a chunk, which is not used afterwards. */
  *split(chunk: Uint8Array): Generator<Line, void, undefined> {
    let start = 0;
    let end = chunk.indexOf(LF);
    while (end !== -1) {
      yield this.#finish(chunk.subarray(start, end));
      start = end + 1;
      end = chunk.indexOf(LF, start);
    }
    // The CR of an end may be there.
    this.#check(this.#length + chunk.length - start, this.#maxLength + 1);
    this.#append(chunk.subarray(start));
  }

  #finish(rest: Uint8Array): Line {
    let bytes = rest;
    if (this.#length > 0) {
      this.#append(rest);
      bytes = this.#partial.subarray(0, this.#length);
      this.#length = 0;
    }
    const size = bytes.at(-1) === CR ? bytes.length - 1 : bytes.length;
    this.#check(size, this.#maxLength);
    return { text: decodeLossy(bytes, 0, size), size };
  }

  #append(bytes: Uint8Array): void {
    const length = this.#length + bytes.length;
    if (length > this.#partial.length) {
      const larger = new Uint8Array(Math.max(length, 2 * this.#partial.length));
      larger.set(this.#partial.subarray(0, this.#length));
      this.#partial = larger;
    }
    this.#partial.set(bytes, this.#length);
    this.#length = length;
  }

  #check(length: number, most: number): void {
    if (length <= most) return;
    throw new LineTooLongError(
      `Cannot receive a line of ${length} bytes: expected at most ${this.#maxLength}`,
      this.#maxLength,
      length,
    );
  }
}
