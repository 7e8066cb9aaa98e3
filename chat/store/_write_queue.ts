import { fileFault, isConstraint } from "./_sqlite_errors.ts";

/** The most writes that wait while writing fails. */
const MAX_PENDING = 10_000;

/** The most writes in one transaction, which the event loop waits for. */
const MAX_BATCH = 256;

/** Milliseconds until writing is tried again, at first. */
const FIRST_DELAY = 1000;

/** The most milliseconds until writing is tried again, as a multiple of the first. */
const MAX_FACTOR = 30;

/** Carries out writes. */
export interface Writer<Write> {
  /** Carries out all writes or none, and returns the error. */
  commit(writes: readonly Write[]): unknown;
  /** Called with each failure. */
  onError(error: unknown): void;
}

/**
 * The writes that are not yet carried out. Those of one turn of the event loop are
 * carried out before it ends. When writing fails, as on a full disk, as many as fit are
 * carried out; then a timer tries again, in small parts.
 */
export class WriteQueue<Write> {
  readonly #writer: Writer<Write>;
  readonly #firstDelay: number;
  readonly #pending: Write[] = [];
  #batch = MAX_BATCH;
  #delay = 0;
  /** Set while writing has failed. */
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isScheduled = false;
  #isClosed = false;
  #hasDropped = false;

  constructor(writer: Writer<Write>, firstDelay: number = FIRST_DELAY) {
    this.#writer = writer;
    this.#firstDelay = firstDelay;
  }

  /** The writes that wait, the oldest first. */
  get pending(): readonly Write[] {
    return this.#pending;
  }

  /** Whether a write has been dropped, as too many waited. */
  get hasDropped(): boolean {
    return this.#hasDropped;
  }

  /** Adds a write, and drops the oldest beyond the limit. */
  add(write: Write): void {
    if (this.#isClosed) return;
    if (this.#pending.length >= MAX_PENDING) this.flush();
    this.#pending.push(write);
    if (this.#pending.length > MAX_PENDING) {
      this.#pending.shift();
      this.#hasDropped = true;
    }
    if (this.#isScheduled || this.#timer !== undefined) return;
    this.#isScheduled = true;
    queueMicrotask(() => this.flush());
  }

  /**
   * Carries out all writes, unless that has failed and will be tried again, or the
   * queue is closed.
   */
  flush(): void {
    this.#isScheduled = false;
    if (this.#isClosed || this.#timer !== undefined) return;
    this.#writeAll();
  }

  /** Tries to carry out all writes for the last time. */
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

  /** Writes one part; `false` if not even one write is possible. */
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
    this.#writer.onError(fileFault("Cannot write chat file", error));
    if (isConstraint(error)) {
      // A write that violates a constraint must not block the others.
      this.#pending.shift();
      return true;
    }
    const maxDelay = this.#firstDelay * MAX_FACTOR;
    this.#delay = Math.min(maxDelay, this.#delay * 2 || this.#firstDelay);
    this.#retryIn(this.#delay);
    return false;
  }
}
