/** Bytes sent to one user before the event loop gets a turn. */
const SHARE = 64 * 1024;

/** Bytes sent to all users together before that. */
const TOTAL_SHARE = 1024 * 1024;

/** The most turns in a row while queues are congested. */
const PATIENCE = 250;

/**
 * Limits how much is sent within one turn of the event loop to an amount that
 * every queue has room for.
 *
 * Users may send more at once, by pasting a file or all at the same moment. Within
 * one turn, that would fill the queues of users who read as fast as they can, as
 * no write can finish before the turn ends. So a frontend asks after each line,
 * and waits for another turn when the share is used up.
 *
 * If many queues are congested, the network or this machine is slow, and not the
 * users: then the next share waits up to 250 turns.
 */
export class Pacer {
  readonly #waiting: PromiseWithResolvers<void>[] = [];
  readonly #isOverloaded: () => boolean;
  #spent = 0;
  #spentInAll = 0;
  #isTimed = false;
  /** Turns for which the next share has waited. */
  #deferred = 0;

  /** @param isOverloaded Whether many queues are congested. */
  constructor(isOverloaded: () => boolean = () => false) {
    this.#isOverloaded = isOverloaded;
  }

  /** Whether the share is used up. */
  get isSpent(): boolean {
    return this.#spent >= SHARE || this.#spentInAll >= TOTAL_SHARE;
  }

  /** Counts bytes that were sent to each of some users. */
  spend(bytes: number, users: number): void {
    this.#spent += bytes;
    this.#spentInAll += bytes * users;
  }

  /** Waits for a share, in the order of the calls. */
  turn(): Promise<void> {
    const waiter = Promise.withResolvers<void>();
    this.#waiting.push(waiter);
    this.#startTurn();
    return waiter.promise;
  }

  #startTurn(): void {
    if (this.#isTimed) return;
    this.#isTimed = true;
    setTimeout(this.#onTurn, 0);
  }

  readonly #onTurn = async (): Promise<void> => {
    this.#isTimed = false;
    if (this.#deferred++ < PATIENCE && this.#isOverloaded()) {
      return this.#startTurn();
    }
    this.#deferred = 0;
    this.#spent = this.#spentInAll = 0;
    while (!this.isSpent) {
      const waiter = this.#waiting.shift();
      if (waiter === undefined) return;
      waiter.resolve();
      // Lets the waiter run, to see how much it leaves for the next.
      await undefined;
    }
    if (this.#waiting.length > 0) this.#startTurn();
  };
}
