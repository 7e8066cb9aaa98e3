import {
  checkOptions,
  checkWait,
  isCount,
  isSignal,
  isTime,
  isType,
  type OptionChecks,
} from "../../internal/check_options.ts";
import { callOrPrint } from "../../internal/errors/call_safely.ts";
import { ClosedError } from "../../internal/errors/closed_error.ts";
import { isExpectedEnd } from "../../internal/errors/expected_end.ts";
import { onAbort } from "../../internal/wait/on_abort.ts";
import { limited } from "../../internal/wait/limited.ts";
import { failedHandler } from "../../internal/errors/failed_handler.ts";
import { printError } from "../../internal/errors/print_error.ts";
import { SlotMap } from "../../internal/slot_map.ts";
import { TaskCount } from "../../internal/wait/task_count.ts";
import type { WaitOptions } from "../../internal/wait/wait_options.ts";
import { AcceptLoop, type RawListener } from "./_accept_loop.ts";
import { ConnectionStream } from "./_connection_stream.ts";
import type { ListenerStats } from "./listener_stats.ts";
import { oldestClosing } from "../conn/_closing.ts";
import type { OnFreed } from "../conn/_conn_core.ts";
import { coreOf, type StreamConn } from "../conn/stream_conn.ts";
import {
  isProxyProtocol,
  type ProxyProtocolOptions,
} from "../proxy_protocol/proxy_protocol_options.ts";

/** Options of every listener. */
export interface ListenerOptions {
  /**
   * How many accepted connections may be open at once. One more is closed at
   * once and counted.
   *
   * @default {Infinity}
   */
  maxConnections?: number;
  /**
   * Reads a header of the PROXY protocol from the connections of these proxies,
   * by which the connection is that of the proxy's client.
   */
  proxyProtocol?: ProxyProtocolOptions;
}

/** The checks of {@linkcode ListenerOptions}. */
export const LISTENER_CHECKS: OptionChecks<ListenerOptions> = {
  maxConnections: isCount(),
  proxyProtocol: isProxyProtocol,
};

/** Options for {@linkcode StreamListener.serve}. */
export interface ServeOptions {
  /** Closes the listener when it aborts. Open connections go on. */
  signal?: AbortSignal;
  /**
   * Called with the errors of handlers, of handshakes (of TLS and of the PROXY
   * header) and of accepting. Without it, an error of a handler is printed with
   * `console.error` (but not that this side has closed its connection), and the
   * others are counted only, in {@linkcode StreamListener.errorCount}.
   *
   * A connection that ends or is reset before its first byte, as those of health
   * checks, is no error of accepting or of a handshake.
   */
  onError?: (error: unknown) => void;
  /**
   * The initial {@linkcode StreamConn.closeTimeout} of each connection.
   *
   * @default {30000}
   */
  closeTimeout?: number;
  /**
   * Whether a connection stays open for writing when its peer has ended. With
   * `false` this side ends too, as with Node's default: when a call has got the
   * end of the stream (`null`, or the end of a loop) FIN goes out behind all that
   * was written before, and later writes reject with {@linkcode ClosedError}. If
   * `writable` is locked then, the holder of the lock ends it.
   *
   * @default {true}
   */
  allowHalfOpen?: boolean;
}

/** The second argument of a handler of {@linkcode StreamListener.serve}. */
export interface ServeHandlerInfo {
  /**
   * Aborts when the connection is closed or cut on this side: by `close()` or
   * `terminate()`, by the limit of {@linkcode StreamListener.shutdown}, by an idle
   * timeout, or when both directions have ended. `serve` closes the connection of
   * a handler that has settled, so work that a handler leaves behind is aborted
   * too. The reason is a {@linkcode ClosedError}.
   *
   * The end or the reset of the peer alone does not abort it: the calls of the
   * connection report these. A connection that a WebSocket or TLS has taken over
   * is closed when that is.
   */
  readonly signal: AbortSignal;
}

const SERVE_CHECKS: OptionChecks<ServeOptions> = {
  signal: isSignal,
  onError: isType("function"),
  closeTimeout: isTime,
  allowHalfOpen: isType("boolean"),
};

