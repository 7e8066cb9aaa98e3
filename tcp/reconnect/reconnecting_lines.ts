import {
  checkOptions,
  isCount,
  isTime,
  isType,
} from "../../internal/check_options.ts";
import { ClosedError } from "../../internal/errors/closed_error.ts";
import type { DialAttempt } from "../../internal/reconnect/reconnect_options.ts";
import type {
  ReconnectingStream,
  ReconnectingStreamOptions,
} from "../../internal/reconnect/reconnecting_stream.ts";
import type { SendResult } from "../../internal/reconnect/send_buffer.ts";
import {
  type Encoded,
  UnitStream,
  type UnitTransport,
} from "../../internal/reconnect/unit_stream.ts";
import { Transit } from "../../internal/wait/transit_time.ts";
import type { StreamConn } from "../conn/stream_conn.ts";
import { LineSplitter } from "./_line_splitter.ts";

const DEFAULT_MAX_LENGTH = 64 * 1024;
const DEFAULT_PROBE_TIMEOUT = 20_000;
const READ_SIZE = 16 * 1024;

/**
 * Finds connections whose peer is gone, which TCP alone does not tell while
 * nothing is sent. Any byte of the peer is a sign of life, and so is that the
 * system takes bytes of this side while more wait. Time in which the connection is
 * not read, because too much waits to be read, does not count, nor does the time
 * that what was sent before needs at 8 KiB/s, two minutes at most: the probe waits
 * behind it.
 *
 * @typeParam C The type of the connections.
 */
export interface LineHeartbeat<C> {
  /** Milliseconds without a byte of the peer, after which it is probed. */
  interval: number;
  /**
   * Milliseconds without a byte of the peer after the probe, before the
   * connection counts as lost.
   *
   * @default {20000}
   */
  timeout?: number;
  /**
   * Asks the peer for a sign of life, such as by
   * `conn.writeString("PING\n")`. Lines that are being sent do not mix with its
   * writes. If it fails, the connection counts as lost.
   */
  probe: (conn: C) => unknown;
}

/**
 * Options for {@linkcode reconnectingLines}.
 *
 * @typeParam C The type of the connections.
 */
export interface ReconnectingLinesOptions<C>
  extends ReconnectingStreamOptions<C> {
  /**
   * How many bytes a line that arrives may have, its end not counted. A longer
   * one ends its connection.
   *
   * @default {65536}
   */
  maxLength?: number;
  /** How to find dead connections; left out, nothing is probed. */
  heartbeat?: LineHeartbeat<C>;
}

/**
 * Lines that go on over connections: when one is lost, the next one is dialled,
 * and writes wait meanwhile. See {@linkcode ReconnectingStream} for the possible
 * losses at a cut, and {@linkcode ReconnectOptions} for the pauses.
 *
 * Lines end with LF or CRLF on arrival, and with LF on their way out; they are
 * UTF-8. A line that arrives in part is dropped, and counts as `torn`. One that a
 * lost connection has cut on its way out, and those handed to the system together
 * with it (16 KiB at most, or one longer line), reject with
 * {@linkcode UncertainWriteError}. The next connection begins with a whole line. A
 * peer that ends its side has ended the connection.
 *
 * @typeParam C The type of the connections.
 * @param dial Makes a connection of TCP, TLS or a Unix socket.
 * @param options How to connect again, and how much may wait.
 * @returns The lines, in both directions.
 *
 * @example Usage
 * ```ts
 * import { dialTcp, listenTcp, reconnectingLines } from "@vnet/net/tcp";
 * import { assertEquals } from "@std/assert";
 *
 * // This server ends each connection after one answer.
 * using listener = listenTcp("127.0.0.1:0");
 * listener.serve(async (conn) => {
 *   const name = await conn.readLine();
 *   const line = await conn.readLine();
 *   await conn.writeString(`${name} says ${line}\n`);
 * });
 *
 * await using lines = reconnectingLines(
 *   ({ signal }) => dialTcp(listener.addr, { signal }),
 *   { onOpen: (conn) => conn.writeString("Ann\n"), initialDelay: 1 },
 * );
 * await lines.write("one");
 * assertEquals(await lines.read({ timeout: 5000 }), "Ann says one");
 * for await (const state of lines.states) if (state.type === "lost") break;
 * await lines.write("two");
 * assertEquals(await lines.read({ timeout: 5000 }), "Ann says two");
 * ```
 */
export function reconnectingLines<C extends StreamConn<unknown>>(
  dial: (attempt: DialAttempt) => Promise<C>,
  options: ReconnectingLinesOptions<C> = {},
): ReconnectingStream<C, string, string> {
  checkOptions(options, {
    maxLength: isCount(0),
    heartbeat: checkHeartbeat,
  });
  return new UnitStream(dial, new LineTransport(options), options);
}

