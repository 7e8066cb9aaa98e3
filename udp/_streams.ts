/** Where a {@linkcode PullStream} has its chunks from. */
export interface PullSource<T> {
  /** Takes the next chunk, `null` at the end. A wait aborted loses nothing. */
  next(signal: AbortSignal): Promise<T | null>;
  /** Whether the source was closed, which ends the stream without an error. */
  isClosed(): boolean;
  /** The stream was cancelled. */
  onCancel(): void;
}

/**
 * A stream that takes from its source only what its reader has asked for, so
 * that calls beside the stream find everything else where it was.
 */
export class PullStream<T> {
  readonly #source: PullSource<T>;
  readonly #cancel = new AbortController();
  #controller: ReadableStreamDefaultController<T> | undefined;
  #isOver = false;

  readonly stream: ReadableStream<T>;

  constructor(source: PullSource<T>) {
    this.#source = source;
    this.stream = new ReadableStream<T>({
      start: (controller) => {
        this.#controller = controller;
      },
      pull: () => this.#pull(),
      cancel: () => {
        this.#isOver = true;
        this.#cancel.abort();
        this.#source.onCancel();
      },
    }, { highWaterMark: 0 });
  }

  /** Brings the stream to its end. */
  end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#controller?.close();
  }

  async #pull(): Promise<void> {
    try {
      const chunk = await this.#source.next(this.#cancel.signal);
      if (chunk === null) this.end();
      else if (!this.#isOver) this.#controller?.enqueue(chunk);
    } catch (error) {
      if (this.#isOver) return;
      if (this.#source.isClosed()) return this.end();
      this.#isOver = true;
      this.#controller?.error(error);
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

  return(): Promise<IteratorResult<T, undefined>> {
    if (!this.#isDone) {
      this.#isDone = true;
      this.#onReturn();
    }
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
