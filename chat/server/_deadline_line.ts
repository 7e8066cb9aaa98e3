import { Alarm } from "../../internal/alarm.ts";

/**
 * Tells when so much time has passed for each of those who were added. As all of
 * them have the same time, they stay in the order of their turns, and one timer
 * is enough for any number.
 */
export class DeadlineLine {
  readonly #delay: number;
  readonly #onDue: (id: number) => void;
  readonly #alarm = new Alarm(() => this.#ring(), true);
  /** Ids to the moments when their time is over, the first one first. */
  readonly #dueAt = new Map<number, number>();

  /**
   * @param delay Milliseconds, `Infinity` for never.
   * @param onDue Told of each one whose time is over.
   */
  constructor(delay: number, onDue: (id: number) => void) {
    this.#delay = delay;
    this.#onDue = onDue;
  }

  /** How many wait. */
  get size(): number {
    return this.#dueAt.size;
  }

  /** Begins the time of one. */
  add(id: number): void {
    if (this.#delay === Infinity) return;
    const dueAt = performance.now() + this.#delay;
    this.#dueAt.set(id, dueAt);
    this.#alarm.ringBy(dueAt);
  }

  /** Takes one out, whose time does not matter any more. */
  remove(id: number): void {
    if (this.#dueAt.delete(id) && this.#dueAt.size === 0) this.#alarm.stop();
  }

  /** Takes all out. */
  clear(): void {
    this.#dueAt.clear();
    this.#alarm.stop();
  }

  #ring(): void {
    const now = performance.now();
    for (const [id, dueAt] of this.#dueAt) {
      if (dueAt > now) return this.#alarm.ringBy(dueAt);
      this.#dueAt.delete(id);
      this.#onDue(id);
    }
  }
}
