import { noteHandedOut } from "./ballast.ts";
import { copyBytes } from "./copy_bytes.ts";

/**
 * Copies small pieces of bytes into shared allocations, as `Buffer` of Node
 * does: an `ArrayBuffer` for each costs as much as ten copies of a small piece.
 */
export class Slab {
  readonly #size: number;
  #slab: ArrayBuffer | undefined;
  #used = 0;

  /** Up to this length copies share an allocation. */
  readonly maxLength: number;

  /**
   * @param size What one allocation holds.
   * @param maxLength See the property of that name.
   */
  constructor(size: number, maxLength: number) {
    this.#size = size;
    this.maxLength = maxLength;
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
    if (length > this.maxLength) {
      noteHandedOut(length);
      return new Uint8Array(bytes.subarray(start, start + length));
    }
    const copy = new Uint8Array(this.#room(length), this.#used, length);
    // The next one starts where views of words may.
    this.#used = (this.#used + length + 7) & ~7;
    copyBytes(bytes, start, length, copy, 0);
    return copy;
  }

  /** What has room for `length` bytes from `#used` on. */
  #room(length: number): ArrayBuffer {
    const slab = this.#slab;
    const hasRoom = this.#used + length <= this.#size;
    // Who has transferred a copy has taken the slab with it.
    if (slab !== undefined && hasRoom && !slab.detached) return slab;
    this.#used = 0;
    return this.#slab = new ArrayBuffer(this.#size);
  }
}
