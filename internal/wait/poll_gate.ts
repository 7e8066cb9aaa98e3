import { PollWait } from "./poll_budget.ts";

/** The promise of an open gate, which is settled. */
export const OPEN: Promise<void> = Promise.resolve();

/**
 * Lets a loop that never has to wait, such as one that writes to a queue with
 * room, pass at once, and now and then only after the runtime has polled.
 */
export class PollGate {
  readonly #wait = new PollWait(() => this.#open());
  #closed: PromiseWithResolvers<void> | undefined;

  /** Settles when the next piece of work may begin. It never rejects. */
  pass(): Promise<void> {
    if (this.#wait.isSpent()) this.#wait.enter(true);
    if (!this.#wait.isWaiting) return OPEN;
    this.#closed ??= Promise.withResolvers();
    return this.#closed.promise;
  }

  /** Whether work waits for the runtime to poll. */
  get isClosed(): boolean {
    return this.#wait.isWaiting;
  }

  /** Lets all pass that wait: there is no more work. */
  stop(): void {
    this.#wait.leave();
    this.#open();
  }

  #open(): void {
    this.#closed?.resolve();
    this.#closed = undefined;
  }
}
