import { Waiter } from "../../internal/wait/wait_queue.ts";
import { ByobView, checkByobRead } from "./_byob_view.ts";
import type { ReadableEnd } from "./_readable_end.ts";
import type { ReadHalf } from "../conn/_read_half.ts";
import type { ReadWaiter } from "../conn/_read_waiter.ts";

type View = ArrayBufferView<ArrayBuffer>;
type Result = ReadableStreamReadResult<View>;

/** A read of a {@linkcode ConnByobReader}. */
class ByobRead extends Waiter<Result> implements ReadWaiter {
  readonly #stream: ReadableEnd;
  readonly reader: ConnByobReader;
  readonly #view: ByobView;
  readonly #min: number;
  #length = 0;

  constructor(
    stream: ReadableEnd,
    reader: ConnByobReader,
    view: View,
    min: number,
  ) {
    super();
    this.#stream = stream;
    this.reader = reader;
    this.#view = new ByobView(view);
    this.#min = min * this.#view.elementSize;
  }

  serve(half: ReadHalf): boolean {
    const { bytes, elementSize } = this.#view;
    this.#length += half.window.take(bytes, this.#length);
    if (this.#length < this.#min) return false;
    const rest = this.#length % elementSize;
    half.window.unread(bytes.subarray(this.#length - rest, this.#length));
    const value = this.#view.filled(this.#length - rest);
    this.resolve({ done: false, value });
    return true;
  }

  end(): void {
    if (this.#length % this.#view.elementSize !== 0) {
      const error = new TypeError(
        "Cannot read: the stream ended in the middle of an element",
      );
      this.#stream.fail(error);
      // Also gives back the bytes that this read has taken.
      return this.reader.rejectReads(() => error);
    }
    this.#stream.end();
    this.resolve({ done: true, value: this.#view.filled(this.#length) });
  }

  fail(error: unknown): void {
    if (this.#stream.isCancelled) {
      return this.resolve({ done: true, value: undefined });
    }
    this.reject(this.#stream.fail(error));
  }

  dropped(half: ReadHalf): void {
    half.window.unread(this.#view.bytes.subarray(0, this.#length));
    this.#length = 0;
  }
}

/**
 * A BYOB reader by the Streams standard: it holds the native lock and reads the
 * connection. It takes the view's memory over, as the native one does, and gives
 * it back filled. A read that is given up leaves its bytes to the next reader.
 *
 * The stream fails, as the standard has it, if it ends in the middle of an
 * element; the bytes can then still be read from the connection itself.
 */
export class ConnByobReader extends ReadableStreamBYOBReader {
  readonly #stream: ReadableEnd;
  readonly #half: ReadHalf;
  #isReleased = false;

  constructor(stream: ReadableEnd, half: ReadHalf) {
    super(stream);
    this.#stream = stream;
    this.#half = half;
  }

  override read<T extends ArrayBufferView>(
    view: T,
    options?: ReadableStreamBYOBReaderReadOptions,
  ): Promise<ReadableStreamReadResult<T>> {
    let read: ByobRead;
    try {
      const min = checkByobRead(view, options);
      // The native reader gives the outcome of a stream that is over.
      if (this.#isReleased || this.#stream.isOver) return super.read(view);
      const own = view as unknown as View;
      read = new ByobRead(this.#stream, this, own, min);
    } catch (error) {
      return Promise.reject(error);
    }
    return this.#half.start(read, undefined) as unknown as Promise<
      ReadableStreamReadResult<T>
    >;
  }

  override releaseLock(): void {
    if (this.#isReleased) return;
    this.#isReleased = true;
    super.releaseLock();
    this.rejectReads(() =>
      new TypeError("Cannot read: the reader has released its lock")
    );
  }

  /** Rejects the reads that wait, which give their bytes back. */
  rejectReads(makeError: () => unknown): void {
    this.#half.withdraw(
      (waiter) => waiter instanceof ByobRead && waiter.reader === this,
      makeError,
    );
  }
}
