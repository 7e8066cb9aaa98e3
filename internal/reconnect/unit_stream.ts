import { checkOptions } from "../check_options.ts";
import { ClosedError } from "../errors/closed_error.ts";
import { refused } from "../errors/handled.ts";
import { limited } from "../wait/limited.ts";
import { PollGate } from "../wait/poll_gate.ts";
import type { WaitOptions } from "../wait/wait_options.ts";
import type { Clock } from "./clock.ts";
import { ReceiveBuffer } from "./receive_buffer.ts";
import {
  type ReconnectingStream,
  type ReconnectingStreamOptions,
  type ReconnectStats,
  STREAM_CHECKS,
} from "./reconnecting_stream.ts";
import { type Closable, type Dial, Reconnector } from "./reconnector.ts";
import { SendBuffer, type SendResult, UNIT_OVERHEAD } from "./send_buffer.ts";
import { UnitWritable } from "./unit_writable.ts";

const DEFAULT_MAX_BUFFERED = 1024 * 1024;
/** How many bytes are handed to a connection at once, and may be uncertain. */
const BATCH_SIZE = 16 * 1024;

/** A unit as it goes out. */
export interface Encoded<U> {
  readonly data: U;
  /** Its bytes. */
  readonly size: number;
}

/** How units go over connections of one kind. */
export interface UnitTransport<C, R, W, U> {
  /** Units that ended in the middle. */
  readonly torn: number;
  /** Makes a unit of a caller's value, or throws. */
  encode(data: W): Encoded<U>;
  /** Hands units to a connection, and tells their outcome. It never rejects. */
  send(conn: C, units: readonly U[]): Promise<SendResult>;
  /**
   * Reads units up to the end of the connection, and rejects with its reason.
   *
   * @param push Takes a unit and the number of its bytes, and returns a promise
   * if the next one has to wait.
   */
  receive(
    conn: C,
    push: (unit: R, size: number) => Promise<void> | undefined,
  ): Promise<never>;
}

/** One connection while it is used. */
interface Session<C> {
  readonly conn: C;
  /** Whether the connection has been lost. */
  isOver: boolean;
  /** Whether it is being closed by `close()`. */
  isClosing: boolean;
  /** Why sending has failed. */
  error: unknown;
}

/** A stream of units over connections of any kind. */
export class UnitStream<C extends Closable, R, W, U> extends Reconnector<C>
  implements ReconnectingStream<C, R, W> {
  readonly #transport: UnitTransport<C, R, W, U>;
  readonly #outgoing: SendBuffer<U>;
  readonly #incoming = new ReceiveBuffer<R>();
  readonly #gate = new PollGate();
  #readable: ReadableStream<R> | undefined;
  #writable: WritableStream<W> | undefined;
  #writableController: WritableStreamDefaultController | undefined;
  #isClosing = false;

  constructor(
    dial: Dial<C>,
    transport: UnitTransport<C, R, W, U>,
    options: ReconnectingStreamOptions<C>,
    clock?: Clock,
  ) {
    checkOptions(options, STREAM_CHECKS as object);
    super(dial, options, clock);
    const { maxBufferedBytes = DEFAULT_MAX_BUFFERED, bufferPolicy = "wait" } =
      options;
    this.#transport = transport;
    this.#outgoing = new SendBuffer(maxBufferedBytes, bufferPolicy);
  }

  get stats(): ReconnectStats {
    const { sent, uncertain, dropped, waitingBytes } = this.#outgoing;
    return {
      attempts: this.attempts,
      connections: this.connections,
      received: this.#incoming.received,
      torn: this.#transport.torn,
      sent,
      uncertain,
      dropped,
      bufferedBytes: waitingBytes,
    };
  }

  get readable(): ReadableStream<R> {
    return this.#readable ??= new ReadableStream<R>({
      pull: async (controller) => {
        const unit = await this.read();
        if (unit === null) controller.close();
        else controller.enqueue(unit);
      },
      cancel: () => this.close(),
    }, { highWaterMark: 0 });
  }

  get writable(): WritableStream<W> {
    return this.#writable ??= new UnitWritable<W>({
      start: (controller) => {
        this.#writableController = controller;
      },
      write: (data) => {
        this.#put(data);
        return this.#outgoing.room();
      },
      close: async () => {
        await this.flushed();
        this.#writableController = undefined;
        await this.close();
      },
      abort: async (reason) => {
        this.cut(reason ?? closedError());
        await this.closed;
      },
    });
  }

  read(wait?: WaitOptions): Promise<R | null> {
    return this.#incoming.read(wait);
  }

  write(data: W, wait?: WaitOptions): Promise<void> {
    try {
      return this.#put(data, wait);
    } catch (error) {
      // A call that comes too late need not be awaited; a wrong one is a fault.
      return error instanceof TypeError
        ? Promise.reject(error)
        : refused(error);
    }
  }

  async flushed(wait: WaitOptions = {}): Promise<void> {
    await limited(
      "Cannot send all that waits",
      wait,
      (signal) => this.#outgoing.flushed(signal),
      () => {},
    );
  }

  protected override async use(conn: C, signal: AbortSignal): Promise<unknown> {
    const session: Session<C> = {
      conn,
      isOver: false,
      isClosing: false,
      error: undefined,
    };
    const cut = () => {
      // The units that have arrived may find no room, and must not be waited for.
      this.#incoming.discard();
      conn.terminate();
    };
    signal.addEventListener("abort", cut);
    const sending = this.#send(session);
    const reason = await this.#receive(conn);
    session.isOver = true;
    if (!session.isClosing) conn.terminate();
    this.#outgoing.wake();
    await sending;
    await conn.closed;
    signal.removeEventListener("abort", cut);
    // The end of reading says more, unless it was caused by that of sending.
    return reason instanceof ClosedError ? session.error ?? reason : reason;
  }

  protected override onClose(): void {
    this.#isClosing = true;
    this.#outgoing.finish(closedError);
    this.#incoming.discard();
  }

  protected override onEnd(reason: unknown): void {
    const makeError = () => reason ?? closedError();
    this.#gate.stop();
    this.#outgoing.end(makeError);
    this.#incoming.end(reason);
    this.#writableController?.error(makeError());
  }

  #put(data: W, wait?: WaitOptions): Promise<void> {
    const unit = this.#transport.encode(data);
    return this.#outgoing.put(unit.data, unit.size + UNIT_OVERHEAD, wait);
  }

  /** Sends the waiting units, until the connection takes no more. */
  async #send(session: Session<C>): Promise<void> {
    const { conn } = session;
    while (!session.isOver) {
      const units = this.#outgoing.take(BATCH_SIZE);
      if (units.length > 0) {
        const result = await this.#transport.send(conn, units);
        this.#outgoing.settle(result);
        if (!result.isOver) {
          // A connection may take batch after batch by microtasks alone.
          await this.#gate.pass();
          continue;
        }
        session.error = result.error;
        // Else the connection is closing by itself.
        if (result.error !== undefined) conn.terminate();
        return;
      }
      if (this.#isClosing) {
        session.isClosing = true;
        conn.close();
        return;
      }
      await this.#outgoing.changed();
    }
  }

  /** Receives until the connection is over, and returns why it is. */
  async #receive(conn: C): Promise<unknown> {
    try {
      return await this.#transport.receive(
        conn,
        (unit, size) => this.#incoming.push(unit, size + UNIT_OVERHEAD),
      );
    } catch (error) {
      return error;
    }
  }
}

function closedError(): ClosedError {
  return new ClosedError("Cannot use the connection: it was closed");
}
