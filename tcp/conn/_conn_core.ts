import { closeRaw } from "../../internal/close_raw.ts";
import { ClosedError } from "../../internal/errors/closed_error.ts";
import { callOrPrint } from "../../internal/errors/call_safely.ts";
import { ConnReadable } from "../streams/_conn_readable.ts";
import { ConnWritable } from "../streams/_conn_writable.ts";
import { Closing, type ClosingHost } from "./_closing.ts";
import { IdleWatch } from "./_idle_watch.ts";
import type { HalfHost, RawConn } from "./_raw_conn.ts";
import { ReadHalf } from "./_read_half.ts";
import { WriteHalf } from "./_write_half.ts";

/**
 * Milliseconds. A system may report progress in steps: Linux lets a writer go on
 * when a third of its send buffer is free, which may be a megabyte.
 */
const DEFAULT_CLOSE_TIMEOUT = 30_000;

/** A protocol that has taken a connection over. */
export interface ConnProtocol {
  /** `close()` of the connection was called: ends the protocol. */
  closeConn(): void;
  /** The end that comes next is a failure: see {@linkcode ConnCore.failEnd}. */
  failEnd?(): void;
}

/** Called when the resource of a connection has been freed, with its number. */
export type OnFreed<C> = (conn: C, number: number) => void;

/** The function that a connection calls when it is idle, or its action then. */
export type OnIdle = (() => void) | "close";

/**
 * The life of a connection: both halves, their ends, the orderly closing, and the
 * resource, which is freed when all is over. `StreamConn` is its public API.
 */
export class ConnCore<C extends object> implements HalfHost, ClosingHost {
  readonly raw: RawConn;
  readonly reads: ReadHalf;
  readonly writes: WriteHalf;
  /** Whether timers have to keep the process alive, for want of a socket. */
  readonly keepsAlive: boolean;
  readonly #conn: C;
  /** One function for all connections: a closure for each would cost memory. */
  readonly #describe: (conn: C) => string;

  isRef = true;
  isClosed = false;
  isFreed = false;
  #isReadEnded = false;
  #isWriteEnded = false;
  /** Whether the writing side stays open when the peer has ended. */
  allowsHalfOpen = true;
  /**
   * The protocol that ends the connection instead of `close()`, if there is one.
   * When it has done so, or has failed, it takes itself off and calls `close()`
   * or `terminate()`.
   */
  protocol: ConnProtocol | undefined;

  #readable: ConnReadable | undefined;
  #writable: ConnWritable | undefined;
  #closed: PromiseWithResolvers<void> | undefined;
  #aborter: AbortController | undefined;
  #onFreed: OnFreed<C> | undefined;
  #number = 0;
  #onIdle: OnIdle | undefined;
  #closing: Closing | undefined;
  /** Resolves when the closing begins, which is up to a protocol. */
  #closingBegun: PromiseWithResolvers<void> | undefined;
  /** Left out where it is the default: a number costs 16 bytes. */
  #closeTimeout: number | undefined;

  constructor(
    conn: C,
    describe: (conn: C) => string,
    raw: RawConn,
    keepsAlive: boolean,
  ) {
    this.#conn = conn;
    this.#describe = describe;
    this.raw = raw;
    this.keepsAlive = keepsAlive;
    this.reads = new ReadHalf(raw, this, keepsAlive);
    this.writes = new WriteHalf(raw, this, keepsAlive);
  }

  get peerName(): string {
    return this.#describe(this.#conn);
  }

  get owner(): unknown {
    return this.#onFreed;
  }

