import { copyAddr, type Ends } from "../../internal/address/address.ts";
import { isBytes, isDetached, notBytes } from "../../internal/bytes/bytes.ts";
import { ClosedError } from "../../internal/errors/closed_error.ts";
import { isType } from "../../internal/check_options.ts";
import { printError } from "../../internal/errors/print_error.ts";
import { closeRaw } from "../../internal/close_raw.ts";
import {
  checkTimeout,
  hasLimits,
  type WaitOptions,
} from "../../internal/wait/wait_options.ts";
import { Closing, type ClosingHost } from "./_closing.ts";
import { ConnReadable } from "../streams/_conn_readable.ts";
import { ConnWritable } from "../streams/_conn_writable.ts";
import { IdleWatch } from "./_idle_watch.ts";
import type { HalfHost, RawConn } from "./_raw_conn.ts";
import { ReadHalf } from "./_read_half.ts";
import { LineIterator } from "../streams/_line_iterator.ts";
import { FullRead } from "./_read_waiters.ts";
import { WriteHalf } from "./_write_half.ts";

/** How many bytes a line may have unless the reader says otherwise. */
const DEFAULT_MAX_LINE = 64 * 1024;
/**
 * Milliseconds. A system may report progress in steps: Linux lets a writer go on
 * when a third of its send buffer is free, which may be a megabyte.
 */
const DEFAULT_CLOSE_TIMEOUT = 30_000;

/** Options for {@linkcode StreamConn.readLine}. */
export interface ReadLineOptions extends WaitOptions {
  /**
   * How many bytes a line may have, its end not counted.
   *
   * @default {65536}
   */
  maxLength?: number;
}

/**
 * Which directions of a connection are open: Node's `readyState`.
 *
 * @example Usage
 * ```ts
 * import type { ConnState } from "@vnet/net/tcp";
 * import { pipe } from "@vnet/net/testing";
 * import { assertEquals } from "@std/assert";
 *
 * const [left, right] = pipe();
 * using _right = right;
 * await left.closeWrite();
 * assertEquals<ConnState>(left.state, "readOnly");
 * left.close();
 * assertEquals<ConnState>(left.state, "closed");
 * ```
 */
export type ConnState = "open" | "readOnly" | "writeOnly" | "closed";

/** What a connection is made of. */
interface Parts<A> {
  raw: RawConn;
  ends: Ends<A>;
  keepsAlive: boolean;
}

/** Told of a connection whose resource has been freed, with the number it has. */
export type OnFreed<C> = (conn: C, number: number) => void;

/** The inside of a connection. */
interface Halves {
  readonly reads: ReadHalf;
  readonly writes: WriteHalf;
  /** Whether timers have to keep the process alive, for want of a socket. */
  readonly keepsAlive: boolean;
}

let detach: (conn: StreamConn<unknown>) => RawConn;
let lend: (conn: StreamConn<unknown>, protocol: ConnProtocol) => RawConn;
// The class shares these with this module, and with nobody outside the package.
let setOnFreed: <C extends StreamConn<unknown>>(
  conn: C,
  onFreed: OnFreed<C>,
  number: number,
) => void;
let Host: new (conn: StreamConn<unknown>) => HalfHost & ClosingHost;
let forbidHalfOpen: (conn: StreamConn<unknown>) => void;
let setProtocol: (
  conn: StreamConn<unknown>,
  protocol: ConnProtocol | undefined,
) => void;
let getSent: (conn: StreamConn<unknown>) => Promise<void>;
let fail: (conn: StreamConn<unknown>) => void;
let halvesOf: (conn: StreamConn<unknown>) => Halves;

/** Takes the raw connection out of `conn`, which is closed without closing it. */
export function detachRaw(conn: StreamConn<unknown>): RawConn {
  return detach(conn);
}

/**
 * Takes the raw connection of `conn` for a protocol that works below it. The
 * connection can't be used from then on, but is counted as open by those who own
 * it until `terminate()`: its `close()` is up to the protocol.
 */
export function lendRaw(
  conn: StreamConn<unknown>,
  protocol: ConnProtocol,
): RawConn {
  return lend(conn, protocol);
}

/**
 * Lets the end of `conn` be a failure for the peer, where that can be told: TLS
 * ends without `close_notify` (RFC 8446 section 6.1).
 */
export function failEnd(conn: StreamConn<unknown>): void {
  fail(conn);
}

/** The halves of `conn`, for protocols that work on its buffers in place. */
export function getHalves(conn: StreamConn<unknown>): Halves {
  return halvesOf(conn);
}

/**
 * Sets what is told when the resource of `conn` has been freed. There is one
 * place for it, the listener's; others use `closed`, which costs a promise. One
 * function serves for all connections of a listener, and knows each by a number:
 * a closure for each would last as long as an idle connection does.
 */
export function whenFreed<C extends StreamConn<unknown>>(
  conn: C,
  onFreed: OnFreed<C>,
  number: number,
): void {
  setOnFreed(conn, onFreed, number);
}

