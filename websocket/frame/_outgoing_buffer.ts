import {
  giveBuffer,
  poolSizeFor,
  takeBuffer,
} from "../../internal/bytes/buffer_pool.ts";
import { joinShared } from "./_shared_frames.ts";

const EMPTY = new Uint8Array(0);
const EMPTY_VIEW = new DataView(EMPTY.buffer);

/**
 * The bytes that are to go out next: many frames one behind the other, so that
 * one write takes them all.
 *
 * While a write is under way its bytes must not change: `take` hands the filled
 * buffer over, and later frames go into another. `recycle` gives a
 * written one back to the pool that all connections share, from which the next
 * comes, still in the processor's cache. An idle connection holds none.
 */
export class OutgoingBuffer {
  #bytes: Uint8Array<ArrayBuffer> = EMPTY;
  #view: DataView<ArrayBuffer> = EMPTY_VIEW;
  #length = 0;
  /** All that waits, if it is shared bytes that need no copy. */
  #shared: Uint8Array<ArrayBuffer> | undefined;
  /** The bytes that `take` has handed over. */
  #taken: Uint8Array<ArrayBuffer> = EMPTY;

  /** How many bytes wait. */
  get length(): number {
    return this.#shared === undefined ? this.#length : this.#shared.length;
  }

  /** The memory of the bytes; those after `length` are free. */
  get memory(): Uint8Array<ArrayBuffer> {
    return this.#bytes;
  }

  /** The same as `memory`, as a view. */
  get view(): DataView<ArrayBuffer> {
    return this.#view;
  }

  /**
   * Makes room; `memory` and `view` may be others afterwards. Bytes written behind
   * `length` are kept.
   *
   * @param size How many bytes are to be free.
   * @returns The place of the first free byte.
   */
  reserve(size: number): number {
    const shared = this.#shared;
    if (shared !== undefined) {
      this.#shared = undefined;
      this.append(shared);
    }
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
   * Appends bytes that don't change any more. If they stay alone, they are
   * handed over as they are: that is how a broadcast goes out without a copy for
   * each of its receivers. Several are joined once for all.
   */
  appendShared(bytes: Uint8Array<ArrayBuffer>): void {
    const shared = this.#shared;
    if (shared === undefined) {
      if (this.#length === 0) this.#shared = bytes;
      else this.append(bytes);
      return;
    }
    const joined = joinShared(shared, bytes);
    if (joined === undefined) this.append(bytes);
    else this.#shared = joined;
  }

  /**
   * Hands over all that waits, to be written and then given to `recycle`.
   *
   * @returns The bytes, none if nothing waits.
   */
  take(): Uint8Array<ArrayBuffer> {
    const shared = this.#shared;
    if (shared !== undefined) {
      this.#shared = undefined;
      return shared;
    }
    if (this.#length === 0) return EMPTY;
    this.#taken = this.#bytes;
    const filled = this.#bytes.subarray(0, this.#length);
    this.#length = 0;
    this.#use(EMPTY);
    return filled;
  }

  /** Takes back the latest result of `take`, once it is written. */
  recycle(): void {
    if (this.#taken === EMPTY) return;
    giveBuffer(this.#taken);
    this.#taken = EMPTY;
  }

  #use(bytes: Uint8Array<ArrayBuffer>): void {
    this.#bytes = bytes;
    const { buffer, byteOffset, length } = bytes;
    this.#view = length === 0
      ? EMPTY_VIEW
      : new DataView(buffer, byteOffset, length);
  }

  #grow(needed: number): void {
    const old = this.#bytes;
    const larger = takeBuffer(poolSizeFor(needed));
    larger.set(old);
    this.#use(larger);
    giveBuffer(old);
  }
}
