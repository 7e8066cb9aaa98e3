import { decodeLossy } from "../../internal/bytes/decode_text.ts";
import { Waiter } from "../../internal/wait/wait_queue.ts";
import type { ByteWindow } from "./_byte_window.ts";
import { LineTooLongError } from "./line_too_long_error.ts";
import type { ReadSource, ReadWaiter } from "./_read_waiter.ts";

/** The byte that ends a line, and the one that may come before it. */
export const LF = 10;
const CR = 13;

/** A call whose end of the stream is `null`. */
abstract class Read<T> extends Waiter<T | null> implements ReadWaiter {
  abstract serve(source: ReadSource): boolean;

  end(_source: ReadSource): void {
    this.resolve(null);
  }

  fail(error: unknown): void {
    this.reject(error);
  }
}

/** Some bytes, into the caller's buffer. */
export class BufferRead extends Read<number> {
  readonly #target: Uint8Array;

  constructor(target: Uint8Array) {
    super();
    this.#target = target;
  }

  serve(source: ReadSource): boolean {
    this.resolve(source.window.take(this.#target));
    return true;
  }
}

/** As many bytes as the caller's buffer holds, or none. */
export class FullRead extends Read<number> {
  readonly #target: Uint8Array;
  #length = 0;

  constructor(target: Uint8Array) {
    super();
    this.#target = target;
  }

  serve(source: ReadSource): boolean {
    this.#length += source.window.take(this.#target, this.#length);
    if (this.#length < this.#target.length) return false;
    this.resolve(this.#length);
    return true;
  }

  override end(source: ReadSource): void {
    if (this.#length === 0) return this.resolve(null);
    this.dropped(source);
    this.reject(
      new Deno.errors.UnexpectedEof(
        `Cannot read ${this.#target.length} bytes from ${source.peerName}: the stream ended after ${this.#length}`,
      ),
    );
  }

  dropped(source: ReadSource): void {
    source.window.unread(this.#target.subarray(0, this.#length));
  }
}

/**
 * Finds the line at the start of a window.
 *
 * @param window The bytes that have arrived.
 * @param scanned How many of them are known to hold no line feed.
 * @returns The length of the line as far as it has arrived, and its end, -1 if that
 * has not arrived. A CR at the end may be the first byte of that.
 */
function findLine(
  window: Uint8Array,
  scanned: number,
): { length: number; end: number } {
  const end = window.indexOf(LF, scanned);
  const length = end === -1 ? window.length : end;
  return { length: window[length - 1] === CR ? length - 1 : length, end };
}

/**
 * Takes a line at the start of the window, if it is whole and not too long.
 *
 * @param window The bytes that have arrived.
 * @param maxLength How many bytes it may have.
 * @param scanned How many bytes of the window are known to hold no line feed.
 */
export function takeLine(
  window: ByteWindow,
  maxLength: number,
  scanned = 0,
): string | undefined {
  const bytes = window.peek();
  const { length, end } = findLine(bytes, scanned);
  if (end === -1 || !(length <= maxLength)) return undefined;
  const line = decodeLossy(bytes, 0, length);
  window.consume(end + 1);
  return line;
}

/** The text up to the next line feed. */
export class LineRead extends Read<string> {
  readonly #maxLength: number;
  /** How much of the window holds no line feed: it is not looked at again. */
  #scanned = 0;

  constructor(maxLength: number) {
    super();
    this.#maxLength = maxLength;
  }

  serve(source: ReadSource): boolean {
    const line = takeLine(source.window, this.#maxLength, this.#scanned);
    if (line !== undefined) {
      this.resolve(line);
      return true;
    }
    const window = source.window.peek();
    const { length } = findLine(window, this.#scanned);
    if (length > this.#maxLength) {
      this.#refuse(length, source);
      return true;
    }
    this.#scanned = window.length;
    return false;
  }

  override end(source: ReadSource): void {
    const rest = source.window.peek();
    if (rest.length === 0) return this.resolve(null);
    if (rest.length > this.#maxLength) return this.#refuse(rest.length, source);
    this.resolve(decodeLossy(rest, 0, rest.length));
    source.window.consume(rest.length);
  }

  #refuse(length: number, source: ReadSource): void {
    this.reject(
      new LineTooLongError(
        `Cannot read a line from ${source.peerName}: it has ${length} bytes or more, at most ${this.#maxLength} are allowed`,
        this.#maxLength,
        length,
      ),
    );
  }
}
