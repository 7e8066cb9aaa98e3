/** A range of ids, ends included. */
export type IdRange = readonly [first: number, last: number];

/** The most ranges that are remembered: far more than those in a log. */
const MAX_RANGES = 4_096;

/**
 * The messages of the log that did not count, such as late and repeated ones. Whether
 * one counts depends on the state at its time, so a server that starts from a later
 * state and reads older messages needs this list, which is part of the state.
 */
export class SkippedEntries {
  /** The oldest first; they don't overlap. */
  readonly #ranges: [first: number, last: number][] = [];

  /** Notes a range of ids, after all that were noted before. */
  add(first: number, last: number = first): void {
    const end = this.#ranges.at(-1);
    if (end !== undefined && end[1] + 1 === first) {
      end[1] = last;
      return;
    }
    this.#ranges.push([first, last]);
    if (this.#ranges.length > MAX_RANGES) this.#ranges.shift();
  }

  /** Whether the entry with an id did not count. */
  has(id: number): boolean {
    const range = this.#ranges.findLast(([first]) => first <= id);
    return range !== undefined && id <= range[1];
  }

  /** The ranges as JSON. */
  save(): IdRange[] {
    return this.#ranges.map(([first, last]) => [first, last]);
  }
}
