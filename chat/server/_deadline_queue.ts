import { afterPoll } from "../../internal/after_poll.ts";
import { Alarm } from "../../internal/alarm.ts";

/**
 * Tells when so much time has passed for each of those who were added. As all of
 * them have the same time, they stay in the order of their turns, and one timer
 * is enough for any number.
 *
 * Before it tells, the runtime polls the sockets: in a busy process, what takes one
 * out in time may have arrived and not been looked at.
 */
export class DeadlineLine {
  readonly #delay: number;
  readonly #onDue: (id: number) => void;
  readonly #alarm = new Alarm(() => this.#ring(), true);
  /** Ids to the moments when their time is over, the first one first. */
  readonly #dueAt = new Map<number, number>();
  /** The runtime is about to poll. */
  #isPolling = false;

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
    for (const dueAt of this.#dueAt.values()) {
      if (dueAt > now) return this.#alarm.ringBy(dueAt);
      if (this.#isPolling) return;
      this.#isPolling = true;
      return afterPoll(() => this.#tell(now));
    }
  }

  /** Tells of those who were due before the runtime polled. */
  #tell(time: number): void {
    this.#isPolling = false;
    for (const [id, dueAt] of this.#dueAt) {
      if (dueAt > time) break;
      this.#dueAt.delete(id);
      this.#onDue(id);
    }
    this.#ring();
  }
}
