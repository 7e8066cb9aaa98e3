import type { KeptMessage } from "../room/chat_message.ts";
import { isConstraint, writeFault } from "./_sqlite_errors.ts";

/** The most messages that wait while writing fails. */
const MAX_PENDING = 10_000;

/** The most messages in one transaction, which the event loop waits for. */
const MAX_BATCH = 256;

/** Milliseconds until writing is tried again, at first. */
const FIRST_DELAY = 1000;

/** The most milliseconds until writing is tried again, as a multiple of the first. */
const MAX_FACTOR = 30;

/** How messages are written. */
export interface Writer {
  /** Writes all messages or none, and returns the error. */
  commit(messages: readonly KeptMessage[]): unknown;
  /** Called with each failure. */
  onError(error: unknown): void;
}

/**
 * The messages that are not yet written. Those of one turn of the event loop are
 * written before it ends. When writing fails, as on a full disk, as many as fit are
 * written; then a timer tries again, in small parts.
 */
export class WriteQueue {
  readonly #writer: Writer;
  readonly #firstDelay: number;
  readonly #pending: KeptMessage[] = [];
  #batch = MAX_BATCH;
  #delay = 0;
  /** Set while writing has failed. */
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isScheduled = false;
  #isClosed = false;

  constructor(writer: Writer, firstDelay: number = FIRST_DELAY) {
    this.#writer = writer;
    this.#firstDelay = firstDelay;
  }

  /** The messages that wait, the oldest first. */
  get pending(): readonly KeptMessage[] {
    return this.#pending;
  }

  /** Adds a message, and drops the oldest beyond the limit. */
  add(message: KeptMessage): void {
    if (this.#isClosed) return;
    this.#pending.push(message);
    if (this.#pending.length > MAX_PENDING) this.#pending.shift();
    if (this.#isScheduled || this.#timer !== undefined) return;
    this.#isScheduled = true;
    queueMicrotask(() => this.flush());
  }

  /**
   * Writes all messages, unless writing has failed and will be tried again, or the
   * queue is closed.
   */
  flush(): void {
    this.#isScheduled = false;
    if (this.#isClosed || this.#timer !== undefined) return;
    this.#writeAll();
  }

  /** Tries to write all messages for the last time. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#writeAll();
  }

  #writeAll(): void {
    while (this.#pending.length > 0) if (!this.#writeSome()) return;
  }

  /** Tries again with one part in each turn, as a disk that is full may be slow. */
  #retry(): void {
    this.#timer = undefined;
    if (this.#writeSome() && this.#pending.length > 0) this.#retryIn(0);
  }

  #retryIn(delay: number): void {
    if (this.#isClosed) return;
    this.#timer = setTimeout(() => this.#retry(), delay);
    Deno.unrefTimer(this.#timer);
  }

  /** Writes one part; `false` if not even one message can be written. */
  #writeSome(): boolean {
    const part = this.#pending.slice(0, this.#batch);
    const error = this.#writer.commit(part);
    if (error === undefined) {
      this.#pending.splice(0, part.length);
      this.#batch = Math.min(MAX_BATCH, this.#batch * 2);
      this.#delay = 0;
      return true;
    }
    this.#batch = Math.max(1, Math.floor(part.length / 2));
    if (part.length > 1) return true;
    this.#writer.onError(writeFault(error));
    if (isConstraint(error)) {
      // A message that violates a constraint must not block the others.
      this.#pending.shift();
      return true;
    }
    const maxDelay = this.#firstDelay * MAX_FACTOR;
    this.#delay = Math.min(maxDelay, this.#delay * 2 || this.#firstDelay);
    this.#retryIn(this.#delay);
    return false;
  }
}
