import type { ConnReader } from "./_conn_reader.ts";

type Chunk = Uint8Array<ArrayBuffer>;

/** The iterator of a connection's stream, by the Streams standard. */
export class ConnIterator implements AsyncIterableIterator<Chunk> {
  readonly #reader: ConnReader;
  readonly #preventCancel: boolean;
  #isDone = false;
  /** Whether a read has found the stream over, which gives the lock back. */
  #isOver = false;
  /** The read asked last, which `return` waits for. */
  #last: Promise<unknown> | undefined;

  constructor(reader: ConnReader, preventCancel: boolean) {
    this.#reader = reader;
    this.#preventCancel = preventCancel;
    reader.onOver = () => {
      this.#isDone = this.#isOver = true;
      // Reads asked ahead of this one's outcome still get theirs.
      queueMicrotask(() => reader.releaseLock());
    };
  }

  next(): Promise<IteratorResult<Chunk, undefined>> {
    if (this.#isDone) return Promise.resolve({ done: true, value: undefined });
    const read = this.#reader.read();
    this.#last = read;
    return read as Promise<IteratorResult<Chunk, undefined>>;
  }

  async return(value?: unknown): Promise<IteratorResult<Chunk, undefined>> {
    if (!this.#isDone) {
      this.#isDone = true;
      await this.#last?.catch(() => {});
      if (!this.#isOver) {
        const cancelled = this.#preventCancel
          ? undefined
          : this.#reader.cancel(value);
        this.#reader.releaseLock();
        await cancelled;
      }
    }
    return { done: true, value: value as undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }
}
