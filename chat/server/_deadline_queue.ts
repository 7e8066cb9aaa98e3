import { afterPoll } from "../../internal/wait/after_poll.ts";
import { Alarm } from "../../internal/wait/alarm.ts";

/**
 * Calls a function for each id once its time has passed. All ids have the same
 * delay, so they stay in insertion order and need only one timer.
 *
 * The runtime polls the sockets before the call: in a busy process, the event that
 * removes an id in time may have arrived without having been read.
 */
export class DeadlineQueue {
  readonly #delay: number;
  readonly #onDue: (id: number) => void;
  readonly #alarm = new Alarm(() => this.#ring(), true);
  /** Ids and when they are due, in this order. */
  readonly #dueAt = new Map<number, number>();
  #isPolling = false;

  /**
   * @param delay Milliseconds, `Infinity` for never.
   * @param onDue Called with each id whose time has passed.
   */
  constructor(delay: number, onDue: (id: number) => void) {
    this.#delay = delay;
    this.#onDue = onDue;
  }

  /** How many ids wait. */
  get size(): number {
    return this.#dueAt.size;
  }

  /** Starts the time of an id. */
  add(id: number): void {
    if (this.#delay === Infinity) return;
    const dueAt = performance.now() + this.#delay;
    this.#dueAt.set(id, dueAt);
    this.#alarm.ringBy(dueAt);
  }

  /** Removes an id. */
  remove(id: number): void {
    if (this.#dueAt.delete(id) && this.#dueAt.size === 0) this.#alarm.stop();
  }

  /** Removes all ids. */
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
      return afterPoll(() => this.#callDue(now));
    }
  }

  /** Calls the function for all ids that were due before the poll. */
  #callDue(time: number): void {
    this.#isPolling = false;
    for (const [id, dueAt] of this.#dueAt) {
      if (dueAt > time) break;
      this.#dueAt.delete(id);
      this.#onDue(id);
    }
    this.#ring();
  }
}
