import { Waiter } from "../../internal/wait/wait_queue.ts";
import type { ReadableEnd } from "./_readable_end.ts";
import type { ReadHalf } from "../conn/_read_half.ts";
import type { ReadWaiter } from "../conn/_read_waiter.ts";

type Chunk = Uint8Array<ArrayBuffer>;

/** A read of a {@linkcode ConnReader}. */
class StreamRead extends Waiter<ReadableStreamReadResult<Chunk>>
  implements ReadWaiter {
  readonly #stream: ReadableEnd;
  /** The reader that made it. */
  readonly reader: ConnReader;

  constructor(stream: ReadableEnd, reader: ConnReader) {
    super();
    this.#stream = stream;
    this.reader = reader;
  }

  serve(half: ReadHalf): boolean {
    this.resolve({ done: false, value: half.window.takeCopy() });
    return true;
  }

  end(): void {
    this.#stream.end();
    this.resolve({ done: true, value: undefined });
    this.reader.onOver?.();
  }

  fail(error: unknown): void {
    if (this.#stream.isCancelled) {
      this.resolve({ done: true, value: undefined });
    } else {
      this.reject(this.#stream.fail(error));
    }
    this.reader.onOver?.();
  }

  dropped(): void {
    this.reader.onOver?.();
  }
}

/** A default reader: it holds the native lock and reads the connection. */
export class ConnReader extends ReadableStreamDefaultReader<Chunk> {
  readonly #stream: ReadableEnd;
  readonly #half: ReadHalf;
  #isReleased = false;
  /** Told when a read has found the stream over, or its limit has passed. */
  onOver: (() => void) | undefined;

  constructor(stream: ReadableEnd, half: ReadHalf) {
    super(stream);
    this.#stream = stream;
    this.#half = half;
  }

  override read(): Promise<ReadableStreamReadResult<Chunk>> {
    return this.#isReleased || this.#stream.isOver
      ? super.read()
      : this.#half.start(new StreamRead(this.#stream, this), undefined);
  }

  override releaseLock(): void {
    if (this.#isReleased) return;
    this.#isReleased = true;
    super.releaseLock();
    this.#half.withdraw(
      (waiter) => waiter instanceof StreamRead && waiter.reader === this,
      () => new TypeError("Cannot read: the reader has released its lock"),
    );
  }
}
