import { copyAddr, type Ends } from "../../internal/address/address.ts";
import { checkBytes, isBytes } from "../../internal/bytes/bytes.ts";
import { isType, typeOf } from "../../internal/check_options.ts";
import {
  checkObject,
  checkTimeout,
  hasLimits,
  type WaitOptions,
} from "../../internal/wait/wait_options.ts";
import { LineIterator } from "../streams/_line_iterator.ts";
import { ConnCore } from "./_conn_core.ts";
import type { RawConn } from "./_raw_conn.ts";
import { FullRead } from "./_read_calls.ts";

/** How many bytes a line may have unless the reader says otherwise. */
const DEFAULT_MAX_LINE = 64 * 1024;
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

/** The parts of a connection. */
interface Parts<A> {
  raw: RawConn;
  ends: Ends<A>;
  keepsAlive: boolean;
}

type AnyConn = StreamConn<unknown>;

// The class shares this with this module, and with no other.
let describe: (conn: AnyConn) => string;

/** The inside of a connection, for code below its public API. */
export let coreOf: (conn: AnyConn) => ConnCore<AnyConn>;

/**
 * A connection that carries a stream of bytes each way: the common base of TCP, TLS
 * and Unix connections and the ends of a `pipe()`.
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
    coreOf = (conn) => conn.#core;
    describe = (conn) => conn.describePeer();
  }

  readonly #core: ConnCore<AnyConn>;
  readonly #ends: Ends<A>;
  // Copies of the addresses in `#ends`, made on request: few are.
  #localAddr: A | undefined;
  #remoteAddr: A | undefined;
  #idleTimeout: number | undefined;

  /**
   * Takes over a raw connection. Connections are made by dialling, listening
   * and `pipe()`.
   */
  protected constructor(parts: Parts<A>) {
    const { raw, ends, keepsAlive } = parts;
    this.#ends = ends;
    this.#core = new ConnCore<AnyConn>(this, describe, raw, keepsAlive);
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
    return this.#core.state;
  }

  /**
   * Resolves when the connection's resource has been freed: at the end of the
   * closing that {@linkcode StreamConn.close} begins, or when both directions have
   * ended. It never rejects.
   */
  get closed(): Promise<void> {
    return this.#core.closed;
  }

  /** Bytes received from the system, those that no call has taken included. */
  get bytesRead(): number {
    return this.#core.reads.bytesRead;
  }

  /** Bytes that the system has taken from this end. */
  get bytesWritten(): number {
    return this.#core.writes.bytesWritten;
  }

  /**
   * Bytes that pending writes have brought and the system has not taken yet
   * (Node's `bufferSize`). There is no limit but the caller's own: one who
   * awaits each write has at most one of them here.
   */
  get bufferedBytes(): number {
    return this.#core.writes.bufferedBytes;
  }

  /** How many bytes of the write that settled last have gone out. */
  get lastWriteSent(): number {
    return this.#core.writes.lastWriteSent;
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
    const wrong = checkBytes("read into", buffer) ?? this.#core.readLock;
    if (wrong !== undefined) return Promise.reject(wrong);
    if (buffer.length === 0 && !this.#core.isClosed) {
      return this.#readNothing(wait);
    }
    return this.#core.reads.read(buffer, wait);
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
    const wrong = checkBytes("read into", buffer) ?? this.#core.readLock;
    if (wrong !== undefined) return Promise.reject(wrong);
    if (buffer.length === 0 && !this.#core.isClosed) {
      return this.#readNothing(wait);
    }
    return this.#core.reads.start(new FullRead(buffer), wait);
  }

  /**
   * Reads a line, as UTF-8 with U+FFFD for other bytes, without the LF or CRLF
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
    try {
      checkLineOptions(options);
    } catch (error) {
      return Promise.reject(error);
    }
    const locked = this.#core.readLock;
    if (locked !== undefined) return Promise.reject(locked);
    const { maxLength = DEFAULT_MAX_LINE } = options;
    const wait = hasLimits(options) ? options : undefined;
    return this.#core.reads.readLine(maxLength, wait);
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
    const hasChecks = typeof options !== "object" || options === null ||
      hasLimits(options);
    return new LineIterator(this.#core.reads, {
      maxLength: options?.maxLength ?? DEFAULT_MAX_LINE,
      wait: hasChecks ? options : undefined,
      isLocked: () => this.#core.readLock !== undefined,
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
    const wrong = checkBytes("write", data) ?? this.#core.writeLock;
    if (wrong !== undefined) return Promise.reject(wrong);
    return this.#core.writes.write(data, wait);
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
    const locked = this.#core.writeLock;
    if (locked !== undefined) return Promise.reject(locked);
    return this.#core.writes.writeText(text, wait);
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
      const found = isBytes(chunks) ? "Uint8Array" : typeOf(chunks);
      return Promise.reject(
        new TypeError(
          `Cannot write the pieces of a ${found}: expected an array of Uint8Arrays`,
        ),
      );
    }
    for (const chunk of chunks) {
      const wrong = checkBytes("write", chunk);
      if (wrong !== undefined) return Promise.reject(wrong);
    }
    const locked = this.#core.writeLock;
    if (locked !== undefined) return Promise.reject(locked);
    return this.#core.writes.writev([...chunks], wait);
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
    return this.#core.readable;
  }

  /**
   * A stream to write bytes to, with backpressure from 64 KiB on. Closing it
   * sends FIN and leaves reading open; aborting it drops the bytes that the system
   * has not been given, then sends FIN too.
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
    return this.#core.writable;
  }

  /**
   * Ends the writing side: sends FIN behind all that was written. Reading goes
   * on. Calling it again returns the same outcome.
   *
   * The write limits of the connection hold for the wait, too. At a limit the
   * wait ends, and FIN still goes out behind the writes; at one that has
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
    const locked = this.#core.writeLock;
    if (locked !== undefined) return Promise.reject(locked);
    return this.#core.writes.closeWrite(wait);
  }

  /**
   * Closes the connection in an orderly way (RFC 9293 section 3.6). Reading ends
   * at once: pending reads reject with {@linkcode ClosedError}, and later calls
   * do. Pending writes still go out, then FIN; bytes of the peer are read and
   * dropped meanwhile, since closing a socket with unread bytes would reset the
   * connection and destroy bytes on their way to the peer.
   *
   * {@linkcode StreamConn.closed} resolves when the peer has ended too, or at a
   * limit, which cuts the connection: {@linkcode StreamConn.closeTimeout} passes
   * without the system taking any of the pending bytes, or two minutes or 16 MiB
   * of the peer's bytes after FIN. Until then the connection keeps the process
   * alive, unless {@linkcode StreamConn.unref} is called, and counts as open for
   * its listener. If nothing was written, or the peer has ended before, it is
   * freed at once, and so is an end of a `pipe()` when its writes are out. At most
   * 1,024 connections of the process wait for their peers; with more, the one that
   * has waited longest is cut.
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
    this.#core.close();
  }

  /**
   * Cuts the connection at once: everything pending rejects with
   * {@linkcode ClosedError}, and bytes that the system has not been given are
   * dropped. Those that it has been given are lost too if the peer has sent any
   * that were not read. It may be called while the connection is closing.
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
    this.#core.terminate();
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
    return this.#core.closeTimeout;
  }

  /**
   * Sets {@linkcode StreamConn.closeTimeout}.
   *
   * @param timeout Milliseconds.
   */
  setCloseTimeout(timeout: number): void {
    this.#core.closeTimeout = checkTimeout(timeout, "close timeout");
  }

  /**
   * Limits each read from now on: milliseconds, `0` to poll, `Infinity` (the
   * default) for none.
   *
   * @param timeout Milliseconds.
   */
  setReadTimeout(timeout: number): void {
    this.#core.reads.timeout = timeout;
  }

  /** Limits each write from now on; see {@linkcode StreamConn.setReadTimeout}. */
  setWriteTimeout(timeout: number): void {
    this.#core.writes.timeout = timeout;
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
    this.#core.reads.setDeadline(deadline);
  }

  /** Sets the moment at which all writing times out; see {@linkcode StreamConn.setReadDeadline}. */
  setWriteDeadline(deadline: Date | number | undefined): void {
    this.#core.writes.setDeadline(deadline);
  }

  /** Sets the deadline of both directions. */
  setDeadline(deadline: Date | number | undefined): void {
    this.setReadDeadline(deadline);
    this.setWriteDeadline(deadline);
  }

  /** Milliseconds that a read may take, `Infinity` for no limit. */
  get readTimeout(): number {
    return this.#core.reads.timeout;
  }

  /** Milliseconds that a write may take, `Infinity` for no limit. */
  get writeTimeout(): number {
    return this.#core.writes.timeout;
  }

  /** The moment at which all reading times out. */
  get readDeadline(): Date | undefined {
    return this.#core.reads.deadline;
  }

  /** The moment at which all writing times out. */
  get writeDeadline(): Date | undefined {
    return this.#core.writes.deadline;
  }

  /** Milliseconds without a byte either way that count as idle. */
  get idleTimeout(): number {
    return this.#idleTimeout ?? Infinity;
  }

  /**
   * Gives notice when no byte has come or gone for a time (Node's
   * `socket.setTimeout`): once for each idle time, until bytes flow again. The
   * connection stays open unless `onIdle` is `"close"`. An error of `onIdle` is
   * printed with `console.error`.
   *
   * @param timeout Milliseconds; `0` or `Infinity` turns it off.
   * @param onIdle The function to call, or `"close"`. Left out, it stays as it was.
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
    const action = onIdle ?? this.#core.onIdle;
    const isOff = timeout === 0 || timeout === Infinity;
    if (!isOff && action === undefined) {
      throw new TypeError(
        'Cannot set the idle timeout: expected a function or "close" to act on it',
      );
    }
    this.#idleTimeout = isOff ? undefined : timeout;
    this.#core.setIdle(this.#idleTimeout, action);
  }

  /** Lets pending reads keep the process alive, which is the default. */
  ref(): void {
    this.#core.setRef(true);
  }

  /**
   * Lets the process end although a read is pending, or the connection is
   * closing and waits for its peer. A write that is pending keeps the process
   * alive all the same: the runtime has no way to give it up but
   * {@linkcode StreamConn.terminate}.
   */
  unref(): void {
    this.#core.setRef(false);
  }

  /** Closes the connection at the end of a `using` scope. */
  [Symbol.dispose](): void {
    this.close();
  }

  /**
   * Closes the connection at the end of an `await using` scope, and waits until
   * the writes and FIN are with the system. It does not wait for the peer.
   */
  [Symbol.asyncDispose](): Promise<void> {
    this.close();
    return this.#core.whenSent();
  }

  /** The two ends, for logs. */
  toString(): string {
    return `${this.constructor.name}(${this.describePeer()})`;
  }

  /** A read that has no room: its limits are looked at, and nothing is taken. */
  #readNothing(wait: WaitOptions | undefined): Promise<number> {
    const refusal = this.#core.reads.refuse(wait);
    return refusal ? Promise.reject(refusal.error) : Promise.resolve(0);
  }

  /** Names the other end, for messages. */
  protected abstract describePeer(): string;

  /**
   * Throws if the connection is closed.
   *
   * @param action The verb for the error, such as `set an option of`.
   * @throws {ClosedError} If it is closed.
   */
  protected assertOpen(action: string): void {
    const { isClosed, isFreed } = this.#core;
    if (isClosed || isFreed) throw this.#core.closedError(action);
  }
}

/** Throws if there can be no such line; the limits are checked by the wait. */
function checkLineOptions(options: ReadLineOptions): void {
  checkObject(options);
  const { maxLength } = options;
  const isNumber = typeof maxLength === "number";
  if (maxLength === undefined || isNumber && maxLength >= 0) return;
  const Refusal = isNumber ? RangeError : TypeError;
  throw new Refusal(
    `Cannot read a line of at most ${
      String(maxLength)
    } bytes: expected 0 or more`,
  );
}
