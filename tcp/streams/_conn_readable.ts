import type { ReadableEnd } from "./_readable_end.ts";
import { Waiter } from "../../internal/wait/wait_queue.ts";
import { ConnByobReader } from "./_conn_byob_reader.ts";
import { ConnIterator } from "./_conn_iterator.ts";
import { ConnReader } from "./_conn_reader.ts";
import { ConnWritable } from "./_conn_writable.ts";
import { pump } from "../conn/_pump.ts";
import type { ReadHalf } from "../conn/_read_half.ts";
import type { ReadWaiter } from "../conn/_read_waiter.ts";

type Chunk = Uint8Array<ArrayBuffer>;

/**
 * The readable stream of a connection: a byte stream without read-ahead, whose
 * default readers, iterators and pipes to another connection go around the
 * machinery of the stream.
 *
 * A native byte stream costs several promises, a transfer of the buffer and a
 * pull cycle a chunk: a fifth of the rate of small messages. So the readers
 * handed out here are subclasses of the native ones which hold the native lock
 * but ask the connection itself. Everything else (BYOB readers, `tee`,
 * `pipeThrough`, a `Response` around the stream) runs on the native machinery,
 * pulling from the same connection.
 *
 * Both ways can take turns: a pull takes bytes only if the lock it began under is
 * still held when they arrive, or else leaves them to the next reader. A BYOB
 * reader that was made by its constructor can leave bytes in the native stream: a
 * part of an element, or fewer than `min` when it is released. The next reader is
 * a native one then; the calls of the connection go on behind these bytes.
 */
export class ConnReadable extends ReadableStream<Chunk> implements ReadableEnd {
  readonly #half: ReadHalf;
  readonly #controller: ReadableByteStreamController;
  /** Counts the locks, so that a pull knows whether its own is still held. */
  #lock = 0;
  #isOver = false;
  #failure: { readonly error: unknown } | undefined;
  /** Whether the first read that waits in the native stream has lost its lock. */
  #isGivenUp = false;
  isCancelled = false;

  constructor(half: ReadHalf) {
    let controller: ReadableByteStreamController | undefined;
    super({
      type: "bytes",
      start: (given) => {
        controller = given as ReadableByteStreamController;
      },
      pull: () => this.#pull(),
      cancel: () => this.#cancel(),
    }, { highWaterMark: 0 });
    if (controller === undefined) throw new TypeError("Cannot make the stream");
    this.#half = half;
    this.#controller = controller;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  override getReader(options: { mode: "byob" }): ReadableStreamBYOBReader;
  override getReader(
    options?: { mode?: undefined },
  ): ReadableStreamDefaultReader<Chunk>;
  override getReader(
    options?: { mode?: "byob" | undefined },
  ): ReadableStreamBYOBReader | ReadableStreamDefaultReader<Chunk> {
    this.#noteLock();
    const isNative = this.#holdsBytes || !isOwn(options);
    if (!isNative && options?.mode === undefined) {
      return new ConnReader(this, this.#half);
    }
    return !isNative && options?.mode === "byob"
      ? new ConnByobReader(this, this.#half)
      : super.getReader(options as undefined);
  }

  override values(
    options?: ReadableStreamIteratorOptions,
  ): AsyncIterableIterator<Chunk> {
    this.#noteLock();
    if (this.#holdsBytes || !isOwn(options)) return super.values(options);
    return new ConnIterator(
      new ConnReader(this, this.#half),
      Boolean(options?.preventCancel),
    );
  }

  override [Symbol.asyncIterator](
    options?: ReadableStreamIteratorOptions,
  ): AsyncIterableIterator<Chunk> {
    return this.values(options);
  }

  override tee(): [ReadableStream<Chunk>, ReadableStream<Chunk>] {
    this.#noteLock();
    return super.tee();
  }

  override pipeThrough<T>(
    transform: ReadableWritablePair<T, Chunk>,
    options?: StreamPipeOptions,
  ): ReadableStream<T> {
    this.#noteLock();
    return super.pipeThrough(transform, options);
  }

  /**
   * Whether bytes are in the native stream: in its queue, or in a read that waits
   * for more. That a read has some shows in the offset of what is left of its
   * view, which may also have been the caller's.
   */
  get #holdsBytes(): boolean {
    const { desiredSize, byobRequest } = this.#controller;
    return (desiredSize ?? 0) < 0 || (byobRequest?.view?.byteOffset ?? 0) > 0;
  }

  /** Tells pulls of an earlier lock that theirs is gone, if one is taken now. */
  #noteLock(): void {
    if (this.locked) return;
    this.#isGivenUp = this.#controller.byobRequest !== null;
    if (!this.#holdsBytes) this.#lock++;
  }

  override pipeTo(
    destination: WritableStream<Chunk>,
    options?: StreamPipeOptions,
  ): Promise<void> {
    if (
      !(destination instanceof ConnWritable) || destination.isOver ||
      this.#isOver || this.#holdsBytes || !isOwn(options) ||
      options?.signal !== undefined
    ) {
      this.#noteLock();
      return super.pipeTo(destination, options);
    }
    return pump(
      this,
      this.#half,
      destination,
      destination.half,
      options ?? {},
    );
  }

  end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    try {
      this.#controller.close();
      this.#controller.byobRequest?.respond(0);
    } catch {
      // An end in the middle of an element has failed the native stream.
    }
  }

  fail(error: unknown): unknown {
    if (!this.#isOver) {
      this.#isOver = true;
      this.#failure = { error };
      this.#controller.error(error);
    }
    return this.#failure === undefined ? error : this.#failure.error;
  }

  #cancel(): void {
    this.#isOver = this.isCancelled = true;
    this.#half.cancel();
  }

  async #pull(): Promise<void> {
    const lock = this.#lock;
    try {
      await this.#half.start(new PullRead(this, lock), undefined);
    } catch (error) {
      if (!this.locked || lock !== this.#lock) return;
      this.#isOver = true;
      this.#failure = { error };
      throw error;
    }
  }

  /**
   * Hands bytes to the native stream, or leaves them if the lock is gone. A read
   * that has got some gets the next ones too, even if it was given up: its bytes
   * are in the native stream, in front of them.
   */
  deliver(half: ReadHalf, lock: number): void {
    const isCurrent = this.locked && lock === this.#lock;
    if (!isCurrent && !this.#holdsBytes) return;
    const request = this.#controller.byobRequest;
    if (request?.view instanceof Uint8Array && !this.#isGivenUp) {
      request.respond(half.window.take(request.view));
    } else {
      // In front of these bytes come those of a read that was given up, which a
      // response to its request would leave in the queue. The memory must be the
      // chunk's alone, as enqueuing transfers it.
      this.#isGivenUp = false;
      this.#controller.enqueue(half.window.takeCopy());
    }
  }
}

/** A pull of the native stream. */
class PullRead extends Waiter<void> implements ReadWaiter {
  readonly #stream: ConnReadable;
  readonly #lock: number;

  constructor(stream: ConnReadable, lock: number) {
    super();
    this.#stream = stream;
    this.#lock = lock;
  }

  serve(half: ReadHalf): boolean {
    this.#stream.deliver(half, this.#lock);
    this.resolve();
    return true;
  }

  end(): void {
    this.#stream.end();
    this.resolve();
  }

  fail(error: unknown): void {
    this.#stream.fail(error);
    this.resolve();
  }
}

/** Whether options are such as Web IDL takes; if not, the native call says so. */
function isOwn(options: object | undefined): boolean {
  return options === undefined || options === null ||
    typeof options === "object" || typeof options === "function";
}
