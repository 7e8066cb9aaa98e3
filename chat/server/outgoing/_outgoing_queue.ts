import { type Flushable, flushNext } from "../../../internal/flush_queue.ts";
import type { StreamConn } from "../../../tcp/stream_conn.ts";
import { UnreadBound } from "./_unread_bound.ts";

/**
 * The bytes that wait to go out on one connection. Nobody ever waits for them:
 * they are added at once, or not at all if the queue is full. While a write is
 * with the system, what is added comes together and goes out with the next.
 */
export class OutgoingQueue implements Flushable {
  readonly #conn: StreamConn<unknown>;
  readonly #maxBytes: number;
  readonly #bound: UnreadBound;
  #pieces: Uint8Array[] = [];
  /** Bytes of the pieces: the connection has not got them yet. */
  #waiting = 0;
  /** A write is with the system, or the queue is about to be flushed. */
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

  /** Bytes that the system has not taken yet. */
  get byteLength(): number {
    return this.#waiting + this.#conn.bufferedBytes;
  }

  /** Whether the last bytes have been added. */
  get isEnding(): boolean {
    return this.#isEnding;
  }

  /** Whether so much waits that its cause had better wait too. */
  get isCongested(): boolean {
    return !this.#isEnding && this.byteLength > this.#maxBytes / 4;
  }

  /** Resolves when the connection is closed. */
  get ended(): Promise<void> {
    return this.#conn.closed;
  }

  /**
   * Adds bytes, which must not change any more.
   *
   * @returns `false` if there is no room for them, as too much of what was sent
   * before has not been read.
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

  /** Hands all that waits to the connection, as one write. */
  flush(): void {
    if (this.#isEnding) return;
    const pieces = this.#pieces;
    this.#pieces = [];
    this.#waiting = 0;
    this.#conn.writev(pieces).then(this.#onWritten, this.#onFailed);
  }

  /**
   * Sends what waits, and closes the connection in an orderly way. A queue that
   * was full sends the last bytes in place of what waits.
   *
   * @param timeout Milliseconds without any byte taken by the system, after which
   * the connection is cut.
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
    // If that fails, the connection is closed already.
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

  /** The link is lost, which whoever reads from it finds out by this. */
  readonly #onFailed = (): void => {
    this.#conn.terminate();
    this.#relieve();
  };

  #relieve(): void {
    this.#relief?.resolve();
    this.#relief = undefined;
  }
}
