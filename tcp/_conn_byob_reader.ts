import { Waiter } from "../internal/wait_queue.ts";
import type { ConnReadable } from "./_conn_readable.ts";
import type { ReadHalf } from "./_read_half.ts";
import type { ReadWaiter } from "./_read_waiters.ts";

type View = ArrayBufferView<ArrayBuffer>;
type Result = ReadableStreamReadResult<View>;

/** Makes a view of the type of another. */
function viewLike(
  view: View,
  buffer: ArrayBuffer,
  offset: number,
  bytes: number,
): View {
  if (view instanceof DataView) return new DataView(buffer, offset, bytes);
  const TypedView = view.constructor as Uint8ArrayConstructor;
  const size = TypedView.BYTES_PER_ELEMENT;
  return new TypedView(buffer, offset, bytes / size);
}

/** A read of a {@linkcode ConnByobReader}. */
class ByobRead extends Waiter<Result> implements ReadWaiter {
  readonly #stream: ConnReadable;
  readonly reader: ConnByobReader;
  readonly #view: View;
  readonly #offset: number;
  readonly #size: number;
  readonly #min: number;
  readonly #target: Uint8Array<ArrayBuffer>;
  #length = 0;

  constructor(
    stream: ConnReadable,
    reader: ConnByobReader,
    view: View,
    min: number,
  ) {
    super();
    this.#stream = stream;
    this.reader = reader;
    this.#view = view;
    this.#offset = view.byteOffset;
    this.#size = view instanceof DataView
      ? 1
      : (view.constructor as Uint8ArrayConstructor).BYTES_PER_ELEMENT;
    this.#min = min * this.#size;
    const length = view.byteLength;
    this.#target = new Uint8Array(view.buffer.transfer(), this.#offset, length);
  }

  get unit(): number {
    return this.#target.length;
  }

  serve(half: ReadHalf): boolean {
    this.#length += half.take(this.#target, this.#length);
    if (this.#length < this.#min) return false;
    const rest = this.#length % this.#size;
    half.unread(this.#target.subarray(this.#length - rest, this.#length));
    this.#finish(false, this.#length - rest);
    return true;
  }

  end(half: ReadHalf): void {
    if (this.#length > 0) {
      this.dropped(half);
      return this.reject(
        new TypeError(
          "Cannot read: the stream ended before the view had its least bytes",
        ),
      );
    }
    this.#stream.end();
    this.#finish(true, 0);
  }

  fail(error: unknown): void {
    if (this.#stream.isCancelled) {
      return this.resolve({ done: true, value: undefined });
    }
    this.#stream.fail(error);
    this.reject(error);
  }

  dropped(half: ReadHalf): void {
    half.unread(this.#target.subarray(0, this.#length));
    this.#length = 0;
  }

  #finish(done: boolean, length: number): void {
    const value = viewLike(
      this.#view,
      this.#target.buffer,
      this.#offset,
      length,
    );
    this.resolve(done ? { done, value } : { done, value });
  }
}

/**
 * A BYOB reader: it holds the native lock and reads the connection. It takes
 * the view's memory over, as the native one does, and gives it back filled. A
 * read that is given up leaves its bytes to the next reader.
 */
export class ConnByobReader extends ReadableStreamBYOBReader {
  readonly #stream: ConnReadable;
  readonly #half: ReadHalf;
  #isReleased = false;

  constructor(stream: ConnReadable, half: ReadHalf) {
    super(stream);
    this.#stream = stream;
    this.#half = half;
  }

  override read<T extends ArrayBufferView>(
    view: T,
    options?: ReadableStreamBYOBReaderReadOptions,
  ): Promise<ReadableStreamReadResult<T>> {
    const isOurs = !this.#isReleased && !this.#stream.isOver &&
      ArrayBuffer.isView(view) && view.byteLength > 0 &&
      view.buffer instanceof ArrayBuffer;
    if (!isOurs) return super.read(view, options);
    const read = new ByobRead(
      this.#stream,
      this,
      view as unknown as View,
      options?.min ?? 1,
    );
    return this.#half.start(read, undefined) as unknown as Promise<
      ReadableStreamReadResult<T>
    >;
  }

  override releaseLock(): void {
    if (this.#isReleased) return;
    this.#isReleased = true;
    super.releaseLock();
    this.#half.withdraw(
      (waiter) => waiter instanceof ByobRead && waiter.reader === this,
      () => new TypeError("Cannot read: the reader has released its lock"),
    );
  }
}
