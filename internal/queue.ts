/** Places that were taken from are given up when there are so many. */
const MAX_TAKEN = 1024;

/** Values in the order in which they came; taking one moves no other. */
export class Queue<T> {
  readonly #items: (T | undefined)[] = [];
  /** The place of the first value. */
  #first = 0;

  /** How many values there are. */
  get length(): number {
    return this.#items.length - this.#first;
  }

  /** Appends a value. */
  push(value: T): void {
    this.#items.push(value);
  }

  /** Takes the first value. */
  shift(): T | undefined {
    if (this.length === 0) return undefined;
    const value = this.#items[this.#first];
    this.#items[this.#first++] = undefined;
    if (this.length === 0) this.clear();
    else if (this.#first > MAX_TAKEN) {
      this.#items.splice(0, this.#first);
      this.#first = 0;
    }
    return value;
  }

  /** Forgets all values. */
  clear(): void {
    this.#items.length = this.#first = 0;
  }
}
