/** How many bytes the chat says before it lets the network have its turn. */
const SHARE = 64 * 1024;

/** How many it says to all users together. */
const TOTAL_SHARE = 1024 * 1024;

/** How many turns the network may have, one after the other. */
const PATIENCE = 250;

/**
 * Keeps what is said within one turn of the event loop to an amount that every
 * queue has room for.
 *
 * Users may send more than that at once: some paste a file, or many talk in the
 * same moment. Said within one turn, all of it would fill the queues of users
 * who read as fast as they can, as no write to them can end before the turn
 * does. So whoever takes lines asks after each one, and waits for another turn
 * when the share is used up.
 *
 * When many queues are filling, it is not the users who are slow, but the network
 * or this machine: then the next share waits, up to 250 turns, for them to empty.
 */
export class Pacer {
  readonly #waiting: PromiseWithResolvers<void>[] = [];
  readonly #isOverloaded: () => boolean;
  #spent = 0;
  #spentInAll = 0;
  #isTimed = false;
  /** Turns that the present share has been put off for. */
  #putOff = 0;

  /**
   * @param isOverloaded Whether many queues are filling.
   */
  constructor(isOverloaded: () => boolean = () => false) {
    this.#isOverloaded = isOverloaded;
  }

  /** Whether the share is used up. */
  get isSpent(): boolean {
    return this.#spent >= SHARE || this.#spentInAll >= TOTAL_SHARE;
  }

  /** Notes how many bytes go out to each of so many users. */
  spend(bytes: number, users: number): void {
    this.#spent += bytes;
    this.#spentInAll += bytes * users;
  }

  /** Waits for a share, behind those who wait already. */
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
    if (this.#putOff++ < PATIENCE && this.#isOverloaded()) {
      return this.#startTurn();
    }
    this.#putOff = 0;
    this.#spent = this.#spentInAll = 0;
    while (!this.isSpent) {
      const waiter = this.#waiting.shift();
      if (waiter === undefined) return;
      waiter.resolve();
      // Let it go on, so as to see what it leaves for the next.
      await undefined;
    }
    if (this.#waiting.length > 0) this.#startTurn();
  };
}
