/** The limits of one direction. */
export interface DirectionLimits {
  timeout: number;
  readonly deadline: Date | undefined;
  setDeadline(deadline: Date | number | undefined): void;
}

/**
 * The limits on waiting of a `UdpConn` and a `UdpSession`: a timeout for each call
 * and a deadline for all calls, separate for reading and writing. A call may have
 * limits of its own; the earliest wins. By default there are none.
 *
 * At a limit a call rejects with a `DOMException` named `TimeoutError`. No
 * datagram is lost: the next call takes it.
 *
 * @example Usage
 * ```ts
 * import { type DatagramLimits, listenUdp } from "@vnet/net/udp";
 * import { assertEquals } from "@std/assert";
 *
 * function limit(limits: DatagramLimits): void {
 *   limits.setReadTimeout(10_000);
 *   limits.setWriteTimeout(5_000);
 * }
 *
 * using conn = await listenUdp("127.0.0.1:0");
 * limit(conn);
 * assertEquals([conn.readTimeout, conn.writeTimeout], [10_000, 5_000]);
 * ```
 */
export abstract class DatagramLimits {
  readonly #reads: DirectionLimits;
  readonly #writes: DirectionLimits;

  /**
   * Connections are made by dialling and listening.
   *
   * @ignore
   */
  protected constructor(reads: DirectionLimits, writes: DirectionLimits) {
    this.#reads = reads;
    this.#writes = writes;
  }

  /**
   * Limits each call that reads from now on (V's `set_read_timeout`).
   *
   * @param timeout Milliseconds; with `0` only a queued datagram is taken,
   * `Infinity` sets no limit.
   * @throws {RangeError} If `timeout` is negative or `NaN`.
   *
   * @example Usage
   * ```ts
   * import { listenUdp } from "@vnet/net/udp";
   * import { assertEquals, assertRejects } from "@std/assert";
   *
   * using conn = await listenUdp("127.0.0.1:0");
   * conn.setReadTimeout(1);
   * const error = await assertRejects(() => conn.receive(), DOMException);
   * assertEquals(error.name, "TimeoutError");
   * ```
   */
  setReadTimeout(timeout: number): void {
    this.#reads.timeout = timeout;
  }

  /**
   * Limits each call that writes from now on (V's `set_write_timeout`). A write
   * waits while the system's send buffer is full, and while a name is looked up.
   *
   * @param timeout Milliseconds; `Infinity` sets no limit.
   * @throws {RangeError} If `timeout` is negative or `NaN`.
   *
   * @example Usage
   * ```ts
   * import { listenUdp } from "@vnet/net/udp";
   * import { assertEquals } from "@std/assert";
   *
   * using conn = await listenUdp("127.0.0.1:0");
   * conn.setWriteTimeout(10_000);
   * assertEquals(conn.writeTimeout, 10_000);
   * ```
   */
  setWriteTimeout(timeout: number): void {
    this.#writes.timeout = timeout;
  }

  /**
   * Sets the moment at which all reading times out, also of pending calls (Go's
   * `SetReadDeadline`). After it, calls fail at once until a later one is set.
   *
   * @param deadline A `Date` or milliseconds since the epoch; `undefined` or
   * `Infinity` for none.
   *
   * @example Usage
   * ```ts
   * import { listenUdp } from "@vnet/net/udp";
   * import { assertRejects } from "@std/assert";
   *
   * using conn = await listenUdp("127.0.0.1:0");
   * const pending = conn.receive();
   * conn.setReadDeadline(Date.now());
   * await assertRejects(() => pending, DOMException, "time limit");
   * ```
   */
  setReadDeadline(deadline: Date | number | undefined): void {
    this.#reads.setDeadline(deadline);
  }

  /**
   * Sets the moment at which all writing times out; see
   * {@linkcode DatagramLimits.setReadDeadline}.
   *
   * @param deadline A `Date` or milliseconds since the epoch; `undefined` or
   * `Infinity` for none.
   *
   * @example Usage
   * ```ts
   * import { listenUdp } from "@vnet/net/udp";
   * import { assertRejects } from "@std/assert";
   *
   * using conn = await listenUdp("127.0.0.1:0");
   * conn.setWriteDeadline(Date.now() - 1000);
   * await assertRejects(
   *   () => conn.writeToString(conn.addr, "late"),
   *   DOMException,
   *   "time limit",
   * );
   * ```
   */
  setWriteDeadline(deadline: Date | number | undefined): void {
    this.#writes.setDeadline(deadline);
  }

  /**
   * Sets the deadline of both directions; see
   * {@linkcode DatagramLimits.setReadDeadline}.
   *
   * @param deadline A `Date` or milliseconds since the epoch; `undefined` or
   * `Infinity` for none.
   *
   * @example Usage
   * ```ts
   * import { listenUdp } from "@vnet/net/udp";
   * import { assertEquals } from "@std/assert";
   *
   * using conn = await listenUdp("127.0.0.1:0");
   * const deadline = new Date(Date.now() + 60_000);
   * conn.setDeadline(deadline);
   * assertEquals(conn.readDeadline, deadline);
   * assertEquals(conn.writeDeadline, deadline);
   * ```
   */
  setDeadline(deadline: Date | number | undefined): void {
    this.setReadDeadline(deadline);
    this.setWriteDeadline(deadline);
  }

  /** Milliseconds that a call may read, `Infinity` for no limit. */
  get readTimeout(): number {
    return this.#reads.timeout;
  }

  /** Milliseconds that a call may write, `Infinity` for no limit. */
  get writeTimeout(): number {
    return this.#writes.timeout;
  }

  /** The moment at which reading times out, or `undefined` for none. */
  get readDeadline(): Date | undefined {
    return this.#reads.deadline;
  }

  /** The moment at which writing times out, or `undefined` for none. */
  get writeDeadline(): Date | undefined {
    return this.#writes.deadline;
  }
}
