/** Counts by name. */
export class Tally {
  readonly #counts = new Map<string, number>();

  /** Counts one more of a name, or several. */
  add(name: string, count = 1): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + count);
  }

  /** The counts as they are now. */
  toRecord(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#counts);
  }
}
