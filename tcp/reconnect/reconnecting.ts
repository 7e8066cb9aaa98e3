import { ClosedError } from "../../internal/errors/closed_error.ts";
import { Notifier } from "../../internal/wait/notifier.ts";
import type {
  DialAttempt,
  ReconnectOptions,
  ReconnectState,
} from "../../internal/reconnect/reconnect_options.ts";
import { Reconnector } from "../../internal/reconnect/reconnector.ts";
import { limited } from "../../internal/wait/limited.ts";
import type { WaitOptions } from "../../internal/wait/wait_options.ts";
import type { StreamConn } from "../conn/stream_conn.ts";

/**
 * Connections of bytes, one after the other: see {@linkcode reconnecting}.
 *
 * @typeParam C The type of the connections.
 */
export interface ReconnectingConns<C> extends AsyncDisposable {
  /**
   * The states from the present one on, for any number of observers. An observer
   * that falls more than 16 states behind misses the oldest of them, and never
   * `closed`, which is the last.
   */
  readonly states: AsyncIterable<ReconnectState<C>>;
  /** The present state. */
  readonly state: ReconnectState<C>;
  /** Resolves when everything has ended and been freed. It never rejects. */
  readonly closed: Promise<void>;
  /**
   * Gives the next connection. The one before is over with this call: if it is
   * open, it is cut. Calls that wait together get the same connection; one that
   * gives up leaves it to the next call.
   *
   * @param wait Limits on this call.
   * @returns The connection, or `null` after `close()`.
   */
  connect(wait?: WaitOptions): Promise<C | null>;
  /**
   * Ends everything. The connection that is open is closed in an orderly way; at
   * a limit it is cut, and the call resolves all the same.
   *
   * @param wait Limits on this call; by default 30 seconds.
   */
  close(wait?: WaitOptions): Promise<void>;
  /** The connections, until the end; leaving the loop closes. */
  [Symbol.asyncIterator](): AsyncGenerator<C, void, undefined>;
}

/**
 * Connects, and connects again each time that the caller asks for the next
 * connection, with pauses that grow: see {@linkcode ReconnectOptions}. Each
 * connection is a stream of bytes of its own, as two of them can't be joined:
 * the first may end in the middle of a record. For lines there is
 * {@linkcode reconnectingLines}.
 *
 * The loop owns the connection that it gets. An error that leaves the loop ends
 * everything, so errors of a lost connection are caught inside. Leaving the loop
 * closes in an orderly way, which waits for the peer: see `close()`.
 *
 * @typeParam C The type of the connections.
 * @param dial Makes a connection.
 * @param options How to connect again.
 * @returns The connections.
 *
 * @example Usage
 * ```ts
 * import { dialTcp, listenTcp, reconnecting } from "@vnet/net/tcp";
 * import { assertEquals } from "@std/assert";
 *
 * // This server ends each connection after one byte.
 * using listener = listenTcp("127.0.0.1:0");
 * let count = 0;
 * listener.serve(async (conn) => {
 *   await conn.write(new Uint8Array([++count]));
 * });
 *
 * const received: number[] = [];
 * const conns = reconnecting(
 *   ({ signal }) => dialTcp(listener.addr, { signal }),
 *   { initialDelay: 1 },
 * );
 * for await (const conn of conns) {
 *   try {
 *     for await (const chunk of conn.readable) received.push(...chunk);
 *   } catch {
 *     // The connection is lost; the loop gets the next one.
 *   }
 *   conn.close();
 *   if (received.length === 3) break;
 * }
 * assertEquals(received, [1, 2, 3]);
 * ```
 */
export function reconnecting<C extends StreamConn<unknown>>(
  dial: (attempt: DialAttempt) => Promise<C>,
  options: ReconnectOptions<C> = {},
): ReconnectingConns<C> {
  return new Conns(dial, options);
}

class Conns<C extends StreamConn<unknown>> extends Reconnector<C>
  implements ReconnectingConns<C> {
  readonly #notifier = new Notifier();
  #conn: C | undefined;
  /** Whether a call has got the connection. */
  #isTaken = false;
  #isClosing = false;
  #end: { readonly reason: unknown } | undefined;

  async connect(wait: WaitOptions = {}): Promise<C | null> {
    if (this.#isTaken) {
      this.#conn = undefined;
      this.#isTaken = false;
      this.#notifier.notify();
    }
    return await limited(
      "Cannot connect",
      wait,
      (signal) => this.#next(signal),
      () => {},
    );
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<C, void, undefined> {
    try {
      for (;;) {
        const conn = await this.connect();
        if (conn === null) return;
        yield conn;
      }
    } finally {
      await this.close();
    }
  }

  /** Gives a connection away until the next one is asked for. */
  protected override async use(conn: C, signal: AbortSignal): Promise<unknown> {
    this.#conn = conn;
    const cut = () => {
      this.#notifier.notify();
      conn.terminate();
    };
    signal.addEventListener("abort", cut);
    this.#notifier.notify();
    while (this.#conn === conn && !this.#isClosing && !signal.aborted) {
      await this.#notifier.changed();
    }
    this.#conn = undefined;
    // A connection that its user has closed ends as it was told to.
    if (this.#isClosing) conn.close();
    else if (conn.state !== "closed") conn.terminate();
    if (this.#isClosing || signal.aborted) await conn.closed;
    signal.removeEventListener("abort", cut);
    return new ClosedError("Cannot go on: the next connection was asked for");
  }

  protected override onClose(): void {
    this.#isClosing = true;
    this.#notifier.notify();
  }

  protected override onEnd(reason: unknown): void {
    this.#end = { reason };
    this.#notifier.notify();
  }

  /** Waits for a connection, and takes it. */
  async #next(signal: AbortSignal): Promise<C | null> {
    const wake = () => this.#notifier.notify();
    signal.addEventListener("abort", wake);
    while (
      this.#conn === undefined && this.#end === undefined && !signal.aborted
    ) {
      await this.#notifier.changed();
    }
    signal.removeEventListener("abort", wake);
    signal.throwIfAborted();
    if (this.#conn !== undefined) {
      this.#isTaken = true;
      return this.#conn;
    }
    const reason = this.#end?.reason;
    if (reason === undefined) return null;
    throw reason;
  }
}
