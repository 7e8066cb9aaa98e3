import { type Flushable, flushNext } from "../../internal/flush_queue.ts";
import type { StreamConn } from "../../tcp/stream_conn.ts";

/**
 * Milliseconds that a peer has to end its side, once ours has ended. To close a
 * connection on which bytes still arrive resets it, and the peer may then lose
 * the last that it was sent.
 */
const LINGER = 1000;

/** The longest delay a timer takes. */
const MAX_DELAY = 2 ** 31 - 1;

/**
 * The bytes that wait to go out on one connection. Nobody ever waits for them:
 * they are added at once, or not at all if the queue is full. While a write is
 * with the system, what is added comes together and goes out with the next.
 */
export class OutgoingQueue implements Flushable {
  readonly #conn: StreamConn<unknown>;
  readonly #maxBytes: number;
  readonly #ended = Promise.withResolvers<void>();
  #pieces: Uint8Array[] = [];
  /** Bytes of the pieces: the connection has not got them yet. */
  #waiting = 0;
  /** A write is with the system, or the queue is about to be flushed. */
  #isBusy = false;
  #isFull = false;
  #isEnding = false;
  #relief: PromiseWithResolvers<void> | undefined;

  constructor(conn: StreamConn<unknown>, maxBytes: number) {
    this.#conn = conn;
    this.#maxBytes = maxBytes;
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
    return this.#ended.promise;
  }

  /**
   * Adds bytes, which must not change any more.
   *
   * @returns `false` if there is no room for them.
   */
  add(bytes: Uint8Array): boolean {
    if (this.#isEnding) return true;
    if (this.byteLength + bytes.length > this.#maxBytes) {
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
   * Sends what waits and then the end of the stream, and closes the connection
   * when the peer has ended its side too, or soon after. A queue that was full
   * sends the last bytes in place of what waits.
   *
   * @param timeout Milliseconds until the connection is cut all the same.
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
    // What goes wrong here goes wrong with the end of the stream, too.
    this.#conn.writev(pieces).catch(() => {});
    this.#ended.resolve(this.#finish(timeout));
  }

  async #finish(timeout: number): Promise<void> {
    const cut = () => this.#conn.close();
    let timer = setTimeout(cut, Math.min(timeout, MAX_DELAY));
    try {
      await this.#conn.closeWrite();
      clearTimeout(timer);
      timer = setTimeout(cut, LINGER);
      await this.#conn.closed;
    } catch {
      // The link is lost, or was cut.
      cut();
    } finally {
      clearTimeout(timer);
    }
  }

  readonly #onWritten = (): void => {
    if (this.#isEnding) return;
    if (this.#pieces.length > 0) this.flush();
    else this.#isBusy = false;
    if (!this.isCongested) this.#relieve();
  };

  /** The link is lost, which whoever reads from it finds out by this. */
  readonly #onFailed = (): void => {
    this.#conn.close();
    this.#relieve();
  };

  #relieve(): void {
    this.#relief?.resolve();
    this.#relief = undefined;
  }
}
