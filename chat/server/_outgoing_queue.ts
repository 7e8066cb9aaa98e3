import { afterPoll } from "../../internal/after_poll.ts";
import { type Flushable, flushNext } from "../../internal/flush_queue.ts";
import type { StreamConn } from "../../tcp/stream_conn.ts";
import { UnreadBound } from "./_unread_bound.ts";

/**
 * Milliseconds that a peer has to end its side, once ours has ended. To close a
 * connection on which bytes still arrive resets it, and the peer may then lose
 * the last that it was sent, which may be on its way for long.
 */
const LINGER = 120_000;

/** The most bytes of the peer that are dropped in that time. */
const MAX_DROPPED = 16 * 1024 * 1024;

/** Into how many parts the time without progress is divided. */
const LOOKS = 4;

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
  readonly #linger: number;
  readonly #bound: UnreadBound;
  readonly #ended = Promise.withResolvers<void>();
  #pieces: Uint8Array[] = [];
  /** Bytes of the pieces: the connection has not got them yet. */
  #waiting = 0;
  /** A write is with the system, or the queue is about to be flushed. */
  #isBusy = false;
  #isFull = false;
  #isEnding = false;
  /** Bytes of the peer that came behind the end of the stream. */
  #dropped = 0;
  #hasEnded = false;
  #relief: PromiseWithResolvers<void> | undefined;

  /**
   * @param conn The connection.
   * @param maxBytes The most bytes that a peer may leave unread.
   * @param linger Milliseconds that the peer has to end its side.
   */
  constructor(
    conn: StreamConn<unknown>,
    maxBytes: number,
    linger: number = LINGER,
  ) {
    this.#conn = conn;
    this.#maxBytes = maxBytes;
    this.#linger = linger;
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
    return this.#ended.promise;
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
   * Sends what waits and then the end of the stream. The connection is closed when
   * the peer has ended its side too: until then the caller goes on reading, and
   * drops what comes. A queue that was full sends the last bytes in place of what
   * waits.
   *
   * @param timeout Milliseconds without progress, that is without any byte taken
   * by the system, after which the connection is cut.
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

  /** Tells of bytes of the peer that were dropped after {@linkcode end}. */
  drop(bytes: number): void {
    if (!this.#hasEnded) return;
    this.#dropped += bytes;
    if (this.#dropped > MAX_DROPPED) this.#cut();
  }

  async #finish(timeout: number): Promise<void> {
    const stopWatching = this.#watchProgress(timeout);
    let timer: ReturnType<typeof setTimeout> | undefined;
    try {
      await this.#conn.closeWrite();
      stopWatching();
      this.#hasEnded = true;
      timer = setTimeout(() => this.#cut(), this.#linger);
      await this.#conn.closed;
    } catch {
      // The link is lost, or was cut.
      this.#cut();
    } finally {
      stopWatching();
      clearTimeout(timer);
    }
  }

  /** Cuts the connection when the system takes nothing for so long. */
  #watchProgress(timeout: number): () => void {
    let taken = this.#conn.bytesWritten;
    let looks = 0;
    const hasMoved = () => {
      const before = taken;
      taken = this.#conn.bytesWritten;
      return taken !== before;
    };
    const look = () => {
      looks = hasMoved() ? 0 : looks + 1;
      // In a busy process, what the system could take may not be known yet.
      if (looks === LOOKS) {
        afterPoll(() => {
          if (isWatching && !hasMoved()) this.#cut();
          looks = 0;
        });
      }
    };
    let isWatching = true;
    const timer = setInterval(look, Math.min(timeout, MAX_DELAY) / LOOKS);
    return () => {
      isWatching = false;
      clearInterval(timer);
    };
  }

  #cut(): void {
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
    this.#cut();
    this.#relieve();
  };

  #relieve(): void {
    this.#relief?.resolve();
    this.#relief = undefined;
  }
}
