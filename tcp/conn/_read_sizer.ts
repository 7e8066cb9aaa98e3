import {
  IDLE_BUFFER,
  LARGE_BUFFER,
  MEDIUM_BUFFER,
  poolSizeFor,
  SMALL_BUFFER,
  WIDE_BUFFER,
} from "../../internal/bytes/buffer_pool.ts";

/** Sizes for a consumer that takes long, the largest first. */
const SIZES = [LARGE_BUFFER, WIDE_BUFFER, MEDIUM_BUFFER];
/** From this length on, a window says how long a byte takes. */
const MIN_SAMPLE = MEDIUM_BUFFER / 2;
/** Milliseconds that a consumer may take for one window. */
const MAX_TIME = 4;
/** Above this time, the consumer was slow, and not the system that runs it. */
const SURE_TIME = 12;
/** A read that waits gets more than 16 KiB if 64 KiB take no more than this. */
const QUICK_TIME = 0.2;

/**
 * Decides how much the next read of a connection may bring, from what earlier
 * reads have brought and how long the consumer took for it. It does no I/O.
 *
 * - A read that came back full has more behind it, so the next is larger: 128
 *   bytes, 16 KiB, 256 KiB.
 * - A read that did not has emptied the system's queue. The next one waits, maybe
 *   for long, so it gets the smallest buffer that would have held all that came
 *   since the queue was empty before: the next message of a peer that waits for
 *   answers then comes with one read.
 * - A window should not take the consumer more than 4 ms, since other connections
 *   wait meanwhile.
 */
export class ReadSizer {
  /** What the traffic asks for. */
  #size = IDLE_BUFFER;
  /** What the latest reads have brought that came back full. */
  #backlog = 0;
  /** Milliseconds for a byte, as of the latest samples; undefined before. */
  #pace: number | undefined;
  /** The latest sample alone. */
  #sample = Infinity;

  /** Whether the last read came back full: there is likely more. */
  get isGrowing(): boolean {
    return this.#backlog > 0;
  }

  /** How large a buffer the next read of an empty window should get. */
  get size(): number {
    const size = this.isGrowing || this.#size <= MEDIUM_BUFFER || this.#isQuick
      ? this.#size
      : MEDIUM_BUFFER;
    return Math.min(size, this.#maxSize);
  }

  /** Takes note of a read. */
  noteRead(length: number, isFull: boolean): void {
    const total = this.#backlog + length;
    if (isFull) {
      // A full read of the little room behind a rest says nothing.
      this.#size = length >= MIN_SAMPLE ? LARGE_BUFFER : MEDIUM_BUFFER;
      // Above 64 KiB, the exact amount does not matter.
      this.#backlog = Math.min(total, WIDE_BUFFER + 1);
    } else {
      this.#size = total > WIDE_BUFFER ? MEDIUM_BUFFER : poolSizeFor(total);
      this.#backlog = 0;
    }
  }

  /** Whether {@linkcode noteTime} wants to know of a window of `length` bytes. */
  isSample(length: number): boolean {
    return length >= Math.min(MIN_SAMPLE, this.#maxSize / 2);
  }

  /**
   * Takes note of the milliseconds that the consumer took for `length` bytes. The
   * quicker one of two samples counts, as the system may have run another process
   * meanwhile.
   */
  noteTime(length: number, time: number): void {
    if (!this.isSample(length)) return;
    const pace = time / length;
    this.#pace = time > SURE_TIME ? pace : Math.min(pace, this.#sample);
    this.#sample = pace;
  }

  get #isQuick(): boolean {
    return this.#pace !== undefined && this.#pace * WIDE_BUFFER <= QUICK_TIME;
  }

  get #maxSize(): number {
    const pace = this.#pace;
    if (pace === undefined) return LARGE_BUFFER;
    return SIZES.find((size) => size * pace <= MAX_TIME) ?? SMALL_BUFFER;
  }
}
