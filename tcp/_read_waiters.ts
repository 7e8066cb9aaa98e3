import { Waiter, type WaitNode } from "../internal/wait_queue.ts";
import type { ReadHalf } from "./_read_half.ts";
import { LineTooLongError } from "./line_too_long_error.ts";

const LF = 10;
const CR = 13;

/** A call that waits for bytes of a {@linkcode ReadHalf}. */
export interface ReadWaiter extends WaitNode {
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
    this.resolve(half.take(this.#target));
    return true;
  }
}

/** As many bytes as the caller's buffer holds, or none. */
export class FullRead extends Read<number> {
  readonly #target: Uint8Array;
  readonly #peerName: string;
  #length = 0;

  constructor(target: Uint8Array, peerName: string) {
    super();
    this.#target = target;
    this.#peerName = peerName;
  }

  serve(half: ReadHalf): boolean {
    this.#length += half.take(this.#target, this.#length);
    if (this.#length < this.#target.length) return false;
    this.resolve(this.#length);
    return true;
  }

  override end(half: ReadHalf): void {
    if (this.#length === 0) return this.resolve(null);
    this.dropped(half);
    this.reject(
      new Deno.errors.UnexpectedEof(
        `Cannot read ${this.#target.length} bytes from ${this.#peerName}: the stream ended after ${this.#length}`,
      ),
    );
  }

  dropped(half: ReadHalf): void {
    half.unread(this.#target.subarray(0, this.#length));
  }
}

/** The bytes up to the next line feed. */
export class LineRead extends Read<Uint8Array<ArrayBuffer>> {
  readonly #maxLength: number;
  readonly #peerName: string;
  /** How much of the window holds no line feed: it is not looked at again. */
  #scanned = 0;

  constructor(maxLength: number, peerName: string) {
    super();
    this.#maxLength = maxLength;
    this.#peerName = peerName;
  }

  serve(half: ReadHalf): boolean {
    const window = half.peek();
    const index = window.indexOf(LF, this.#scanned);
    if (index !== -1) {
      const length = index > 0 && window[index - 1] === CR ? index - 1 : index;
      if (length > this.#maxLength) this.#fail(length);
      else {
        this.resolve(window.slice(0, length));
        half.skip(index + 1);
      }
      return true;
    }
    // A CR at the end may be the first half of the line's end.
    const length = window.at(-1) === CR ? window.length - 1 : window.length;
    if (length > this.#maxLength) {
      this.#fail(length);
      return true;
    }
    this.#scanned = window.length;
    return false;
  }

  override end(half: ReadHalf): void {
    const rest = half.peek();
    if (rest.length === 0) return this.resolve(null);
    if (rest.length > this.#maxLength) return this.#fail(rest.length);
    this.resolve(half.takeCopy());
  }

  #fail(length: number): void {
    this.reject(
      new LineTooLongError(
        `Cannot read a line from ${this.#peerName}: it has ${length} bytes or more, at most ${this.#maxLength} are allowed`,
        this.#maxLength,
        length,
      ),
    );
  }
}
