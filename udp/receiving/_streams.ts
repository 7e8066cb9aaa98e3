/** Where a {@linkcode PullStream} has its chunks from. */
export interface PullSource<T> {
  /** Takes the next chunk, `null` at the end. A wait aborted loses nothing. */
  next(signal: AbortSignal): Promise<T | null>;
  /** Whether the source was closed, which ends the stream without an error. */
  isClosed(): boolean;
  /** The stream was cancelled. */
  onCancel(): void;
}

/** A stream that is told when a reader has given its lock back. */
class LentStream<T> extends ReadableStream<T> {
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
      ? new LentReader<T>(this, this.#onRelease)
      : super.getReader(options as { mode: "byob" });
  }
}

/** A reader that tells when it has given its lock back. */
class LentReader<T> extends ReadableStreamDefaultReader<T> {
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
 * A stream that takes from its source only what its reader has asked for, so
 * that calls beside the stream find everything else where it was: also what a
 * reader has asked for that has given its lock back since.
 */
export class PullStream<T> {
  readonly #source: PullSource<T>;
  /** Ends the wait of a pull. */
  #stop = new AbortController();
  #isPulling = false;
  #controller: ReadableStreamDefaultController<T> | undefined;
  #isOver = false;

  readonly stream: ReadableStream<T>;

  constructor(source: PullSource<T>) {
    this.#source = source;
    this.stream = new LentStream<T>({
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

  /** Brings the stream to its end. */
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

/** An iterator that takes what the source gives, until `null`. */
export class PullIterator<T> implements AsyncIterableIterator<T> {
  readonly #next: () => Promise<T | null>;
  readonly #onReturn: () => void;
  #isDone = false;

  constructor(next: () => Promise<T | null>, onReturn: () => void = () => {}) {
    this.#next = next;
    this.#onReturn = onReturn;
  }

  async next(): Promise<IteratorResult<T, undefined>> {
    if (!this.#isDone) {
      const value = await this.#next();
      if (value !== null) return { done: false, value };
      this.#isDone = true;
    }
    return { done: true, value: undefined };
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