/** The parts of a listener. */
interface Parts<C, A, R> {
  raw: RawListener<R>;
  addr: A;
  name: string;
  /**
   * Makes a connection of a raw one, perhaps after a handshake.
   *
   * @param drop Counts the connection as one too many. It then has to fail.
   */
  prepare: (raw: R, drop: () => void) => C | Promise<C>;
  /** Whether the peer of a raw connection may have one more. */
  admits: (raw: R) => boolean;
  /** Told of an accepted connection that is over. */
  onFreed?: (conn: C) => void;
  /** How many connections were one too many of their address. */
  refusedPerIp?: () => number;
  /** Told when the listener has been closed. */
  onClose?: (() => void) | undefined;
}

// deno-lint-ignore no-explicit-any
type AnyListener = StreamListener<any, any>;

/**
 * Like `serve` of the listener, for servers that end their connections themselves
 * and count them: an idle connection need not cost a handler's promise.
 */
export let eachConnection: (
  listener: AnyListener,
  take: (conn: StreamConn<unknown>) => void,
  options: ServeOptions,
  tasks: TaskCount,
) => Promise<void>;

/**
 * A listener for connections: the common base of those for TCP, TLS and Unix
 * sockets.
 *
 * Connections come by {@linkcode StreamListener.accept}, by `for await` over
 * the listener, by {@linkcode StreamListener.connections} or to the handler of
 * {@linkcode StreamListener.serve}; all of these may run at once. Nothing that
 * a peer does ends the listener, and neither does a system without resources:
 * accepting then goes on after a pause of 5 ms, doubled each time up to a
 * second.
 *
 * While no call waits for a connection none is accepted: they wait in the
 * system's backlog.
 *
 * @typeParam C The type of the connections.
 * @typeParam A The type of the listener's address.
 */
export abstract class StreamListener<
  C extends StreamConn<unknown>,
  A = Deno.Addr,
