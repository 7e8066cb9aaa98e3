import type { NatsLink } from "./_nats_link.ts";
import type { NatsStream } from "./_nats_stream.ts";
import type { NatsStreamInfo } from "./nats_jetstream.ts";
import { pause } from "./_pause.ts";

/** Milliseconds between two looks at the stream that is read. */
const CHECK_INTERVAL = 2000;
/** Milliseconds before a reader that has failed is replaced. */
const RETRY_DELAY = 100;

/** The parts of a reader of a stream. */
interface NatsReaderOptions {
  readonly stream: NatsStream;
  readonly link: NatsLink;
  /** Describes the stream, and ends the link if it is another one. */
  readonly getInfo: () => Promise<NatsStreamInfo>;
  /** Takes a message. */
  readonly take: (sequence: number, data: Uint8Array) => void;
}

/** An error after which reading can't go on. */
interface Fault {
  readonly error: unknown;
}

/**
 * Reads a stream in order, over lost connections. Each connection has a consumer
 * of its own, which starts behind the messages read; the state of the stream is
 * checked before and every two seconds, so no recovery of the client's is relied on.
 */
export class NatsReader {
  readonly #options: NatsReaderOptions;
  #position: number;

  constructor(options: NatsReaderOptions, after: number) {
    this.#options = options;
    this.#position = after;
  }

  /** Reads until the signal is aborted. */
  async run(signal: AbortSignal): Promise<void> {
    const { ended } = this.#options.link;
    const either = AbortSignal.any([signal, ended]);
    while (!either.aborted) {
      const fault = await this.#readOnce(either);
      if (fault !== undefined && !either.aborted) throw fault.error;
    }
    if (!signal.aborted) ended.throwIfAborted();
  }

  /** Reads over one connection. */
  async #readOnce(signal: AbortSignal): Promise<Fault | undefined> {
    try {
      await this.#options.link.connected({ signal });
      const { state } = await this.#options.getInfo();
      if (state.last_seq < this.#position) {
        return this.#fault(`it ends with message ${state.last_seq}`);
      }
      if (state.first_seq > this.#position + 1) return this.#removed();
      return await this.#consume(signal);
    } catch {
      // A request has failed: the connection may be lost.
      await pause(RETRY_DELAY, signal);
    }
    return undefined;
  }

  async #consume(signal: AbortSignal): Promise<Fault | undefined> {
    const stop = new AbortController();
    const isOver = AbortSignal.any([
      signal,
      this.#options.link.lost,
      stop.signal,
    ]);
    const messages = await this.#options.stream.consume(this.#position + 1);
    const close = () => void messages.close();
    isOver.addEventListener("abort", close);
    if (isOver.aborted) close();
    const checks = this.#check(stop, isOver);
    let isFirst = true;
    try {
      for await (const { seq, data } of messages) {
        if (isOver.aborted) break;
        if (seq !== this.#position + 1) {
          return isFirst ? this.#removed() : undefined;
        }
        isFirst = false;
        this.#position = seq;
        try {
          this.#options.take(seq, data);
        } catch (error) {
          return { error };
        }
      }
    } finally {
      stop.abort();
      await Promise.all([messages.close(), checks]);
    }
    return undefined;
  }

  /** Looks at the stream now and then, and stops a consumer that has stopped. */
  async #check(stop: AbortController, isOver: AbortSignal): Promise<void> {
    let last = this.#position;
    while (await pause(CHECK_INTERVAL, isOver)) {
      try {
        const { state } = await this.#options.getInfo();
        if (state.last_seq > last && this.#position === last) stop.abort();
        last = this.#position;
      } catch {
        // The next look may succeed.
      }
    }
  }

  #removed(): Fault {
    return this.#fault(`message ${this.#position + 1} was removed`);
  }

  #fault(found: string): Fault {
    const what =
      `Cannot read stream "${this.#options.stream.name}" after message ${this.#position}`;
    return { error: new Error(`${what}: ${found}`) };
  }
}
