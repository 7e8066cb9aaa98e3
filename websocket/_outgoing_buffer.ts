const EMPTY = new Uint8Array(0);
const EMPTY_VIEW = new DataView(EMPTY.buffer);

/** The least that is allocated. */
const MIN_SIZE = 256;

/** What an idle connection may keep. */
const IDLE_SIZE = 1024;

/** What a busy connection may keep from one write to the next. */
const BUSY_SIZE = 256 * 1024;

/**
 * The bytes that are to go out next: many frames one behind the other, so that
 * one write takes them all.
 *
 * While a write is under way its bytes must not change, so there are two
 * buffers in turn: `take` hands the filled one over, and whatever comes then
 * goes into the other. `recycle` gives a written one back. Both grow by need;
 * an idle connection keeps 1 KiB at most.
 */
export class OutgoingBuffer {
  #bytes: Uint8Array<ArrayBuffer> = EMPTY;
  #view: DataView<ArrayBuffer> = EMPTY_VIEW;
  #length = 0;
  #spare: Uint8Array<ArrayBuffer> = EMPTY;
  /** How much went out last: the next batch is probably like it. */
  #lastLength = 0;

  /** How many bytes wait. */
  get length(): number {
    return this.#length;
  }

  /** What the bytes are in, those after `length` being free. */
  get bytes(): Uint8Array<ArrayBuffer> {
    return this.#bytes;
  }

  /** The same as `bytes`, as a view. */
  get view(): DataView<ArrayBuffer> {
    return this.#view;
  }

  /**
   * Makes room; `bytes` and `view` may be others afterwards. What was written
   * behind `length` is kept.
   *
   * @param size How many bytes are to be free.
   * @returns The place of the first free byte.
   */
  reserve(size: number): number {
    const needed = this.#length + size;
    if (needed > this.#bytes.length) this.#grow(needed);
    return this.#length;
  }

  /** Counts `size` of the reserved bytes as filled. */
  advance(size: number): void {
    this.#length += size;
  }

  /** Appends bytes as they are. */
  append(bytes: Uint8Array): void {
    const at = this.reserve(bytes.length);
    this.#bytes.set(bytes, at);
    this.#length += bytes.length;
  }

  /**
   * Hands over all that waits, to be written and then given to `recycle`.
   *
   * @returns The bytes, none if nothing waits.
   */
  take(): Uint8Array<ArrayBuffer> {
    if (this.#length === 0) return EMPTY;
    const taken = this.#bytes.subarray(0, this.#length);
    this.#lastLength = this.#length;
    this.#length = 0;
    this.#use(this.#spare);
    this.#spare = EMPTY;
    return taken;
  }

  /** Takes back what `take` has returned, once it is written. */
  recycle(taken: Uint8Array<ArrayBuffer>): void {
    const isIdle = this.#length === 0;
    if (isIdle && this.#bytes.length > IDLE_SIZE) this.#use(EMPTY);
    const size = taken.buffer.byteLength;
    if (size > (isIdle ? IDLE_SIZE : BUSY_SIZE)) return;
    const bytes = new Uint8Array(taken.buffer);
    if (this.#bytes.length === 0) this.#use(bytes);
    else if (!isIdle) this.#spare = bytes;
  }

  #use(bytes: Uint8Array<ArrayBuffer>): void {
    this.#bytes = bytes;
    this.#view = bytes.length === 0 ? EMPTY_VIEW : new DataView(bytes.buffer);
  }

  #grow(needed: number): void {
    const likely = this.#length === 0 ? this.#lastLength : 0;
    const size = Math.max(needed, this.#bytes.length * 2, likely, MIN_SIZE);
    const larger = new Uint8Array(size);
    larger.set(this.#bytes);
    this.#use(larger);
  }
}
