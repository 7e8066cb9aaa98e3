import { utf8Length } from "../../internal/bytes/utf8_length.ts";
import { Backoff } from "../../internal/reconnect/backoff.ts";
import { batchOverhead, encodeBatch, MAX_ENTRIES } from "./_batch.ts";

/** The pauses before a failed batch is sent again, in milliseconds. */
const RETRIES = { initialDelay: 100, maxDelay: 2_000, factor: 2 };

/** A batch to append to the log. */
export interface OutgoingBatch {
  /** Equal for all attempts, so that the log can drop doubles. */
  readonly id: string;
  readonly n: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** How many entries may wait, and how they are sent. */
export interface OutgoingOptions {
  /** The name of the server, new for each start. */
  readonly origin: string;
  /** The most bytes of a batch. */
  readonly maxBatchBytes: number;
  /** Entries that wait for the log beyond which requests are refused. */
  readonly maxQueuedEntries: number;
  /** Bytes that wait for the log beyond which requests are refused. */
  readonly maxQueuedBytes: number;
  /** Gives a number from 0 up to, but not including, 1. */
  readonly random: () => number;
}

/**
 * The entries that a server proposes, on their way to the log. Only one batch is
 * in flight, and a failed one goes again before any other: so the entries are
 * stored in their order, over failures too.
 */
export class OutgoingBatches {
  readonly #options: OutgoingOptions;
  readonly #backoff: Backoff;
  readonly #queue: string[] = [];
  #queuedBytes = 0;
  /** The batch that is not known to be stored. */
  #current: OutgoingBatch | undefined;
  /** The entries of the current batch. */
  #currentSize = 0;
  #isInFlight = false;
  #retryAt = 0;
  #batches = 0;
  #retries = 0;

  constructor(options: OutgoingOptions) {
    this.#options = options;
    this.#backoff = new Backoff(RETRIES, options.random);
  }

  /** How many entries are not known to be stored. */
  get size(): number {
    return this.#queue.length + this.#currentSize;
  }

  /** Whether so many entries wait that requests must be refused. */
  get isFull(): boolean {
    const { maxQueuedEntries, maxQueuedBytes } = this.#options;
    const bytes = this.#queuedBytes + (this.#current?.bytes.length ?? 0);
    return this.size >= maxQueuedEntries || bytes >= maxQueuedBytes;
  }

  /** How many batches have been stored. */
  get stored(): number {
    return this.#batches - (this.#current === undefined ? 0 : 1);
  }

  /** How many attempts to store a batch have failed. */
  get retries(): number {
    return this.#retries;
  }

  /** When to try again; `undefined` if no failed batch waits. */
  get retryAt(): number | undefined {
    return this.#current === undefined || this.#isInFlight
      ? undefined
      : this.#retryAt;
  }

  /**
   * Adds an encoded entry.
   *
   * @throws {RangeError} If no batch can hold it.
   */
  add(entry: string): void {
    const { origin, maxBatchBytes } = this.#options;
    const bytes = utf8Length(entry) + 1;
    if (bytes > maxBatchBytes - batchOverhead(origin, this.#batches + 1)) {
      throw new RangeError(
        `Cannot propose an entry of ${bytes} bytes: a batch has at most ${maxBatchBytes}`,
      );
    }
    this.#queue.push(entry);
    this.#queuedBytes += bytes;
  }

  /** The batch to send now, if there is one: then it is in flight. */
  next(now: number): OutgoingBatch | undefined {
    if (this.#isInFlight) return undefined;
    if (this.#current !== undefined && now < this.#retryAt) return undefined;
    this.#current ??= this.#cut();
    this.#isInFlight = this.#current !== undefined;
    return this.#current;
  }

  /** A batch is known to be stored. */
  succeed(n: number): void {
    if (n !== this.#current?.n) return;
    this.#current = undefined;
    this.#currentSize = 0;
    this.#isInFlight = false;
    this.#backoff.reset();
  }

  /** An attempt to store a batch failed; it may be stored all the same. */
  fail(n: number, now: number): void {
    if (n !== this.#current?.n || !this.#isInFlight) return;
    this.#isInFlight = false;
    this.#retries++;
    this.#retryAt = now + this.#backoff.next();
  }

  #cut(): OutgoingBatch | undefined {
    if (this.#queue.length === 0) return undefined;
    const { origin, maxBatchBytes } = this.#options;
    const n = ++this.#batches;
    let bytes = batchOverhead(origin, n);
    let count = 0;
    while (count < Math.min(this.#queue.length, MAX_ENTRIES)) {
      const added = utf8Length(this.#queue[count]) + 1;
      // add() has ensured that the first entry fits.
      if (count > 0 && bytes + added > maxBatchBytes) break;
      bytes += added;
      this.#queuedBytes -= added;
      count++;
    }
    this.#currentSize = count;
    const entries = this.#queue.splice(0, count);
    return { id: `${origin}/${n}`, n, bytes: encodeBatch(origin, n, entries) };
  }
}
