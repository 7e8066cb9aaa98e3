import {
  type Flushable,
  flushNext,
} from "../../../internal/wait/flush_queue.ts";
import type { StreamConn } from "../../../tcp/conn/stream_conn.ts";
import { UnreadBound } from "./_unread_bound.ts";

/**
 * The outgoing bytes of one connection. Adding never waits: it fails if the queue
 * is full. Bytes added while a write is pending go out together in the next write.
 */
export class OutgoingQueue implements Flushable {
  readonly #conn: StreamConn<unknown>;
  readonly #maxBytes: number;
  readonly #bound: UnreadBound;
  #pieces: Uint8Array[] = [];
  /** Bytes of the pieces. */
  #waiting = 0;
  /** Whether a write is pending, or a flush is scheduled. */
  #isBusy = false;
  #isFull = false;
  #isEnding = false;
  #relief: PromiseWithResolvers<void> | undefined;

  /**
   * @param conn The connection.
   * @param maxBytes The most bytes that a peer may leave unread.
   */
  constructor(conn: StreamConn<unknown>, maxBytes: number) {
    this.#conn = conn;
    this.#maxBytes = maxBytes;
    this.#bound = new UnreadBound(maxBytes, () => this.byteLength);
  }

  /** Bytes that the system has not accepted yet. */
  get byteLength(): number {
    return this.#waiting + this.#conn.bufferedBytes;
  }

  /** Whether {@linkcode end} was called. */
  get isEnding(): boolean {
    return this.#isEnding;
  }

  /** Whether so much waits that no more should be read from this user. */
  get isCongested(): boolean {
    return !this.#isEnding && this.byteLength > this.#maxBytes / 4;
  }

  /** Resolves when the connection is closed. */
  get ended(): Promise<void> {
    return this.#conn.closed;
  }

  /**
   * Adds bytes, which must not be modified afterwards.
   *
   * @returns `false` if the queue is full, as the peer has left too much unread.
   */
  add(bytes: Uint8Array): boolean {
    if (this.#isEnding) return true;
    if (!this.#bound.admits(bytes.length)) {
      this.#isFull = true;
      return false;
    }
    this.#pieces.push(bytes);
    this.#waiting += bytes.length;
    if (!this.#isBusy) {
      this.#isBusy = true;
      flushNext(this);
    }
    return true;
  }

  /** Waits until the queue is not congested, or ends. */
  relieved(): Promise<void> {
    if (!this.isCongested) return Promise.resolve();
    this.#relief ??= Promise.withResolvers();
    return this.#relief.promise;
  }

  /** Writes all waiting bytes at once. */
  flush(): void {
    if (this.#isEnding) return;
    const pieces = this.#pieces;
    this.#pieces = [];
    this.#waiting = 0;
    this.#conn.writev(pieces).then(this.#onWritten, this.#onFailed);
  }

  /**
   * Sends the waiting bytes, and closes the connection in an orderly way. If the
   * queue was full, the last bytes replace its content.
   *
   * @param timeout Milliseconds without progress, after which the connection is
   * cut.
   * @param last The last bytes.
   */
  end(timeout: number, last?: Uint8Array): void {
    if (this.#isEnding) return;
    const pieces = this.#isFull ? [] : this.#pieces;
    if (last !== undefined) pieces.push(last);
    this.#pieces = [];
    this.#waiting = 0;
    this.#isEnding = true;
    this.#relieve();
    // A failed write has closed the connection already.
    if (pieces.length > 0) this.#conn.writev(pieces).catch(() => {});
    this.#conn.setCloseTimeout(timeout);
    this.#conn.close();
  }

  readonly #onWritten = (): void => {
    if (this.#isEnding) return;
    if (this.#pieces.length > 0) this.flush();
    else this.#isBusy = false;
    if (!this.isCongested) this.#relieve();
  };

  /** The connection is lost: pending reads fail. */
  readonly #onFailed = (): void => {
    this.#conn.terminate();
    this.#relieve();
  };

  #relieve(): void {
    this.#relief?.resolve();
    this.#relief = undefined;
  }
}