/** Ends the writing side of `conn` when a call has got the end of the stream. */
export function endTogether(conn: StreamConn<unknown>): void {
  forbidHalfOpen(conn);
}

/** A protocol that has taken a connection over. */
export interface ConnProtocol {
  /** Somebody has called `close()` of the connection: ends the protocol. */
  closeConn(): void;
  /** The end that comes next is a failure: see {@linkcode failEnd}. */
  failEnd?(): void;
}

/**
 * Lets a protocol end `conn` in its own way when its `close()` is called. When
 * the protocol has done so, or has failed, it takes itself off by `undefined`
 * and calls `close()` or `terminate()`.
 */
export function setConnProtocol(
  conn: StreamConn<unknown>,
  protocol: ConnProtocol | undefined,
): void {
  setProtocol(conn, protocol);
}

/**
 * Resolves when what was written to `conn`, which is closing, and its FIN are
 * with the system, or never will be.
 */
export function whenSent(conn: StreamConn<unknown>): Promise<void> {
  return getSent(conn);
}

/**
 * A connection that carries a stream of bytes each way: what TCP, TLS and Unix
 * connections and the ends of a `pipe()` have in common.
 *
 * **Reading.** {@linkcode StreamConn.read}, {@linkcode StreamConn.readFull},
 * {@linkcode StreamConn.readLine} and {@linkcode StreamConn.readable} take bytes
 * in the order asked; calls may overlap. A call that times out or is aborted
 * loses nothing and leaves its buffer alone from then on. The connection reads
 * ahead of its callers by no more than one buffer: 128 bytes, under load up to
 * 256 KiB.
 *
 * **Writing.** {@linkcode StreamConn.write} and
 * {@linkcode StreamConn.writable} send whole pieces in the order asked, beside
 * any reads. A write that gives up carries `bytesWritten` on its error: exactly
 * that many bytes go out, and the rest never does.
 *
 * **Limits.** Every call that waits takes a timeout, a deadline and a signal;
 * the setters give defaults. The earliest limit wins. Without limits nothing is
 * timed.
 *
 * **Ends.** The end of the stream is `null`. A limit is a `DOMException` named
 * `TimeoutError`, an abort the signal's reason, anything after
 * {@linkcode StreamConn.close} a {@linkcode ClosedError}; failures of the system
 * stay errors of `Deno.errors`. The two directions end apart from each other;
 * the resource is freed when both have, or on `close()`.
 *
 * @typeParam A The type of the addresses.
 */
