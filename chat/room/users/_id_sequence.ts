/** Rising ids, of which none is used twice, not even after a restart. */
export class IdSequence {
  readonly #reserve: (last: number) => void;
  readonly #block: number;
  #last: number;
  #reserved: number;

  /**
   * @param last The last id that may have been used before.
   * @param block How many ids are reserved at once, as that may cost a disk write.
   * @param reserve Called before ids beyond the reserved ones are used.
   */
  constructor(last: number, block: number, reserve: (last: number) => void) {
    this.#block = block;
    this.#last = last;
    this.#reserved = last;
    this.#reserve = reserve;
  }

  /** The next id. */
  next(): number {
    if (this.#last >= this.#reserved) {
      this.#reserved = this.#last + this.#block;
      this.#reserve(this.#reserved);
    }
    return ++this.#last;
  }
}