function checkHeartbeat(value: unknown, name: string): void {
  isType("object")(value, name);
  const { interval, timeout = 0, probe } = value as LineHeartbeat<unknown>;
  isTime(interval, `${name}.interval`);
  isTime(timeout, `${name}.timeout`);
  isType("function")(probe, `${name}.probe`);
}

class LineTransport<C extends StreamConn<unknown>>
  implements UnitTransport<C, string, string, Uint8Array> {
  readonly #encoder = new TextEncoder();
  readonly #maxLength: number;
  readonly #heartbeat: LineHeartbeat<C> | undefined;
  /** The bytes of the present connection that may still be on their way. */
  #transit = new Transit();
  torn = 0;

  constructor(options: ReconnectingLinesOptions<C>) {
    this.#maxLength = options.maxLength ?? DEFAULT_MAX_LENGTH;
    this.#heartbeat = options.heartbeat;
  }

  encode(line: string): Encoded<Uint8Array> {
    if (typeof line !== "string") {
      throw new TypeError(
        `Cannot write a line of type ${typeof line}: expected a string`,
      );
    }
    if (line.includes("\n")) {
      throw new TypeError("Cannot write a line with a line break in it");
    }
    const data = this.#encoder.encode(`${line}\n`);
    return { data, size: data.length };
  }

  async send(conn: C, lines: readonly Uint8Array[]): Promise<SendResult> {
    if (conn.state !== "open" && conn.state !== "writeOnly") {
      const error = new ClosedError(`Cannot write to ${conn}: it is closed`);
      return { sent: 0, uncertain: 0, isOver: true, error };
    }
    try {
      await conn.writev(lines);
      this.#transit.add(lines.reduce((sum, { length }) => sum + length, 0));
      return { sent: lines.length, uncertain: 0, isOver: false };
    } catch (error) {
      const sent = countSent(lines, error);
      const uncertain = lines.length - sent;
      return { sent, uncertain, isOver: true, error };
    }
  }

  async receive(
    conn: C,
    push: (line: string, size: number) => Promise<void> | undefined,
  ): Promise<never> {
    this.#transit = new Transit();
    const splitter = new LineSplitter(this.#maxLength);
    const buffer = new Uint8Array(READ_SIZE);
    try {
      for (;;) {
        const length = await this.#read(conn, buffer);
        if (length === null) {
          throw new Deno.errors.UnexpectedEof(
            `Cannot read from ${conn}: the peer has ended the connection`,
          );
        }
        for (
          const { text, size } of splitter.split(buffer.subarray(0, length))
        ) {
          const room = push(text, size);
          if (room !== undefined) await room;
        }
      }
    } finally {
      if (splitter.hasPartial) this.torn++;
    }
  }

  /** Reads some bytes, and probes a peer that is silent. */
  async #read(conn: C, buffer: Uint8Array): Promise<number | null> {
    if (this.#heartbeat === undefined) return await conn.read(buffer);
    const { interval, timeout = DEFAULT_PROBE_TIMEOUT, probe } =
      this.#heartbeat;
    try {
      return await conn.read(buffer, { timeout: interval });
    } catch (error) {
      if (!isTimeout(error)) throw error;
    }
    const reading = this.#readAnswer(conn, buffer, timeout);
    const probing = Promise.try(probe, conn).then(() => reading);
    return await Promise.race([reading, probing]);
  }

  /** Reads some bytes of a peer that was probed, which may have much to read before. */
  async #readAnswer(
    conn: C,
    buffer: Uint8Array,
    timeout: number,
  ): Promise<number | null> {
    let taken = conn.bytesWritten;
    for (let limit = timeout;;) {
      try {
        return await conn.read(buffer, { timeout: limit });
      } catch (error) {
        const { bytesWritten, bufferedBytes } = conn;
        // Bytes that the system takes at once say nothing of the peer.
        const left = bufferedBytes === 0 ? this.#transit.time : 0;
        const lives = bufferedBytes > 0 && bytesWritten !== taken;
        if (!isTimeout(error) || !(lives || left > 0)) throw error;
        taken = bytesWritten;
        limit = lives ? timeout : left;
      }
    }
  }
}

function isTimeout(error: unknown): boolean {
  return error instanceof DOMException && error.name === "TimeoutError";
}

/**
 * How many lines of a write that has failed went out whole for sure. More may
 * have: a TLS connection and a socket of `node:net` do not tell how much of their
 * last piece the system has taken.
 */
function countSent(lines: readonly Uint8Array[], error: unknown): number {
  const { bytesWritten = 0 } = Object(error);
  let end = 0;
  let sent = 0;
  for (; sent < lines.length; sent++) {
    end += lines[sent].length;
    if (end > bytesWritten) break;
  }
  return sent;
}