> {
  static {
    eachConnection = (listener, take, options, tasks) =>
      listener.#each(take, options, tasks);
  }

  readonly #loop: AcceptLoop<C, { close(): void }>;
  /** The open connections, by the order in which they came. */
  readonly #active = new SlotMap<number, C>();
  #lastNumber = 0;
  readonly #onFreed: ((conn: C) => void) | undefined;
  readonly #onConnFreed: OnFreed<C> = (conn, number) => {
    this.#active.delete(number);
    this.#endedBytesRead += conn.bytesRead;
    this.#endedBytesWritten += conn.bytesWritten;
    this.#onFreed?.(conn);
  };
  readonly #reporters = new Set<(error: unknown) => void>();
  #connections: ReadableStream<C> | undefined;
  #maxConnections = Infinity;
  #errorCount = 0;
  #refusedInAll = 0;
  readonly #refusedPerIp: () => number;
  /** Bytes of the connections that are over. */
  #endedBytesRead = 0;
  #endedBytesWritten = 0;

  /** The address of the listener, with the port that the system chose for 0. */
  readonly addr: A;

  /** Takes over a listener of the runtime. */
  protected constructor(
    // deno-lint-ignore no-explicit-any
    parts: Parts<C, A, any>,
    options: ListenerOptions,
  ) {
    this.addr = parts.addr;
    this.#onFreed = parts.onFreed;
    this.#refusedPerIp = parts.refusedPerIp ?? (() => 0);
    if (options.maxConnections !== undefined) {
      this.maxConnections = options.maxConnections;
    }
    const drop = () => void this.#loop.droppedCount++;
    this.#loop = new AcceptLoop({
      raw: parts.raw,
      name: parts.name,
      prepare: (raw) => parts.prepare(raw, drop),
      admits: (raw) => this.#admits(() => parts.admits(raw)),
      onReady: (conn) => this.#track(conn),
      onClose: parts.onClose,
      onError: (error) => {
        if (isExpectedEnd(error)) return;
        const handler = failedHandler(error);
        if (this.#reporters.size === 0 && handler !== undefined) {
          printError(`Uncaught error in ${handler}`, error);
        }
        this.#report(error);
      },
    });
  }

  /**
   * How many accepted connections may be open at once, those in a handshake
   * included (Node's `maxConnections`). It can be set at any time; connections
   * that are open stay. One more than it allows is closed at once and counted.
   */
  get maxConnections(): number {
    return this.#maxConnections;
  }

  set maxConnections(count: number) {
    isCount()(count, "maxConnections");
    this.#maxConnections = count;
  }

  /** How many accepted connections are open (Node's `getConnections`). */
  get connectionCount(): number {
    return this.#active.size;
  }

  /**
   * The accepted connections that are open at this moment: a new set each time.
   * How many they are, {@linkcode StreamListener.connectionCount} tells at once.
   */
  get activeConnections(): ReadonlySet<C> {
    return new Set(this.#active.values());
  }

  /** How many connections have come in, those that are over included. */
  get acceptedCount(): number {
    return this.#loop.acceptedCount;
  }

  /**
   * How many connections were closed because there were too many, or because
   * they came by IPv4 and the listener has `network: "tcp6"`. One that a PROXY
   * header made one too many has come in, and counts there, too.
   */
  get droppedCount(): number {
    return this.#loop.droppedCount;
  }

  /** How many accepts, handshakes and handlers have failed. */
  get errorCount(): number {
    return this.#errorCount;
  }

  /**
   * All counters at this moment: a new object each time, made by adding up the
   * bytes of the open connections.
   */
  get stats(): ListenerStats {
    let bytesRead = this.#endedBytesRead;
    let bytesWritten = this.#endedBytesWritten;
    this.#active.each((conn) => {
      bytesRead += conn.bytesRead;
      bytesWritten += conn.bytesWritten;
    });
    return {
      accepted: this.acceptedCount,
      open: this.connectionCount,
      refused: {
        maxConnections: this.#refusedInAll,
        maxConnectionsPerIp: this.#refusedPerIp(),
      },
      handshakesFailed: this.#loop.failedCount,
      errors: this.#errorCount,
      bytesRead,
      bytesWritten,
    };
  }

  /** Milliseconds that an accept may take, `Infinity` for no limit. */
  get acceptTimeout(): number {
    return this.#loop.calls.timeout;
  }

  /** The moment at which accepting times out. */
  get acceptDeadline(): Date | undefined {
    return this.#loop.calls.deadline;
  }

  /**
   * Waits for the next connection, which the caller then owns. Calls may
   * overlap, and are served in the order asked. One that times out or is
   * aborted loses no connection: the next call gets it.
   *
   * @param wait Limits on this call.
   * @returns The connection.
   * @throws {DOMException} Named `TimeoutError`, at a limit.
   * @throws {ClosedError} If the listener is or gets closed.
   *
   * @example Usage
   * ```ts
   * import { dialTcp, listenTcp } from "@vnet/net/tcp";
   * import { assertEquals } from "@std/assert";
   *
   * using listener = listenTcp("127.0.0.1:0");
   * using client = await dialTcp(listener.addr);
   * using server = await listener.accept({ timeout: 5000 });
   * assertEquals(server.remoteAddr, client.localAddr);
   * ```
   */
  accept(wait?: WaitOptions): Promise<C> {
    return this.#loop.accept(wait);
  }

  /**
   * Limits each accept from now on: milliseconds, `0` to poll, `Infinity` (the
   * default) for none.
   *
   * @param timeout Milliseconds.
   */
  setAcceptTimeout(timeout: number): void {
    this.#loop.calls.timeout = timeout;
  }

  /**
   * Sets the moment at which accepting times out, of pending calls too.
   *
   * @param deadline The moment, or `undefined` for none.
   */
  setAcceptDeadline(deadline: Date | number | undefined): void {
    this.#loop.calls.setDeadline(deadline);
  }

  /**
   * The connections as they come, until the listener is closed. Leaving the
   * loop early leaves the listener open.
   *
   * @example Usage
   * ```ts
   * import { dialTcp, listenTcp } from "@vnet/net/tcp";
   * import { assertEquals } from "@std/assert";
   *
   * using listener = listenTcp("127.0.0.1:0");
   * using client = await dialTcp(listener.addr);
   * for await (const conn of listener) {
   *   using _conn = conn;
   *   await conn.writeString("hello\n");
   *   break;
   * }
   * assertEquals(await client.readLine(), "hello");
   * ```
   */
  async *[Symbol.asyncIterator](): AsyncGenerator<C, void, undefined> {
    while (true) {
      try {
        yield await this.accept();
      } catch (error) {
        if (this.#isEnd(error)) return;
        throw error;
      }
    }
  }

  /**
   * The connections as a stream without read-ahead, which ends when the
   * listener is closed. Cancelling it leaves the listener open, and the next
   * access makes a new stream. A connection belongs to its reader.
   *
   * @example Usage
   * ```ts
   * import { dialTcp, listenTcp } from "@vnet/net/tcp";
   * import { assertEquals } from "@std/assert";
   *
   * using listener = listenTcp("127.0.0.1:0");
   * const reader = listener.connections.getReader();
   * using client = await dialTcp(listener.addr);
   * const { value } = await reader.read();
   * assertEquals(value?.remoteAddr, client.localAddr);
   * value?.close();
   * ```
   */
  get connections(): ReadableStream<C> {
    return this.#connections ??= new ConnectionStream<C>({
      accept: (signal) => this.accept({ signal }),
      giveBack: (conn) => this.#loop.giveBack(conn),
      isEnd: (error) => error instanceof ClosedError,
      onOver: () => this.#connections = undefined,
    });
  }

  /**
   * Runs a handler for each connection, many at once, until the listener is
   * closed and the last handler has settled.
   *
   * It rejects if an accept timeout or deadline of the listener passes, and
   * leaves the handlers to their work.
   *
   * A connection is closed when its handler settles, in the orderly way of
   * {@linkcode StreamConn.close}: the bytes of the handler arrive. It counts
   * as open until its peer has ended too. A handler that throws ends its own
   * connection only; one by TLS then ends without `close_notify`, so that the
   * peer does not take half an answer for a whole one (not by the runtime's TLS).
   *
   * @param handler Gets each connection, and a signal that aborts when the
   * connection is closed or cut.
   * @param options How to stop, and where errors go.
   *
   * @example Usage
   * ```ts
   * import { dialTcp, listenTcp } from "@vnet/net/tcp";
   * import { assertEquals } from "@std/assert";
   *
   * const listener = listenTcp("127.0.0.1:0");
   * const serving = listener.serve((conn) => conn.readable.pipeTo(conn.writable));
   *
   * using client = await dialTcp(listener.addr);
   * await client.writeString("hello\n");
   * assertEquals(await client.readLine(), "hello");
   * client.close();
   * listener.close();
   * await serving;
   * ```
   *
   * @example Work that stops with its connection
   * ```ts
   * import { delay } from "@std/async/delay";
   * import { dialTcp, isClosed, listenTcp } from "@vnet/net/tcp";
   * import { assertEquals } from "@std/assert";
   *
   * const listener = listenTcp("127.0.0.1:0");
   * const errors: unknown[] = [];
   * const serving = listener.serve(async (conn, { signal }) => {
   *   await conn.writeString("working\n");
   *   await delay(3_600_000, { signal });
   * }, { onError: (error) => errors.push(error) });
   *
   * using client = await dialTcp(listener.addr);
   * assertEquals(await client.readLine(), "working");
   * assertEquals(await listener.shutdown({ timeout: 0 }), 1);
   * await serving;
   * assertEquals(errors.map(isClosed), [true]);
   * ```
   */
  async serve(
    handler: (conn: C, info: ServeHandlerInfo) => void | Promise<void>,
    options: ServeOptions = {},
  ): Promise<void> {
    isType("function")(handler, "handler");
    checkOptions(options, SERVE_CHECKS);
    const handlers = new TaskCount();
    const { closeTimeout, allowHalfOpen = true } = options;
    await this.#each(
      (conn) => {
        if (closeTimeout !== undefined) conn.setCloseTimeout(closeTimeout);
        if (!allowHalfOpen) coreOf(conn).allowsHalfOpen = false;
        this.#handle(conn, handler, handlers);
      },
      options,
      handlers,
    );
  }

  /**
   * Stops accepting, at once: pending accepts reject with
   * {@linkcode ClosedError}. Connections that a call has got stay open.
   * Closing again does nothing.
   *
   * @returns Resolves when the system has released the port, which may be a
   * moment later: when the accept in flight has come back.
   */
  close(): Promise<void> {
    this.#loop.close();
    return this.#loop.released();
  }

  /**
   * Stops accepting and waits until the open connections have ended, those that
   * are closing included; those that are still open at a limit are cut.
   *
   * @param wait How long the connections get. Without a limit, as long as they
   * take.
   * @returns How many connections had to be cut.
   *
   * @example Usage
   * ```ts
   * import { dialTcp, listenTcp } from "@vnet/net/tcp";
   * import { assertEquals } from "@std/assert";
   *
   * const listener = listenTcp("127.0.0.1:0");
   * using client = await dialTcp(listener.addr);
   * using _server = await listener.accept();
   * assertEquals(await listener.shutdown({ timeout: 10 }), 1);
   * assertEquals(await client.read(new Uint8Array(1)), null);
   * ```
   */
  async shutdown(wait: WaitOptions = {}): Promise<number> {
    checkWait(wait);
    await this.close();
    try {
      await limited("Cannot wait for the connections", wait, async () => {
        const closed = this.#active.values().map((conn) => conn.closed);
        await Promise.all(closed);
      });
    } catch {
      // At a limit, whichever: the rest is closed.
    }
    const left = [...this.#active.values()];
    for (const conn of left) conn.terminate();
    return left.length;
  }

  /** Lets a pending accept keep the process alive, which is the default. */
  ref(): void {
    this.#loop.isRef = true;
  }

  /**
   * Lets the process end although an accept is pending. The runtime does not
   * heed it where the TLS is its own (`tlsBackend: "runtime"`).
   */
  unref(): void {
    this.#loop.isRef = false;
  }

  /** Closes the listener at the end of a `using` scope. */
  [Symbol.dispose](): void {
    this.close();
  }

  /** Closes the listener, and waits until the system has released the port. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /**
   * Whether one more may be open, of a peer that may have one. A connection that
   * is closing makes room for it, if there is no other.
   */
  #admits(admitsPeer: () => boolean): boolean {
    const count = this.#count;
    if (count < this.#maxConnections) return admitsPeer();
    const closing = count - 1 < this.#maxConnections
      ? oldestClosing(this.#onConnFreed)
      : undefined;
    if (closing === undefined) {
      this.#refusedInAll++;
      return false;
    }
    if (!admitsPeer()) return false;
    closing.cut();
    return true;
  }

  get #count(): number {
    return this.#active.size + this.#loop.preparingCount;
  }

  #track(conn: C): void {
    const number = ++this.#lastNumber;
    this.#active.set(number, conn);
    coreOf(conn).whenFreed(this.#onConnFreed as OnFreed<unknown>, number);
  }

  /** Takes connections until the listener is closed and all tasks have ended. */
  async #each(
    take: (conn: C) => void,
    options: ServeOptions,
    tasks: TaskCount,
  ): Promise<void> {
    const { signal, onError } = options;
    if (signal?.aborted) this.close();
    using _abort = onAbort(signal, () => void this.close());
    if (onError !== undefined) this.#reporters.add(onError);
    try {
      // Not by the iterator, which makes two more promises for each.
      while (true) take(await this.accept());
    } catch (error) {
      if (!this.#isEnd(error)) throw error;
      await tasks.whenIdle();
      await this.#loop.released();
    } finally {
      if (onError !== undefined) this.#reporters.delete(onError);
    }
  }

  /** Whether an accept has failed because the listener is closed. */
  #isEnd(error: unknown): boolean {
    return error instanceof ClosedError && this.#loop.isClosed;
  }

  /** Not an async function, whose frame each connection would keep. */
  #handle(
    conn: C,
    handler: (conn: C, info: ServeHandlerInfo) => void | Promise<void>,
    handlers: TaskCount,
  ): void {
    handlers.enter();
    const end = () => {
      conn.close();
      coreOf(conn).whenSent().then(handlers.leave);
    };
    const fail = (error: unknown) => {
      coreOf(conn).failEnd();
      if (!isExpectedEnd(error)) {
        // This side has cut the connection: the program knows.
        const isOwn = error instanceof ClosedError && conn.state === "closed";
        if (this.#reporters.size === 0 && !isOwn) {
          printError(`Uncaught error in the handler of ${conn}`, error);
        }
        this.#report(error);
      }
      end();
    };
    try {
      Promise.resolve(handler(conn, new HandlerInfo(conn))).then(end, fail);
    } catch (error) {
      fail(error);
    }
  }

  #report(error: unknown): void {
    this.#errorCount++;
    // A fault of the program must not end the accept loop, nor the process.
    for (const report of this.#reporters) {
      callOrPrint("onError of a listener", () => report(error));
    }
  }
}

/** Makes the signal of a handler when the handler first asks for it. */
class HandlerInfo implements ServeHandlerInfo {
  readonly #conn: StreamConn<unknown>;

  constructor(conn: StreamConn<unknown>) {
    this.#conn = conn;
  }

  get signal(): AbortSignal {
    return coreOf(this.#conn).signal;
  }
}

/** Makes a listener of a raw one, which is closed if that fails. */
export function takeOver<R extends { close(): void }, L>(
  raw: R,
  make: (raw: R) => L,
): L {
  try {
    return make(raw);
  } catch (error) {
    raw.close();
    throw error;
  }
}
