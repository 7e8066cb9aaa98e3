import { Notifier } from "../wait/notifier.ts";

/** How many states an observer may be behind before it misses the oldest. */
const MAX_BEHIND = 16;

/**
 * The states of something, for any number of observers. Each begins with the
 * present state, and has a bounded queue of its own while it iterates. Without
 * observers only the present state is kept.
 */
export class StateFeed<S> implements AsyncIterable<S> {
  readonly #queues = new Set<S[]>();
  readonly #notifier = new Notifier();
  #isOver = false;

  /** The present state. */
  current: S;

  constructor(current: S) {
    this.current = current;
  }

  /** Changes the state. */
  set(state: S): void {
    this.current = state;
    for (const queue of this.#queues) {
      queue.push(state);
      if (queue.length > MAX_BEHIND) queue.shift();
    }
    this.#notifier.notify();
  }

  /** Changes the state for the last time, which ends each observer behind it. */
  end(state: S): void {
    this.#isOver = true;
    this.set(state);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<S, void, undefined> {
    const queue = [this.current];
    this.#queues.add(queue);
    try {
      for (;;) {
        const [state] = queue.splice(0, 1);
        if (state !== undefined) yield state;
        else if (this.#isOver) return;
        else await this.#notifier.changed();
      }
    } finally {
      this.#queues.delete(queue);
    }
  }
}