export abstract class StreamConn<A = Deno.Addr> {
  static {
    detach = (conn) => {
      conn.#shut(false);
      return conn.#takeRaw();
    };
    lend = (conn, protocol) => {
      conn.#end();
      conn.#protocol = protocol;
      return conn.#takeRaw();
    };
    fail = (conn) => {
      if (conn.#protocol === undefined) conn.#writes.failEnd();
      else conn.#protocol.failEnd?.();
    };
    halvesOf = (conn) => ({
      reads: conn.#reads,
      writes: conn.#writes,
      keepsAlive: conn.#keepsAlive,
    });
    setOnFreed = (conn, onFreed, number) => {
      conn.#onFreed = onFreed as OnFreed<StreamConn<unknown>>;
      conn.#number = number;
    };
    forbidHalfOpen = (conn) => conn.#allowsHalfOpen = false;
    setProtocol = (conn, protocol) => conn.#protocol = protocol;
    getSent = (conn) => conn.#whenSent();
    Host = class implements HalfHost, ClosingHost {
      readonly #conn: StreamConn<unknown>;

      constructor(conn: StreamConn<unknown>) {
        this.#conn = conn;
      }

      get peerName(): string {
        return this.#conn.describePeer();
      }

      get isRef(): boolean {
        return this.#conn.#isRef;
      }

      onReadEnd(error: unknown): void {
        this.#conn.#onReadEnd(error);
      }

      onEndTold(): void {
        this.#conn.#onEndTold();
      }

      onWriteEnd(error: unknown): void {
        this.#conn.#onWriteEnd(error);
      }

      get owner(): unknown {
        return this.#conn.#onFreed;
      }

      get raw(): RawConn {
        return this.#conn.#raw;
      }

      get reads(): ReadHalf {
        return this.#conn.#reads;
      }

      get writes(): WriteHalf {
        return this.#conn.#writes;
      }

      get keepsAlive(): boolean {
        return this.#conn.#keepsAlive;
      }

      get closeTimeout(): number {
        return this.#conn.closeTimeout;
      }

      onOver(): void {
        this.#conn.#free(true);
      }

      onCut(): void {
        this.#conn.#onCut();
      }
    };
  }

  readonly #raw: RawConn;
  readonly #reads: ReadHalf;
  readonly #writes: WriteHalf;
  readonly #keepsAlive: boolean;
  /** Whether the writing side stays open when the peer has ended. */
  #allowsHalfOpen = true;
  readonly #ends: Ends<A>;
  // Copies of what the ends have, made when somebody asks: few do.
  #localAddr: A | undefined;
  #remoteAddr: A | undefined;
  #closed: PromiseWithResolvers<void> | undefined;
  /** Told when the resource has been freed. */
  #onFreed: OnFreed<StreamConn<unknown>> | undefined;
  /** Its number, for the one who is told. */
  #number = 0;
  #readable: ConnReadable | undefined;
  #writable: ConnWritable | undefined;
  #onIdle: (() => void) | "close" | undefined;
  #idleTimeout: number | undefined;
  #isRef = true;
  #isReadEnded = false;
  #isWriteEnded = false;
  #isFreed = false;
  #isClosed = false;
  /** What ends the connection instead of `close()`, such as a WebSocket. */
  #protocol: ConnProtocol | undefined;
  readonly #host: HalfHost & ClosingHost;
  #closing: Closing | undefined;
  /** For those who wait for a protocol to begin it. */
  #closingBegun: PromiseWithResolvers<void> | undefined;
  /** Left out where it is the default: a number costs 16 bytes. */
  #closeTimeout: number | undefined;

  /**
   * Takes over a raw connection. Connections are made by dialling, listening
   * and `pipe()`.
   */
  protected constructor(parts: Parts<A>) {
    this.#raw = parts.raw;
    this.#ends = parts.ends;
    this.#keepsAlive = parts.keepsAlive;
    this.#host = new Host(this);
    this.#reads = new ReadHalf(parts.raw, this.#host, parts.keepsAlive);
    this.#writes = new WriteHalf(parts.raw, this.#host, parts.keepsAlive);
  }

  /** The address of this end. */
  get localAddr(): A {
    return this.#localAddr ??= copyAddr(this.#ends.localAddr);
  }

  /** The address of the other end. */
  get remoteAddr(): A {
    return this.#remoteAddr ??= copyAddr(this.#ends.remoteAddr);
  }

  /**
   * The address of the proxy that this connection has come through, if it has
   * told the client's, which {@linkcode StreamConn.remoteAddr} then is: see the
   * option `proxyProtocol` of the listeners. Else `undefined`.
   */
  get proxyAddr(): A | undefined {
    return copyAddr(this.#ends.proxyAddr);
  }

  /** {@linkcode StreamConn.localAddr} by V's name. */
  get addr(): A {
    return this.localAddr;
  }

  /** {@linkcode StreamConn.remoteAddr} by V's name. */
  get peerAddr(): A {
    return this.remoteAddr;
  }

  /** Which directions are open. */
  get state(): ConnState {
    if (this.#isClosed || this.#isFreed) return "closed";
    if (this.#isReadEnded) return this.#isWriteEnded ? "closed" : "writeOnly";
    return this.#isWriteEnded ? "readOnly" : "open";
  }

  /**
   * Resolves when the connection's resource has been freed: at the end of what
   * {@linkcode StreamConn.close} begins, or when both directions have ended. It
   * never rejects.
   */
  get closed(): Promise<void> {
    if (this.#closed === undefined) {
      this.#closed = Promise.withResolvers();
      if (this.#isFreed) this.#closed.resolve();
    }
    return this.#closed.promise;
  }

  /** Bytes received from the system, those that no call has taken included. */
  get bytesRead(): number {
    return this.#reads.bytesRead;
  }

  /** Bytes that the system has taken from this end. */
  get bytesWritten(): number {
    return this.#writes.bytesWritten;
  }

  /**
   * Bytes that pending writes have brought and the system has not taken yet
   * (Node's `bufferSize`). There is no limit but the caller's own: one who
   * awaits each write has at most one of them here.
   */
  get bufferedBytes(): number {
    return this.#writes.bufferedBytes;
  }

  /** How many bytes of the write that settled last have gone out. */
  get lastWriteSent(): number {
    return this.#writes.lastWriteSent;
  }

  /**
   * Reads some bytes: as many as are there, and at least one unless `buffer` is
   * empty.
   *
   * @param buffer Where the bytes go. It is not written to once the call has
   * settled.
   * @param wait Limits on this call.
   * @returns The number of bytes, or `null` at the end of the stream.
   * @throws {TypeError} If `buffer` is no `Uint8Array`, or a reader has locked
   * {@linkcode StreamConn.readable}.
   * @throws {DOMException} Named `TimeoutError`, at a limit. Nothing is lost.
   * @throws {ClosedError} If the connection is or gets closed.
   *
   * @example Usage
   * ```ts
   * import { pipe } from "@vnet/net/testing";
   * import { assertEquals } from "@std/assert";
   *
   * const [left, right] = pipe();
   * using _left = left;
   * using _right = right;
   * await left.writeString("hello");
   * const buffer = new Uint8Array(16);
   * const length = await right.read(buffer, { timeout: 1000 });
   * assertEquals(new TextDecoder().decode(buffer.subarray(0, length ?? 0)), "hello");
   * ```
   */
  read(buffer: Uint8Array, wait?: WaitOptions): Promise<number | null> {
    if (!isBytes(buffer) || isDetached(buffer)) {
      return Promise.reject(notBytes("read into", buffer));
    }
    if (this.#readable?.locked) return Promise.reject(this.#readLocked());
    if (buffer.length === 0 && !this.#isClosed) {
      const refusal = wait && this.#reads.refuse(wait);
      return refusal ? Promise.reject(refusal.error) : Promise.resolve(0);
    }
    return this.#reads.read(buffer, wait);
  }

  /**
   * Reads until `buffer` is full. A call that fails has taken nothing: the
   * bytes are there for the next read.
   *
   * @param buffer Where the bytes go.
   * @param wait Limits on this call.
   * @returns The length of `buffer`, or `null` if the stream has ended.
   * @throws {Deno.errors.UnexpectedEof} If the stream ends after some bytes.
   *
   * @example Usage
   * ```ts
   * import { pipe } from "@vnet/net/testing";
   * import { assertEquals } from "@std/assert";
   *
   * const [left, right] = pipe();
   * using _left = left;
   * using _right = right;
   * const header = new Uint8Array(4);
   * const reading = right.readFull(header);
   * await left.write(new Uint8Array([0, 0]));
   * await left.write(new Uint8Array([1, 2]));
   * assertEquals(await reading, 4);
   * assertEquals(header, new Uint8Array([0, 0, 1, 2]));
   * ```
   */
  readFull(buffer: Uint8Array, wait?: WaitOptions): Promise<number | null> {
    if (!isBytes(buffer) || isDetached(buffer)) {
      return Promise.reject(notBytes("read into", buffer));
    }
    if (this.#readable?.locked) return Promise.reject(this.#readLocked());
    if (buffer.length === 0 && !this.#isClosed) return Promise.resolve(0);
    return this.#reads.start(new FullRead(buffer), wait);
  }

  /**
   * Reads a line, as UTF-8 with U+FFFD for what is not, without the LF or CRLF
   * at its end. The last line needs none.
   *
   * A call that fails has taken nothing: a line that is too long, too.
   *
   * @param options The longest line, and limits on this call.
   * @returns The line, or `null` at the end of the stream.
   * @throws {LineTooLongError} If the line has more than `maxLength` bytes.
   *
   * @example Usage
   * ```ts
   * import { pipe } from "@vnet/net/testing";
   * import { assertEquals } from "@std/assert";
   *
   * const [left, right] = pipe();
   * using _left = left;
   * using _right = right;
   * await left.writeString("one\r\ntwo");
   * await left.closeWrite();
   * assertEquals(await right.readLine(), "one");
   * assertEquals(await right.readLine(), "two");
   * assertEquals(await right.readLine(), null);
   * ```
   */
  readLine(options: ReadLineOptions = {}): Promise<string | null> {
    const { maxLength = DEFAULT_MAX_LINE } = options;
    if (typeof maxLength !== "number" || !(maxLength >= 0)) {
      const message =
        `Cannot read a line of at most ${maxLength} bytes: expected 0 or more`;
      return Promise.reject(
        typeof maxLength === "number"
          ? new RangeError(message)
          : new TypeError(message),
      );
    }
    if (this.#readable?.locked) return Promise.reject(this.#readLocked());
    const wait = hasLimits(options) ? options : undefined;
    return this.#reads.readLine(maxLength, wait);
  }

  /**
   * Reads lines until the stream ends; see {@linkcode StreamConn.readLine}. The
   * limits hold for each line. Leaving the loop early leaves the rest unread.
   *
   * A line that is kept may keep its neighbours of 1 KiB in memory with it.
   *
   * @param options The longest line, and limits on the wait for each.
   * @returns The lines.
   *
   * @example Usage
   * ```ts
   * import { pipe } from "@vnet/net/testing";
   * import { assertEquals } from "@std/assert";
   *
   * const [left, right] = pipe();
   * using _left = left;
   * using _right = right;
   * await left.writeString("one\ntwo\n");
   * await left.closeWrite();
   * assertEquals(await Array.fromAsync(right.lines()), ["one", "two"]);
   * ```
   */
  lines(
    options: ReadLineOptions = {},
  ): AsyncGenerator<string, void, undefined> {
    return new LineIterator(this.#reads, {
      maxLength: options.maxLength ?? DEFAULT_MAX_LINE,
      hasLimits: hasLimits(options),
      isLocked: () => this.#readable?.locked ?? false,
      readLine: () => this.readLine(options),
    });
  }

  /**
   * Writes all bytes of `data`. It settles when they are with the system; the
   * caller may use the buffer again from then on, whatever the outcome.
   *
   * Calls may overlap; each goes out whole, in the order asked. If the call
   * times out, is aborted or the connection is closed, the error has a property
   * `bytesWritten`: so many bytes go out, ahead of anything later, and the rest
   * never does. The connection stays usable. On an abort the property is set on
   * the signal's reason, if that is an object; writes that share a reason
   * overwrite it, and {@linkcode StreamConn.lastWriteSent} tells of the last.
   *
   * @param data The bytes.
   * @param wait Limits on this call.
   * @returns The number of bytes, that is `data.length`.
   * @throws {TypeError} If `data` is no `Uint8Array`, or a writer has locked
   * {@linkcode StreamConn.writable}.
   * @throws {DOMException} Named `TimeoutError`, at a limit.
   * @throws {ClosedError} If the connection or its writing side is or gets
   * closed.
   *
   * @example Usage
   * ```ts
   * import { pipe } from "@vnet/net/testing";
   * import { assertEquals } from "@std/assert";
   *
   * const [left, right] = pipe();
   * using _left = left;
   * using _right = right;
   * assertEquals(await left.write(new Uint8Array([1, 2, 3])), 3);
   * assertEquals(left.bytesWritten, 3);
   * ```
   */
  write(data: Uint8Array, wait?: WaitOptions): Promise<number> {
    if (!isBytes(data) || isDetached(data)) {
      return Promise.reject(notBytes("write", data));
    }
    if (this.#writable?.locked) return Promise.reject(this.#writeLocked());
    return this.#writes.write(data, wait);
  }

  /**
   * Writes a string as UTF-8; see {@linkcode StreamConn.write}.
   *
   * @param text The string. Lone surrogates become U+FFFD.
   * @param wait Limits on this call.
   * @returns The number of bytes.
   *
   * @example Usage
   * ```ts
   * import { pipe } from "@vnet/net/testing";
   * import { assertEquals } from "@std/assert";
   *
   * const [left, right] = pipe();
   * using _left = left;
   * using _right = right;
   * assertEquals(await left.writeString("漢\n"), 4);
   * assertEquals(await right.readLine(), "漢");
   * ```
   */
  writeString(text: string, wait?: WaitOptions): Promise<number> {
    if (typeof text !== "string") {
      return Promise.reject(
        new TypeError(`Cannot write a ${typeof text}: expected a string`),
      );
    }
    if (this.#writable?.locked) return Promise.reject(this.#writeLocked());
    return this.#writes.writeText(text, wait);
  }

  /** {@linkcode StreamConn.writeString} by the name of V's early versions. */
  writeStr(text: string, wait?: WaitOptions): Promise<number> {
    return this.writeString(text, wait);
  }

  /**
   * Writes several pieces as one, with as few calls to the system as their size
   * allows (one for 112 KiB); see {@linkcode StreamConn.write}.
   *
   * @param chunks The pieces, in order.
   * @param wait Limits on this call.
   * @returns The number of bytes in all.
   *
   * @example Usage
   * ```ts
   * import { pipe } from "@vnet/net/testing";
   * import { assertEquals } from "@std/assert";
   *
   * const [left, right] = pipe();
   * using _left = left;
   * using _right = right;
   * const header = new Uint8Array([0, 5]);
   * const body = new TextEncoder().encode("hello");
   * assertEquals(await left.writev([header, body]), 7);
   * ```
   */
  writev(chunks: readonly Uint8Array[], wait?: WaitOptions): Promise<number> {
    if (!Array.isArray(chunks)) {
      return Promise.reject(notBytes("write", chunks));
    }
    for (const chunk of chunks) {
      if (!isBytes(chunk) || isDetached(chunk)) {
        return Promise.reject(notBytes("write", chunk));
      }
    }
    if (this.#writable?.locked) return Promise.reject(this.#writeLocked());
    return this.#writes.writev([...chunks], wait);
  }

  /**
   * The arriving bytes as a byte stream (BYOB readers too) without read-ahead.
   * Its end, and cancelling it, leave the writing side open.
   *
   * While a reader has it locked, `read` and its kin fail. The connection's
   * read limits hold for each read: at a limit a reader's `read()` rejects and
   * can be called again; a stream derived by `tee()` or `pipeThrough()` errors.
   *
   * @example Usage
   * ```ts
   * import { pipe } from "@vnet/net/testing";
   * import { assertEquals } from "@std/assert";
   *
   * const [left, right] = pipe();
   * using _left = left;
   * using _right = right;
   * await left.writeString("hello");
   * await left.closeWrite();
   * assertEquals(await new Response(right.readable).text(), "hello");
   * assertEquals(right.state, "writeOnly");
   * ```
   */
  get readable(): ReadableStream<Uint8Array<ArrayBuffer>> {
    if (this.#readable === undefined) {
      this.#readable = new ConnReadable(this.#reads);
      if (this.#isClosed) this.#readable.fail(this.#closedError("read from"));
    }
    return this.#readable;
  }

  /**
   * A stream to write bytes to, with backpressure from 64 KiB on. Closing it
   * sends FIN and leaves reading open; aborting it drops what the system has
   * not been given, then sends FIN too.
   *
   * While a writer has it locked, `write` and its kin fail.
   *
   * @example Usage
   * ```ts
   * import { pipe } from "@vnet/net/testing";
   * import { assertEquals } from "@std/assert";
   *
   * const [left, right] = pipe();
   * using _left = left;
   * using _right = right;
   * const echo = right.readable.pipeTo(right.writable);
   * await left.writeString("hello");
   * await left.closeWrite();
   * assertEquals(await new Response(left.readable).text(), "hello");
   * await echo;
   * ```
   */
  get writable(): WritableStream<Uint8Array> {
    if (this.#writable === undefined) {
      this.#writable = new ConnWritable(this.#writes);
      if (this.#isClosed) this.#writable.fail(this.#closedError("write to"));
    }
    return this.#writable;
  }

  /**
   * Ends the writing side: sends FIN behind all that was written. Reading goes
   * on. Calling it again returns the same outcome.
   *
   * The write limits of the connection hold for the wait, too. At a limit the
   * wait ends, and FIN still goes out behind what was written; at one that has
   * passed before the call, nothing is done.
   *
   * @param wait Limits on this call.
   * @returns A promise that resolves when FIN is with the system.
   * @throws {DOMException} Named `TimeoutError`, at a limit.
   *
   * @example Usage
   * ```ts
   * import { pipe } from "@vnet/net/testing";
   * import { assertEquals } from "@std/assert";
   *
   * const [left, right] = pipe();
   * using _left = left;
   * using _right = right;
   * await left.closeWrite();
   * assertEquals(await right.read(new Uint8Array(1)), null);
   * await right.writeString("still here\n");
   * assertEquals(await left.readLine(), "still here");
   * ```
   */
  closeWrite(wait?: WaitOptions): Promise<void> {
    if (this.#writable?.locked) return Promise.reject(this.#writeLocked());
    return this.#writes.closeWrite(wait);
  }

  /**
   * Closes the connection in an orderly way (RFC 9293 section 3.6). Reading ends
   * at once: pending reads reject with {@linkcode ClosedError}, and later calls
   * do. Pending writes still go out, then FIN; what the peer sends meanwhile is
   * read and dropped, since closing a socket with unread bytes would reset the
   * connection and destroy what is on its way to the peer.
   *
   * {@linkcode StreamConn.closed} resolves when the peer has ended too, or at a
   * limit, which cuts the connection: {@linkcode StreamConn.closeTimeout} passes
   * without the system taking any of the pending bytes, or two minutes or 16 MiB
   * of the peer's bytes after FIN. Until then the connection keeps the process
   * alive, unless {@linkcode StreamConn.unref} is called, and counts as open for
   * its listener. If nothing was written, or the peer has ended before, it is
   * freed at once, and so is an end of a `pipe()` when its writes are out. At most 1,024 connections of the process wait for their peers;
   * with more, the one that has waited longest is cut.
   *
   * Closing again does nothing. {@linkcode StreamConn.terminate} cuts.
   *
   * @example Usage
   * ```ts
   * import { pipe } from "@vnet/net/testing";
   * import { assertEquals } from "@std/assert";
   *
   * const [left, right] = pipe();
   * using _right = right;
   * left.writeString("all of this arrives");
   * left.close();
   * assertEquals(await new Response(right.readable).text(), "all of this arrives");
   * await left.closed;
   * ```
   */
  close(): void {
    if (this.#protocol !== undefined) return this.#protocol.closeConn();
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#watchIdle(undefined);
    const isDone = this.#isWriteEnded || this.#hasNothingToSend();
    const makeError = () => this.#closedError("write to");
    if (isDone) this.#writes.close(makeError);
    else this.#writes.finish(makeError);
    this.#reads.close(() => this.#closedError("read from"));
    this.#readable?.fail(this.#closedError("read from"));
    this.#writable?.fail(this.#closedError("write to"));
    if (isDone) this.#finish();
    else this.#closeOrderly();
  }

  /**
   * Cuts the connection at once: everything pending rejects with
   * {@linkcode ClosedError}, and what the system has not been given is dropped.
   * What it has been given is lost too if the peer has sent anything that was not
   * read. It may be called while the connection is closing.
   *
   * @example Usage
   * ```ts
   * import { pipe } from "@vnet/net/testing";
   * import { assertEquals, assertRejects } from "@std/assert";
   *
   * const [left, right] = pipe();
   * using _right = right;
   * const writing = left.write(new Uint8Array(1024 * 1024));
   * left.terminate();
   * await assertRejects(() => writing);
   * assertEquals(left.state, "closed");
   * await left.closed;
   * ```
   */
  terminate(): void {
    this.#protocol = undefined;
    this.#shut(true);
  }

  /**
   * Milliseconds in which the system has to take some of the pending bytes of a
   * connection that is closing, before it is cut; 30,000 by default, `Infinity`
   * for no limit. Bytes of the peer do not count.
   *
   * It should not be short where peers are slow: Linux lets a writer go on when
   * a third of its send buffer of up to some megabytes is free.
   */
  get closeTimeout(): number {
    return this.#closeTimeout ?? DEFAULT_CLOSE_TIMEOUT;
  }

  /**
   * Sets {@linkcode StreamConn.closeTimeout}.
   *
   * @param timeout Milliseconds.
   */
  setCloseTimeout(timeout: number): void {
    this.#closeTimeout = checkTimeout(timeout, "close timeout");
  }

  /**
   * Limits each read from now on: milliseconds, `0` to poll, `Infinity` (the
   * default) for none.
   *
   * @param timeout Milliseconds.
   */
  setReadTimeout(timeout: number): void {
    this.#reads.timeout = timeout;
  }

  /** Limits each write from now on; see {@linkcode StreamConn.setReadTimeout}. */
  setWriteTimeout(timeout: number): void {
    this.#writes.timeout = timeout;
  }

  /**
   * Sets the moment at which all reading times out, of calls that are pending
   * too (Go's `SetReadDeadline`). In the past, it fails pending and later reads
   * at once, with nothing moved; a later deadline, or none, makes the
   * connection readable again.
   *
   * @param deadline The moment, or `undefined` for none.
   *
   * @example Usage
   * ```ts
   * import { pipe } from "@vnet/net/testing";
   * import { assertEquals, assertRejects } from "@std/assert";
   *
   * const [left, right] = pipe();
   * using _left = left;
   * using _right = right;
   * const reading = right.read(new Uint8Array(5));
   * right.setReadDeadline(Date.now());
   * await assertRejects(() => reading, DOMException);
   * right.setReadDeadline(undefined);
   * await left.writeString("hello");
   * assertEquals(await right.read(new Uint8Array(5)), 5);
   * ```
   */
  setReadDeadline(deadline: Date | number | undefined): void {
    this.#reads.setDeadline(deadline);
  }

  /** Sets the moment at which all writing times out; see {@linkcode StreamConn.setReadDeadline}. */
  setWriteDeadline(deadline: Date | number | undefined): void {
    this.#writes.setDeadline(deadline);
  }

  /** Sets the deadline of both directions. */
  setDeadline(deadline: Date | number | undefined): void {
    this.setReadDeadline(deadline);
    this.setWriteDeadline(deadline);
  }

  /** Milliseconds that a read may take, `Infinity` for no limit. */
  get readTimeout(): number {
    return this.#reads.timeout;
  }

  /** Milliseconds that a write may take, `Infinity` for no limit. */
  get writeTimeout(): number {
    return this.#writes.timeout;
  }

  /** The moment at which all reading times out. */
  get readDeadline(): Date | undefined {
    return this.#reads.deadline;
  }

  /** The moment at which all writing times out. */
  get writeDeadline(): Date | undefined {
    return this.#writes.deadline;
  }

  /** Milliseconds without a byte either way that count as idle. */
  get idleTimeout(): number {
    return this.#idleTimeout ?? Infinity;
  }

  /**
   * Gives notice when no byte has come or gone for a time (Node's
   * `socket.setTimeout`): once for each idle time, until bytes flow again. The
   * connection stays open unless `onIdle` is `"close"`. What `onIdle` throws is
   * printed with `console.error`.
   *
   * @param timeout Milliseconds; `0` or `Infinity` turns it off.
   * @param onIdle What to call, or `"close"`. Left out, it stays what it was.
   * @throws {TypeError} If nothing is given to call, now or before.
   *
   * @example Usage
   * ```ts
   * import { pipe } from "@vnet/net/testing";
   * import { assertEquals } from "@std/assert";
   *
   * const [left, right] = pipe();
   * using _right = right;
   * left.setIdleTimeout(5, "close");
   * await left.closed;
   * assertEquals(left.state, "closed");
   * ```
   */
  setIdleTimeout(timeout: number, onIdle?: (() => void) | "close"): void {
    checkTimeout(timeout, "idle timeout");
    if (onIdle !== undefined && onIdle !== "close") {
      isType("function")(onIdle, "onIdle");
    }
    const action = onIdle ?? this.#onIdle;
    const isOff = timeout === 0 || timeout === Infinity;
    if (!isOff && action === undefined) {
      throw new TypeError(
        'Cannot set the idle timeout: expected a function or "close" to act on it',
      );
    }
    this.#watchIdle(undefined);
    this.#idleTimeout = isOff ? undefined : timeout;
    if (isOff || action === undefined) return;
    this.#onIdle = action;
    if (this.#isFreed) return;
    this.#watchIdle(
      new IdleWatch(
        timeout,
        action === "close" ? () => this.close() : () => this.#callIdle(action),
        this.#keepsAlive,
        () => this.#reads.isReadDeferred,
      ),
    );
  }

  /** Lets pending reads keep the process alive, which is the default. */
  ref(): void {
    this.#isRef = true;
    this.#updateRef();
  }

  /**
   * Lets the process end although a read is pending, or the connection is
   * closing and waits for its peer. A write that is pending keeps the process
   * alive all the same: the runtime has no way to give it up but
   * {@linkcode StreamConn.terminate}.
   */
  unref(): void {
    this.#isRef = false;
    this.#updateRef();
  }

  /** Closes the connection at the end of a `using` scope. */
  [Symbol.dispose](): void {
    this.close();
  }

  /**
   * Closes the connection at the end of an `await using` scope, and waits until
   * what was written and FIN are with the system. It does not wait for the peer.
   */
  [Symbol.asyncDispose](): Promise<void> {
    this.close();
    return this.#whenSent();
  }

  /** The two ends, for logs. */
  toString(): string {
    return `${this.constructor.name}(${this.describePeer()})`;
  }

  /** Names the other end, for messages. */
  protected abstract describePeer(): string;

  /**
   * Throws if the connection is closed.
   *
   * @param action What cannot be done then, such as `set an option of`.
   * @throws {ClosedError} If it is closed.
   */
  protected assertOpen(action: string): void {
    if (this.#isClosed || this.#isFreed) throw this.#closedError(action);
  }

  #onReadEnd(error: unknown): void {
    this.#isReadEnded = true;
    if (error !== undefined && this.#reads.available === 0) {
      this.#readable?.fail(error);
    }
    this.#finishIfEnded();
  }

  /** Whoever has locked `writable` may have more to write, and ends it. */
  #onEndTold(): void {
    if (this.#allowsHalfOpen || this.#writable?.locked) return;
    this.#writes.closeWrite().catch(() => {});
  }

  #onWriteEnd(error: unknown): void {
    this.#isWriteEnded = true;
    if (error !== undefined) this.#writable?.fail(error);
    if (this.#closing !== undefined) this.#closing.onWriteEnd(error);
    else this.#finishIfEnded(error !== undefined);
  }

  /** Calls what the user has set, whose failure ends nothing. */
  #callIdle(action: () => unknown): void {
    const what = `Uncaught error in onIdle of ${this}`;
    try {
      const result = action();
      if (!(result instanceof Promise)) return;
      result.catch((error) => printError(what, error));
    } catch (error) {
      printError(what, error);
    }
  }

  #updateRef(): void {
    if (this.#isFreed) return;
    (this.#closing ?? this.#reads).updateRef();
  }

  #watchIdle(watch: IdleWatch | undefined): void {
    this.#reads.idleWatch?.stop();
    this.#reads.idleWatch = this.#writes.idleWatch = watch;
  }

  /** Whether nothing is on its way to the peer, or could be destroyed there. */
  #hasNothingToSend(): boolean {
    const { isIdle, bytesWritten } = this.#writes;
    return isIdle && !this.#raw.hasEndMessage &&
      (bytesWritten === 0 || this.#reads.isPeerDone ||
        this.#raw.keepsSent === true);
  }

  /** Frees the resource if both directions have ended. */
  #finishIfEnded(hasFailed = false): void {
    if (!this.#isReadEnded || !this.#isWriteEnded) return;
    this.#finish(hasFailed);
  }

  /** Of a connection that sends no more: waits for the peer's end, if need be. */
  #finish(hasFailed = false): void {
    if (this.#closing !== undefined) return;
    const { bytesWritten } = this.#writes;
    // Reading may have been cancelled, while the peer still sends.
    const isSafe = hasFailed || this.#writes.hasFailed || bytesWritten === 0 ||
      this.#reads.isPeerDone || this.#raw.keepsSent === true;
    if (isSafe) this.#free(true);
    else this.#closeOrderly()?.onWriteEnd(undefined);
  }

  #closeOrderly(): Closing | undefined {
    if (this.#isFreed) return undefined;
    this.#watchIdle(undefined);
    this.#closing ??= new Closing(this.#host);
    this.#closingBegun?.resolve();
    return this.#closing;
  }

  #whenSent(): Promise<void> {
    if (this.#isFreed) return this.closed;
    if (this.#closing !== undefined) return this.#closing.whenSent();
    // A protocol ends it in its own time.
    this.#closingBegun ??= Promise.withResolvers();
    return this.#closingBegun.promise.then(() => this.#whenSent());
  }

  /** Of the closing: a limit has passed. */
  #onCut(): void {
    this.#isClosed = true;
    this.#writes.close(() =>
      new ClosedError(
        `Cannot write to ${this.describePeer()}: the connection was closed, and cut at a limit`,
      )
    );
  }

  /** Ends the connection at once. */
  #shut(closesRaw: boolean): void {
    if (this.#isFreed) return;
    this.#end();
    this.#free(closesRaw);
  }

  /** The raw connection, as the next owner expects it. */
  #takeRaw(): RawConn {
    // A read that has given up may have left it unreferenced.
    this.#raw.ref();
    return this.#raw;
  }

  /** Ends both directions, and frees nothing. */
  #end(): void {
    this.#isClosed = true;
    this.#watchIdle(undefined);
    this.#closing?.stop();
    this.#reads.close(() => this.#closedError("read from"));
    this.#writes.close(() => this.#closedError("write to"));
    this.#readable?.fail(this.#closedError("read from"));
    this.#writable?.fail(this.#closedError("write to"));
  }

  #free(closesRaw: boolean): void {
    if (this.#isFreed) return;
    this.#isFreed = true;
    this.#watchIdle(undefined);
    if (closesRaw) closeRaw(this.#raw);
    this.#closed?.resolve();
    this.#closingBegun?.resolve();
    this.#onFreed?.(this, this.#number);
  }

  #closedError(action: string): ClosedError {
    return new ClosedError(
      `Cannot ${action} ${this.describePeer()}: the connection is closed`,
    );
  }

  #readLocked(): TypeError {
    return new TypeError(
      `Cannot read from ${this.describePeer()}: a reader has locked "readable"`,
    );
  }

  #writeLocked(): TypeError {
    return new TypeError(
      `Cannot write to ${this.describePeer()}: a writer has locked "writable"`,
    );
  }
}
