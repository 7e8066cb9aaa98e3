import { Waiter } from "../internal/wait_queue.ts";
import { ConnByobReader } from "./_conn_byob_reader.ts";
import { ConnWritable } from "./_conn_writable.ts";
import { pump } from "./_pump.ts";
import type { ReadHalf } from "./_read_half.ts";
import type { ReadWaiter } from "./_read_waiters.ts";

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
 * Both ways can take turns, as nothing stays in the native queue: a pull takes
 * bytes only if the lock it began under is still held when they arrive, or else
 * leaves them to the next reader.
 */
export class ConnReadable extends ReadableStream<Chunk> {
  readonly #half: ReadHalf;
  readonly #controller: ReadableByteStreamController;
  /** Counts the locks, so that a pull knows whether its own is still held. */
  #lock = 0;
  #isOver = false;
  /** Whether somebody cancelled it. */
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

  /** Whether the native stream has ended, failed or been cancelled. */
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
    if (options?.mode === undefined) return new ConnReader(this, this.#half);
    return options.mode === "byob"
      ? new ConnByobReader(this, this.#half)
      : super.getReader(options);
  }

  override values(
    options?: ReadableStreamIteratorOptions,
  ): AsyncIterableIterator<Chunk> {
    this.#noteLock();
    return new ConnIterator(
      new ConnReader(this, this.#half),
      options?.preventCancel === true,
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

  /** Tells pulls of an earlier lock that theirs is gone, if one is taken now. */
  #noteLock(): void {
    if (!this.locked) this.#lock++;
  }

  override pipeTo(
    destination: WritableStream<Chunk>,
    options?: StreamPipeOptions,
  ): Promise<void> {
    if (
      !(destination instanceof ConnWritable) || destination.isOver ||
      this.#isOver || options?.signal !== undefined
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

  /** Brings the native stream to its end. */
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

  /** Brings the native stream into its errored state. */
  fail(error: unknown): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#controller.error(error);
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
      throw error;
    }
  }

  /** Hands bytes to the native stream, or leaves them if nobody holds it. */
  deliver(half: ReadHalf, lock: number): void {
    if (!this.locked || lock !== this.#lock) return;
    const request = this.#controller.byobRequest;
    if (request?.view instanceof Uint8Array) {
      request.respond(half.take(request.view));
    } else {
      // Enqueuing transfers the memory: it must be the chunk's alone.
      this.#controller.enqueue(half.takeCopy());
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

/** A read of a {@linkcode ConnReader}. */
class StreamRead extends Waiter<ReadableStreamReadResult<Chunk>>
  implements ReadWaiter {
  readonly #stream: ConnReadable;
  /** Whose read it is. */
  readonly reader: ConnReader;

  constructor(stream: ConnReadable, reader: ConnReader) {
    super();
    this.#stream = stream;
    this.reader = reader;
  }

  serve(half: ReadHalf): boolean {
    this.resolve({ done: false, value: half.takeChunk() });
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
      this.#stream.fail(error);
      this.reject(error);
    }
    this.reader.onOver?.();
  }

  dropped(): void {
    this.reader.onOver?.();
  }
}

/** A default reader: it holds the native lock and reads the connection. */
class ConnReader extends ReadableStreamDefaultReader<Chunk> {
  readonly #stream: ConnReadable;
  readonly #half: ReadHalf;
  #isReleased = false;
  /** Told when a read has found the stream over, or its limit has passed. */
  onOver: (() => void) | undefined;

  constructor(stream: ConnReadable, half: ReadHalf) {
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

/** What `for await` runs on. */
class ConnIterator implements AsyncIterableIterator<Chunk> {
  readonly #reader: ConnReader;
  readonly #preventCancel: boolean;
  #isDone = false;

  constructor(reader: ConnReader, preventCancel: boolean) {
    this.#reader = reader;
    this.#preventCancel = preventCancel;
    reader.onOver = () => {
      this.#isDone = true;
      // Reads asked ahead of this one's outcome still get theirs.
      queueMicrotask(() => reader.releaseLock());
    };
  }

  next(): Promise<IteratorResult<Chunk, undefined>> {
    if (this.#isDone) return Promise.resolve({ done: true, value: undefined });
    return this.#reader.read() as Promise<IteratorResult<Chunk, undefined>>;
  }

  async return(): Promise<IteratorResult<Chunk, undefined>> {
    if (!this.#isDone) {
      this.#isDone = true;
      const cancelled = this.#preventCancel ? undefined : this.#reader.cancel();
      this.#reader.releaseLock();
      await cancelled;
    }
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
