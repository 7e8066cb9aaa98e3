import type { ReadHalf } from "../../tcp/conn/_read_half.ts";
import type { ReadWaiter } from "../../tcp/conn/_read_waiter.ts";

/** Takes bytes in place, and says how many it has used. */
export interface ByteSink {
  /** Takes bytes that are valid during the call only. */
  push(bytes: Uint8Array): number;
  /** Whether it wants more. Bytes that it has not used stay for the next. */
  readonly wantsMore: boolean;
  /** How many bytes it has to see at once to go on, 0 for any number. */
  readonly need?: number;
  /** It wanted no more, and is fed no longer. */
  onFull(): void;
  /** The stream has ended. */
  onStreamEnd(): void;
  /** The stream has failed, or a limit has passed. */
  onStreamError(error: unknown): void;
}

/**
 * Feeds a parser from the window of a connection: bytes are looked at where the
 * system has put them, and no promise is made from one read to the next.
 *
 * It can be fed again once its sink was told that it is not any more.
 */
export class Intake implements ReadWaiter {
  readonly #sink: ByteSink;
  limit: number | undefined = undefined;
  next: this | undefined = undefined;
  previous: this | undefined = undefined;
  release: (() => void) | undefined = undefined;

  constructor(sink: ByteSink) {
    this.#sink = sink;
  }

  get need(): number {
    return this.#sink.need ?? 0;
  }

  serve(half: ReadHalf): boolean {
    const { window } = half;
    window.consume(this.#sink.push(window.peek()));
    if (this.#sink.wantsMore) return false;
    this.#sink.onFull();
    return true;
  }

  // The ends come in the middle of the half's work: the sink, which may close the
  // connection, is told when that is done.

  end(): void {
    queueMicrotask(() => this.#sink.onStreamEnd());
  }

  fail(error: unknown): void {
    queueMicrotask(() => this.#sink.onStreamError(error));
  }

  reject(error: unknown): void {
    this.fail(error);
  }
}