  get state(): "open" | "readOnly" | "writeOnly" | "closed" {
    if (this.isClosed || this.isFreed) return "closed";
    if (this.#isReadEnded) return this.#isWriteEnded ? "closed" : "writeOnly";
    return this.#isWriteEnded ? "readOnly" : "open";
  }

  get closed(): Promise<void> {
    if (this.#closed === undefined) {
      this.#closed = Promise.withResolvers();
      if (this.isFreed) this.#closed.resolve();
    }
    return this.#closed.promise;
  }

  /** Aborts when the connection is closed or cut on this side. */
  get signal(): AbortSignal {
    if (this.#aborter === undefined) {
      this.#aborter = new AbortController();
      if (this.state === "closed") this.#abort();
    }
    return this.#aborter.signal;
  }

  get closeTimeout(): number {
    return this.#closeTimeout ?? DEFAULT_CLOSE_TIMEOUT;
  }

  set closeTimeout(timeout: number) {
    this.#closeTimeout = timeout;
  }

  get readable(): ConnReadable {
    if (this.#readable === undefined) {
      this.#readable = new ConnReadable(this.reads);
      if (this.isClosed) this.#readable.fail(this.closedError("read from"));
    }
    return this.#readable;
  }

  get writable(): ConnWritable {
    if (this.#writable === undefined) {
      this.#writable = new ConnWritable(this.writes);
      if (this.isClosed) this.#writable.fail(this.closedError("write to"));
    }
    return this.#writable;
  }

  /** Why no call may read, as a reader has locked `readable`. */
  get readLock(): TypeError | undefined {
    return this.#readable?.locked
      ? new TypeError(
        `Cannot read from ${this.peerName}: a reader has locked "readable"`,
      )
      : undefined;
  }

  /** Why no call may write, as a writer has locked `writable`. */
  get writeLock(): TypeError | undefined {
    return this.#writable?.locked
      ? new TypeError(
        `Cannot write to ${this.peerName}: a writer has locked "writable"`,
      )
      : undefined;
  }

  /** Closes the connection in an orderly way: see `StreamConn.close`. */
  close(): void {
    if (this.protocol !== undefined) return this.protocol.closeConn();
    if (this.isClosed) return;
    this.isClosed = true;
    this.#watchIdle(undefined);
    const isDone = this.#isWriteEnded || this.#hasNothingToSend();
    const makeError = () => this.closedError("write to");
    if (isDone) this.writes.close(makeError);
    else this.writes.finish(makeError);
    this.#endReading();
    this.#writable?.fail(this.closedError("write to"));
    if (isDone) this.#finish();
    else this.#closeOrderly();
    this.#abort();
  }

  /** Ends the connection at once. */
  terminate(): void {
    this.protocol = undefined;
    if (this.isFreed) return;
    this.#end();
    this.#free();
  }

  /**
   * Takes the raw connection for a protocol that works below it, and is to be set
   * as `protocol`. The connection can't be used from then on, but is counted as
   * open by its owner until `terminate()`: its `close()` is up to the protocol.
   */
  lend(): RawConn {
    this.#end();
    // A read that has given up may have left it unreferenced.
    this.raw.ref();
    return this.raw;
  }

  /**
   * Lets the end be a failure for the peer, where that can be told: TLS ends
   * without `close_notify` (RFC 8446 section 6.1).
   */
  failEnd(): void {
    if (this.protocol === undefined) this.writes.failEnd();
    else this.protocol.failEnd?.();
  }

  /**
   * Sets the function to call when the resource has been freed. There is one place
   * for it, the listener's; others use `closed`, which costs a promise. One function
   * serves for all connections of a listener, and knows each by its number.
   */
  whenFreed(onFreed: OnFreed<C>, number: number): void {
    this.#onFreed = onFreed;
    this.#number = number;
  }

  /**
   * Resolves when the writes to a connection that is closing, and its FIN, are with
   * the system, or never will be.
   */
  whenSent(): Promise<void> {
    if (this.isFreed) return this.closed;
    if (this.#closing !== undefined) return this.#closing.whenSent();
    // A protocol ends it in its own time.
    this.#closingBegun ??= Promise.withResolvers();
    return this.#closingBegun.promise.then(() => this.whenSent());
  }

  /** Lets pending reads keep the process alive, or not. */
  setRef(isRef: boolean): void {
    this.isRef = isRef;
    if (!this.isFreed) (this.#closing ?? this.reads).updateRef();
  }

  /** The action when the connection is idle, if it was ever set. */
  get onIdle(): OnIdle | undefined {
    return this.#onIdle;
  }

  /** Watches the connection for idle times; `undefined` for not at all. */
  setIdle(timeout: number | undefined, action?: OnIdle): void {
    this.#watchIdle(undefined);
    if (timeout === undefined || action === undefined) return;
    this.#onIdle = action;
    if (this.isFreed) return;
    this.#watchIdle(
      new IdleWatch(
        timeout,
        action === "close"
          ? () => this.close()
          : () => callOrPrint(`onIdle of ${this.#conn}`, action),
        this.keepsAlive,
        () => this.reads.isReadDeferred,
      ),
    );
  }

  /** The error of a call that can't be done as the connection is closed. */
  closedError(action: string): ClosedError {
    return new ClosedError(
      `Cannot ${action} ${this.peerName}: the connection is closed`,
    );
  }

  onReadEnd(error: unknown): void {
    this.#isReadEnded = true;
    if (error !== undefined && this.reads.available === 0) {
      this.#readable?.fail(error);
    }
    this.#finishIfEnded();
  }

  /** The holder of a lock on `writable` may have more to write, and ends it. */
  onEndTold(): void {
    if (this.allowsHalfOpen || this.#writable?.locked) return;
    this.writes.closeWrite().catch(() => {});
  }

  onWriteEnd(error: unknown): void {
    this.#isWriteEnded = true;
    if (error instanceof Deno.errors.ConnectionReset) {
      this.reads.resetError = error;
    }
    if (error !== undefined) this.#writable?.fail(error);
    if (this.#closing !== undefined) this.#closing.onWriteEnd(error);
    else this.#finishIfEnded(error !== undefined);
  }

  onOver(): void {
    this.#free();
  }

  onCut(): void {
    this.isClosed = true;
    this.writes.close(() =>
      new ClosedError(
        `Cannot write to ${this.peerName}: the connection was closed, and cut at a limit`,
      )
    );
  }

  #endReading(): void {
    this.reads.close(() => this.closedError("read from"));
    this.#readable?.fail(this.closedError("read from"));
  }

  /** Ends both directions, and frees nothing. */
  #end(): void {
    this.isClosed = true;
    this.#watchIdle(undefined);
    this.#closing?.stop();
    this.#endReading();
    this.writes.close(() => this.closedError("write to"));
    this.#writable?.fail(this.closedError("write to"));
  }

  /** Whether nothing is on its way to the peer, or could be destroyed there. */
  #hasNothingToSend(): boolean {
    const { isIdle, bytesWritten } = this.writes;
    return isIdle && !this.raw.hasEndMessage &&
      (bytesWritten === 0 || this.reads.isPeerDone ||
        this.raw.keepsSent === true);
  }

  /** Frees the resource if both directions have ended. */
  #finishIfEnded(hasFailed = false): void {
    if (!this.#isReadEnded || !this.#isWriteEnded) return;
    this.#finish(hasFailed);
  }

  /** Of a connection that sends no more: waits for the peer's end, if need be. */
  #finish(hasFailed = false): void {
    if (this.#closing !== undefined) return;
    // Reading may have been cancelled, while the peer still sends.
    const isSafe = hasFailed || this.writes.hasFailed ||
      this.writes.bytesWritten === 0 || this.reads.isPeerDone ||
      this.raw.keepsSent === true;
    if (isSafe) this.#free();
    else this.#closeOrderly()?.onWriteEnd(undefined);
  }

  #closeOrderly(): Closing | undefined {
    if (this.isFreed) return undefined;
    this.#watchIdle(undefined);
    this.#closing ??= new Closing(this);
    this.#closingBegun?.resolve();
    return this.#closing;
  }

  #free(): void {
    if (this.isFreed) return;
    this.isFreed = true;
    this.#watchIdle(undefined);
    closeRaw(this.raw);
    this.#closed?.resolve();
    this.#closingBegun?.resolve();
    this.#onFreed?.(this.#conn, this.#number);
    this.#abort();
  }

  #abort(): void {
    this.#aborter?.abort(this.closedError("go on with"));
  }

  #watchIdle(watch: IdleWatch | undefined): void {
    this.reads.idleWatch?.stop();
    this.reads.idleWatch = this.writes.idleWatch = watch;
  }
}
