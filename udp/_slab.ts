import { noteHandedOut } from "../internal/ballast.ts";

/** What one allocation holds. */
const SLAB_SIZE = 4096;
/** Longer ones are worth an allocation of their own. */
const MAX_LENGTH = 256;

/**
 * Copies small pieces of bytes into shared allocations, as `Buffer` of Node
 * does: an `ArrayBuffer` for each costs more than all else about receiving a
 * small datagram.
 */
export class Slab {
  #slab: ArrayBuffer | undefined;
  #used = 0;

  /** Copies borrowed bytes. */
  copy(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
    const { length } = bytes;
    if (length > MAX_LENGTH) {
      noteHandedOut(length);
      return new Uint8Array(bytes);
    }
    if (this.#slab === undefined || this.#used + length > SLAB_SIZE) {
      this.#slab = new ArrayBuffer(SLAB_SIZE);
      this.#used = 0;
    }
    const copy = new Uint8Array(this.#slab, this.#used, length);
    // The next one starts where views of words may.
    this.#used = (this.#used + length + 7) & ~7;
    copy.set(bytes);
    return copy;
  }
}
