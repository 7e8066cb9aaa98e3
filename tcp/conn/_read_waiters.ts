import { decodeLossy } from "../../internal/bytes/decode_text.ts";
import { Waiter, type WaitNode } from "../../internal/wait/wait_queue.ts";
import type { ByteWindow } from "./_byte_window.ts";
import type { ReadHalf } from "./_read_half.ts";
import { CR, LF } from "./_line_decoding.ts";
import { LineTooLongError } from "./line_too_long_error.ts";

/** A call that waits for bytes of a {@linkcode ReadHalf}. */
export interface ReadWaiter extends WaitNode {
  /** How many bytes the window should have room for, 0 for any number. */
  readonly need?: number;
  /** Takes what it needs and settles, or returns `false` to wait for more. */
  serve(half: ReadHalf): boolean;
  /** Settles at the end of the stream, with what there is. */
  end(half: ReadHalf): void;
  /** Settles because the connection was closed or has failed. */
  fail(error: unknown): void;
  /** Gives back what it has taken: its limit or signal ended the wait. */
  dropped?(half: ReadHalf): void;
}

/** What most calls have in common. */
abstract class Read<T> extends Waiter<T | null> implements ReadWaiter {
  abstract serve(half: ReadHalf): boolean;

  end(_half: ReadHalf): void {
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

  serve(half: ReadHalf): boolean {
    this.resolve(half.window.take(this.#target));
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

  serve(half: ReadHalf): boolean {
    this.#length += half.window.take(this.#target, this.#length);
    if (this.#length < this.#target.length) return false;
    this.resolve(this.#length);
    return true;
  }

  override end(half: ReadHalf): void {
    if (this.#length === 0) return this.resolve(null);
    this.dropped(half);
    this.reject(
      new Deno.errors.UnexpectedEof(
        `Cannot read ${this.#target.length} bytes from ${half.peerName}: the stream ended after ${this.#length}`,
      ),
    );
  }

  dropped(half: ReadHalf): void {
    half.window.unread(this.#target.subarray(0, this.#length));
  }
}

/**
 * Finds the line at the start of a window.
 *
 * @param window The bytes that have arrived.
 * @param scanned How many of them are known to hold no line feed.
 * @returns The length of what there is of the line, and where it ends, -1 if
 * that has not arrived. A CR at the end may be the first half of that.
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
 * @param window What it is taken from.
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

  serve(half: ReadHalf): boolean {
    const line = takeLine(half.window, this.#maxLength, this.#scanned);
    if (line !== undefined) {
      this.resolve(line);
      return true;
    }
    const window = half.window.peek();
    const { length } = findLine(window, this.#scanned);
    if (length > this.#maxLength) {
      this.#refuse(length, half);
      return true;
    }
    this.#scanned = window.length;
    return false;
  }

  override end(half: ReadHalf): void {
    const rest = half.window.peek();
    if (rest.length === 0) return this.resolve(null);
    if (rest.length > this.#maxLength) return this.#refuse(rest.length, half);
    this.resolve(decodeLossy(rest, 0, rest.length));
    half.window.consume(rest.length);
  }

  #refuse(length: number, half: ReadHalf): void {
    this.reject(
      new LineTooLongError(
        `Cannot read a line from ${half.peerName}: it has ${length} bytes or more, at most ${this.#maxLength} are allowed`,
        this.#maxLength,
        length,
      ),
    );
  }
}
