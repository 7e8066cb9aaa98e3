/** The source of a {@linkcode PullStream}. */
export interface PullSource<T> {
  /** Takes the next chunk, `null` at the end. An aborted wait loses nothing. */
  next(signal?: AbortSignal): Promise<T | null>;
  /** Whether the source is closed, which ends the stream without an error. */
  isClosed(): boolean;
  /** Called when the stream is cancelled. */
  onCancel(): void;
}

/** A stream that reports when a reader releases its lock. */
class WatchedStream<T> extends ReadableStream<T> {
  readonly #onRelease: () => void;

  constructor(source: UnderlyingDefaultSource<T>, onRelease: () => void) {
    super(source, { highWaterMark: 0 });
    this.#onRelease = onRelease;
  }

  override getReader(options: { mode: "byob" }): ReadableStreamBYOBReader;
  override getReader(
    options?: { mode?: undefined },
  ): ReadableStreamDefaultReader<T>;
  override getReader(
    options?: { mode?: "byob" | undefined },
  ): ReadableStreamBYOBReader | ReadableStreamDefaultReader<T> {
    const isPlain = options === undefined || options === null ||
      typeof options === "object" && options.mode === undefined;
    return isPlain
      ? new WatchedReader<T>(this, this.#onRelease)
      : super.getReader(options as { mode: "byob" });
  }
}

/** A reader that reports when it releases its lock. */
class WatchedReader<T> extends ReadableStreamDefaultReader<T> {
  #onRelease: (() => void) | undefined;

  constructor(stream: ReadableStream<T>, onRelease: () => void) {
    super(stream);
    this.#onRelease = onRelease;
  }

  override releaseLock(): void {
    super.releaseLock();
    this.#onRelease?.();
    this.#onRelease = undefined;
  }
}

/**
 * A stream that takes from its source only the chunks that its reader has asked
 * for, so that all others are left for calls beside the stream. The request of a
 * reader that has released its lock is withdrawn.
 */
export class PullStream<T> {
  readonly #source: PullSource<T>;
  /** Aborts the pending pull. */
  #stop = new AbortController();
  #isPulling = false;
  #controller: ReadableStreamDefaultController<T> | undefined;
  #isOver = false;

  readonly stream: ReadableStream<T>;

  constructor(source: PullSource<T>) {
    this.#source = source;
    this.stream = new WatchedStream<T>({
      start: (controller) => {
        this.#controller = controller;
      },
      pull: () => this.#pull(),
      cancel: () => {
        this.#isOver = true;
        this.#stop.abort();
        this.#source.onCancel();
      },
    }, () => this.#onRelease());
  }

  /** Ends the stream. */
  end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#controller?.close();
  }

  #onRelease(): void {
    if (!this.#isPulling || this.#isOver) return;
    this.#stop.abort();
    this.#stop = new AbortController();
  }

  async #pull(): Promise<void> {
    const { signal } = this.#stop;
    this.#isPulling = true;
    try {
      const chunk = await this.#source.next(signal);
      if (chunk === null) this.end();
      else if (!this.#isOver) this.#controller?.enqueue(chunk);
    } catch (error) {
      if (this.#isOver || signal.aborted) return;
      if (this.#source.isClosed()) return this.end();
      this.#isOver = true;
      this.#controller?.error(error);
    } finally {
      this.#isPulling = false;
    }
  }
}

/** An iterator over the values of a source, until `null` or until it is closed. */
export class PullIterator<T> implements AsyncIterableIterator<T> {
  readonly #source: Pick<PullSource<T>, "next" | "isClosed">;
  readonly #onReturn: () => void;
  #isDone = false;

  constructor(
    source: Pick<PullSource<T>, "next" | "isClosed">,
    onReturn: () => void = () => {},
  ) {
    this.#source = source;
    this.#onReturn = onReturn;
  }

  async next(): Promise<IteratorResult<T, undefined>> {
    const value = this.#isDone ? null : await this.#take();
    if (value !== null) return { done: false, value };
    this.#isDone = true;
    return { done: true, value: undefined };
  }

  async #take(): Promise<T | null> {
    try {
      return await this.#source.next();
    } catch (error) {
      if (this.#source.isClosed()) return null;
      throw error;
    }
  }

  return(value?: unknown): Promise<IteratorResult<T, undefined>> {
    if (!this.#isDone) {
      this.#isDone = true;
      this.#onReturn();
    }
    return Promise.resolve({ done: true, value: value as undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
