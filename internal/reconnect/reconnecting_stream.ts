import { isCount, isOneOf, type OptionChecks } from "../check_options.ts";
import type { WaitOptions } from "../wait/wait_options.ts";
import type { ReconnectOptions, ReconnectState } from "./reconnect_options.ts";
import type { BufferPolicy } from "./send_buffer.ts";

/**
 * How to connect again, and how much may wait to be sent meanwhile.
 *
 * @typeParam C The type of the connections.
 */
export interface ReconnectingStreamOptions<C> extends ReconnectOptions<C> {
  /**
   * How many bytes may wait to be sent before `bufferPolicy` applies. Each
   * message or line counts its bytes in UTF-8 and 64 more.
   *
   * @default {1048576}
   */
  maxBufferedBytes?: number;
  /**
   * The treatment of a message or line beyond `maxBufferedBytes`.
   *
   * @default {"wait"}
   */
  bufferPolicy?: BufferPolicy;
}

/** The checks of the options that are not those of `ReconnectOptions`. */
export const STREAM_CHECKS: OptionChecks<ReconnectingStreamOptions<unknown>> = {
  maxBufferedBytes: isCount(0),
  bufferPolicy: isOneOf("wait", "drop-oldest", "fail"),
};

/** The messages or lines that have gone over all connections so far. */
export interface ReconnectStats {
  /** Attempts to connect. */
  readonly attempts: number;
  /** Connections that were open. */
  readonly connections: number;
  /** Received whole. */
  readonly received: number;
  /** Cut off on their way here by a lost connection, and dropped. */
  readonly torn: number;
  /** Given to the system whole. */
  readonly sent: number;
  /** On their way when a connection was lost; they are not sent again. */
  readonly uncertain: number;
  /** Not sent, by `bufferPolicy`. */
  readonly dropped: number;
  /** Bytes that wait to be sent, as `maxBufferedBytes` counts them. */
  readonly bufferedBytes: number;
}

/**
 * A stream of messages or lines that goes on over connections. When a connection
 * is lost, the next one is dialled; writes wait meanwhile.
 *
 * **At a cut** nothing is sent twice, torn or out of order, but some may be lost:
 * bytes that the system had been given and the peer had not received, bytes that
 * the peer had sent and this side had not received, and the message or line that
 * was cut on its way. Only the peer can tell how much has arrived: protocols that
 * need more have numbers, and `onOpen` resumes from the last one.
 *
 * **Backpressure.** At most 1 MiB waits to be read; beyond it the connection is
 * read no further, and one that has ended is not replaced until there is room.
 * In the other direction `maxBufferedBytes` and `bufferPolicy` apply.
 *
 * **The end** is that of `close()`, of the signal, or of the attempts: by a limit
 * or by `isRetriable`. After `close()`, reads get `null` and writes reject with
 * `ClosedError`; after any other end, both fail with its reason. Units that
 * arrived before can still be read.
 *
 * @typeParam C The type of the connections.
 * @typeParam R The type of the units that are read.
 * @typeParam W The type of the units that are written.
 */
export interface ReconnectingStream<C, R, W> extends AsyncDisposable {
  /**
   * The states from the present one on, for any number of observers. An observer
   * that falls more than 16 states behind misses the oldest of them, and never
   * `closed`, which is the last.
   */
  readonly states: AsyncIterable<ReconnectState<C>>;
  /** The present state. */
  readonly state: ReconnectState<C>;
  /** The traffic over all connections so far. */
  readonly stats: ReconnectStats;
  /** Resolves when everything has ended and been freed. It never rejects. */
  readonly closed: Promise<void>;
  /** A stream of the units that arrive, without read-ahead. Cancelling it closes. */
  readonly readable: ReadableStream<R>;
  /**
   * A stream to write to. A write settles when it is in the buffer and that has
   * room for more. Closing the stream waits until all has been sent, over
   * further connections if need be, and closes; aborting it cuts.
   */
  readonly writable: WritableStream<W>;
  /**
   * Reads the next unit, over all connections. Calls may overlap; one that
   * times out or is aborted loses nothing.
   *
   * @param wait Limits on this call.
   * @returns The message or line, or `null` after `close()`.
   */
  read(wait?: WaitOptions): Promise<R | null>;
  /**
   * Sends, now or when there is a connection again. It resolves when the system
   * has been given all bytes. The promise need not be awaited; pending calls
   * keep their data in memory.
   *
   * @param data The message or line.
   * @param wait Limits on this call. Data that has not begun to go out by then is
   * never sent.
   * @throws {UncertainWriteError} If the connection was lost on the way.
   * @throws {ClosedError} If everything is or gets closed, and nothing was sent.
   * @throws {DOMException} Named `QuotaExceededError`, by `bufferPolicy`.
   */
  write(data: W, wait?: WaitOptions): Promise<void>;
  /**
   * Waits until all that was written has been sent or dropped.
   *
   * @param wait Limits on this call.
   */
  flushed(wait?: WaitOptions): Promise<void>;
  /**
   * Ends everything: sends the waiting units over the open connection, if there is
   * one, and closes that. At a limit it is cut, and the call resolves all the same.
   *
   * @param wait Limits on this call; by default 30 seconds.
   */
  close(wait?: WaitOptions): Promise<void>;
}
