import {
  IDLE_BUFFER,
  LARGE_BUFFER,
  MEDIUM_BUFFER,
  PAGE_BUFFER,
  poolSizeFor,
  SMALL_BUFFER,
  WIDE_BUFFER,
} from "../../internal/bytes/buffer_pool.ts";

/** The most that a read may bring, by how quick the consumer is. */
const SIZES = [
  SMALL_BUFFER,
  PAGE_BUFFER,
  MEDIUM_BUFFER,
  WIDE_BUFFER,
  LARGE_BUFFER,
];
/** From this length on, a window says how long a byte takes, unless all are small. */
const MIN_SAMPLE = MEDIUM_BUFFER / 2;
/** Milliseconds that a consumer may take for one window. */
const MAX_TIME = 3;
/** Above this time, the consumer was slow, and not the system that runs it. */
const SURE_TIME = 12;
/** A read that waits gets more than 16 KiB if 64 KiB take no more than this. */
const QUICK_TIME = 0.1;
/** Milliseconds that any window may take, however small: code may not be hot yet. */
const OVERHEAD = 0.1;

/**
 * Decides how much the next read of a connection may bring, from the lengths of
 * earlier reads and the time that the consumer took for them. It does no I/O.
 *
 * - A read that came back full has more behind it, so the next is larger: 128
 *   bytes, 16 KiB, 256 KiB.
 * - A read that did not has emptied the system's queue. The next one waits, maybe
 *   for long, so it gets the smallest buffer that would have held all that came
 *   since the queue was empty before: the next message of a peer that waits for
 *   answers then comes with one read.
 * - A window should not take the consumer more than 3 ms, since other connections
 *   wait meanwhile.
 */
export class ReadSizer {
  /** The size that suits the traffic. */
  #size = IDLE_BUFFER;
  /** The bytes of the latest reads that came back full. */
  #backlog = 0;
  /** The size in `SIZES` that the consumer can deal with in time. */
  #step = SIZES.length - 1;
  /** Whether no window has been timed yet. */
  #isNew = true;
  /** Milliseconds that a byte took in the latest sample; undefined before. */
  #pace: number | undefined;
  /** Whether the consumer takes next to no time. */
  #isQuick = false;

  /** Whether the last read came back full: there is likely more. */
  get isGrowing(): boolean {
    return this.#backlog > 0;
  }

  /** How large a buffer the next read of an empty window should get. */
  get size(): number {
    const size = this.isGrowing || this.#size <= MEDIUM_BUFFER || this.#isQuick
      ? this.#size
      : MEDIUM_BUFFER;
    return Math.min(size, SIZES[this.#step]);
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

  /**
   * Whether {@linkcode noteTime} wants to know of a window of `length` bytes: the
   * first one, however small, as it decides how large the next ones may be.
   */
  isSample(length: number): boolean {
    return this.#isNew ||
      length >= Math.min(MIN_SAMPLE, SIZES[this.#step] / 2);
  }

  /**
   * Takes note of the milliseconds that the consumer took to look at a window of
   * `length` bytes, of which it may leave some. A small window that took next to
   * none tells nothing. Two samples have to agree, to shrink the windows as well as
   * to grow them by a step: the system may have run another process during one.
   */
  noteTime(length: number, time: number): void {
    if (!this.isSample(length)) return;
    this.#isNew = false;
    const pace = Math.max(0, time - OVERHEAD) / length;
    if (pace === 0 && length < MIN_SAMPLE && this.#pace === undefined) return;
    const before = this.#pace ?? pace;
    const slower = Math.max(pace, before);
    this.#pace = pace;
    this.#isQuick = slower * WIDE_BUFFER <= QUICK_TIME;
    const step = stepFor(time > SURE_TIME ? pace : Math.min(pace, before));
    if (step < this.#step) this.#step = step;
    else if (stepFor(slower) > this.#step) this.#step++;
  }
}

/** The largest size that a consumer of this pace can deal with in time. */
function stepFor(pace: number): number {
  let step = SIZES.length - 1;
  while (step > 0 && SIZES[step] * pace > MAX_TIME) step--;
  return step;
}
