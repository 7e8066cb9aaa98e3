import type { RawConn } from "../conn/_raw_conn.ts";
import {
  countFullRecords,
  lastRecordLength,
  MAX_RECORD,
} from "./_tls_records.ts";

/**
 * How many bytes of plain text one write may have at most. The limit doubles up
 * to this while the system takes whole batches of records, and goes back to a
 * single record when it does not, so that a write tells soon how much went out.
 */
const MAX_WRITE = 4 * MAX_RECORD;

const EMPTY: Uint8Array = new Uint8Array(0);

/** The TLS layer of a sender. */
export interface SenderOwner {
  /** The records to send, if there are any. May throw. */
  takeRecords(): Uint8Array | undefined;
  /** No batch is in flight any more. */
  onSent(): void;
  /** The engine has thrown when it was asked for records. */
  onEngineError(error: unknown): void;
}

/**
 * Sends the records of a TLS engine over a raw connection, a batch at a time,
 * and counts the full ones that went out whole. Records that the engine makes for
 * itself, such as tickets and answers to key updates, are never full.
 *
 * The engine is asked for the next batch when there has to be one
 * ({@linkcode RecordSender.flush}), and not when a batch is out: to ask takes a
 * call, and mostly finds nothing.
 */
export class RecordSender {
  readonly #raw: RawConn;
  readonly #owner: SenderOwner;
  /** The batch in flight: its bytes and how many are sent. */
  #batch = EMPTY;
  #sent = 0;
  #isBusy = false;
  /** Whether the engine is to hand over the next batch when this one is out. */
  #wantsMore = false;
  /** How long the write is that has begun, and whether the batch came after that. */
  #writeLength = 0;
  #isOfWrite = false;
  /**
   * Full records of the batches before, since the count began: negative until a
   * batch that was in flight then has gone out.
   */
  #recordsBefore = 0;
  #fin: PromiseWithResolvers<void> | undefined;
  #isEnding = false;
  #isFinSent = false;
  readonly #onWritten = (length: number): void => this.#advance(length);
  readonly #onError = (error: unknown): void => {
    // The engine is not told: it still has to read.
    this.fail(error);
    this.#finishBatch();
  };

  /** The most bytes of plain text for the next write. */
  maxWrite: number = MAX_RECORD;
  /** Why nothing more can be sent. */
  failure: { readonly error: unknown } | undefined;

  constructor(raw: RawConn, owner: SenderOwner) {
    this.#raw = raw;
    this.#owner = owner;
  }

  /** Whether a batch is on its way to the system. */
  get isBusy(): boolean {
    return this.#isBusy;
  }

  /** How many full records have gone out since `beginWrite`. */
  get sentFullRecords(): number {
    return Math.max(0, this.#countSent());
  }

  /**
   * Whether all of the write has been handed over, which can be told if it fits
   * one record: that is the last of its batch then.
   */
  get hasWholeWrite(): boolean {
    return this.#isOfWrite && this.#writeLength <= MAX_RECORD &&
      lastRecordLength(this.#batch) >= this.#writeLength;
  }

  /**
   * Counts anew, for a write of so many bytes; a batch in flight, which goes on,
   * does not count.
   */
  beginWrite(length: number): void {
    this.#writeLength = length;
    this.#isOfWrite = false;
    this.#recordsBefore = -countFullRecords(this.#batch, this.#batch.length);
  }

  /** Sends the records of the engine, once the batch in flight is out. */
  flush(): void {
    this.#wantsMore = this.#isBusy;
    if (this.#isBusy || this.failure !== undefined) return;
    try {
      const records = this.#owner.takeRecords();
      if (records !== undefined) this.#send(records);
    } catch (error) {
      this.#owner.onEngineError(error);
    }
  }

  /** Resolves when FIN is with the system. */
  get ended(): Promise<void> {
    if (this.#fin === undefined) {
      this.#fin = Promise.withResolvers();
      this.#fin.promise.catch(() => {});
    }
    return this.#fin.promise;
  }

  /** Sends FIN behind the records that the engine has made. */
  end(): void {
    if (this.#isEnding) return;
    this.#isEnding = true;
    this.flush();
    // The engine hands its records over in a microtask.
    queueMicrotask(() => this.#sendFinIfDue());
  }

  /** Lets all that is still to be sent fail. Only the first failure counts. */
  fail(error: unknown): void {
    if (this.failure !== undefined) return;
    this.failure = { error };
    this.#fin?.reject(error);
  }

  #send(bytes: Uint8Array): void {
    this.#recordsBefore = this.#countSent();
    this.#batch = bytes;
    this.#sent = 0;
    this.#isBusy = this.#isOfWrite = true;
    this.#write(bytes);
  }

  #countSent(): number {
    return this.#recordsBefore + countFullRecords(this.#batch, this.#sent);
  }

  #write(bytes: Uint8Array): void {
    this.#raw.write(bytes).then(this.#onWritten, this.#onError);
  }

  #advance(length: number): void {
    const size = this.#batch.length;
    this.#sent += length;
    if (this.#sent < size) {
      this.maxWrite = MAX_RECORD;
      return this.#write(this.#batch.subarray(this.#sent));
    }
    if (length === size && size > this.maxWrite) {
      this.maxWrite = Math.min(2 * this.maxWrite, MAX_WRITE);
    }
    this.#finishBatch();
  }

  #finishBatch(): void {
    this.#isBusy = false;
    if (this.#wantsMore) this.flush();
    if (!this.#isBusy) this.#owner.onSent();
    if (this.#isBusy) return;
    this.#sendFinIfDue();
    // An idle connection holds no records.
    this.#recordsBefore = this.#countSent();
    this.#batch = EMPTY;
    this.#sent = 0;
  }

  #sendFinIfDue(): void {
    const isDue = this.#isEnding && !this.#isFinSent && !this.#isBusy;
    if (!isDue || this.failure !== undefined) return;
    this.#isFinSent = true;
    this.#raw.closeWrite().then(
      () => this.#fin?.resolve(),
      (error) => this.fail(error),
    );
  }
}
