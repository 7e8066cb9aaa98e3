import { Waiter } from "../internal/wait_queue.ts";
import type { ReadHalf } from "../tcp/_read_half.ts";
import type { ReadWaiter } from "../tcp/_read_waiters.ts";

/** Takes bytes in place, and says how many it has used. */
export interface ByteSink {
  /** Takes bytes that are valid during the call only. */
  push(bytes: Uint8Array): number;
  /** Whether it wants more. What it has not used stays for the next. */
  readonly wantsMore: boolean;
}

/**
 * Feeds a parser from the window of a connection: bytes are looked at where the
 * system has put them, and no promise is made between one read and the next.
 *
 * It resolves to `true` when the parser wants no more, to `false` at the end of
 * the stream.
 */
export class Intake extends Waiter<boolean> implements ReadWaiter {
  readonly #sink: ByteSink;

  constructor(sink: ByteSink) {
    super();
    this.#sink = sink;
  }

  serve(half: ReadHalf): boolean {
    half.skip(this.#sink.push(half.peek()));
    if (this.#sink.wantsMore) return false;
    this.resolve(true);
    return true;
  }

  end(): void {
    this.resolve(false);
  }

  fail(error: unknown): void {
    this.reject(error);
  }
}
