import { copyBytes } from "./copy_bytes.ts";

/**
 * Copies small pieces of bytes into shared allocations, as `Buffer` of Node
 * does: an `ArrayBuffer` for each costs as much as ten copies of a small piece.
 */
export class Slab {
  readonly #size: number;
  readonly #maxShared: number;
  #slab: ArrayBuffer | undefined;
  #used = 0;

  /**
   * @param size What one allocation holds.
   * @param maxShared Up to this length copies share one.
   */
  constructor(size: number, maxShared: number) {
    this.#size = size;
    this.#maxShared = maxShared;
  }

  /**
   * Copies borrowed bytes.
   *
   * @param bytes What they are in.
   * @param start The place of the first one.
   * @param length How many there are.
   */
  copy(
    bytes: Uint8Array,
    start = 0,
    length: number = bytes.length - start,
  ): Uint8Array<ArrayBuffer> {
    if (length > this.#maxShared) {
      return new Uint8Array(bytes.subarray(start, start + length));
    }
    const copy = new Uint8Array(this.#room(length), this.#used, length);
    // The next one starts where views of words may.
    this.#used = (this.#used + length + 7) & ~7;
    copyBytes(bytes, start, length, copy, 0);
    return copy;
  }

  /** A slab with room for `length` bytes from `#used` on. */
  #room(length: number): ArrayBuffer {
    const slab = this.#slab;
    const hasRoom = this.#used + length <= this.#size;
    // Transferring a copy has taken the slab with it.
    if (slab !== undefined && hasRoom && !slab.detached) return slab;
    this.#used = 0;
    return this.#slab = new ArrayBuffer(this.#size);
  }
}
