/** The source of the connections of a {@linkcode ConnectionStream}. */
export interface ConnectionSource<C> {
  /** Waits for a connection, until the signal aborts. */
  accept(signal: AbortSignal): Promise<C>;
  /** Takes an unused one back, to be the next. */
  giveBack(conn: C): void;
  /** Whether an error only tells that the listener is closed. */
  isEnd(error: unknown): boolean;
  /** The stream is over: the next access needs another. */
  onOver(): void;
}

/**
 * Connections as a stream without read-ahead: one is accepted only for a read
 * that waits. A connection can't be left in a queue, where it would never
 * be closed, so one whose reader has gone in the meantime is given back.
 */
export class ConnectionStream<C> extends ReadableStream<C> {
  /** Counts the locks: a read waits as long as its lock is held. */
  #lock = 0;

  constructor(source: ConnectionSource<C>) {
    const stop = new AbortController();
    const isHeld = (lock: number) => this.locked && lock === this.#lock;
    super({
      pull: async (controller) => {
        const lock = this.#lock;
        try {
          const conn = await source.accept(stop.signal);
          if (isHeld(lock) && !stop.signal.aborted) controller.enqueue(conn);
          else source.giveBack(conn);
        } catch (error) {
          if (stop.signal.aborted) return;
          source.onOver();
          if (!source.isEnd(error)) throw error;
          controller.close();
        }
      },
      cancel: (reason) => {
        source.onOver();
        stop.abort(reason);
      },
    }, { highWaterMark: 0 });
  }

  override getReader(options: { mode: "byob" }): ReadableStreamBYOBReader;
  override getReader(
    options?: { mode?: undefined },
  ): ReadableStreamDefaultReader<C>;
  override getReader(
    options?: { mode?: "byob" | undefined },
  ): ReadableStreamBYOBReader | ReadableStreamDefaultReader<C> {
    this.#noteLock();
    return super.getReader(options as undefined);
  }

  override values(
    options?: ReadableStreamIteratorOptions,
  ): AsyncIterableIterator<C> {
    this.#noteLock();
    return super.values(options);
  }

  override [Symbol.asyncIterator](
    options?: ReadableStreamIteratorOptions,
  ): AsyncIterableIterator<C> {
    return this.values(options);
  }

  #noteLock(): void {
    if (!this.locked) this.#lock++;
  }
}
