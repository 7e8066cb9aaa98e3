/** How many bytes the chat says before it lets the network have its turn. */
const SHARE = 64 * 1024;

/**
 * Keeps what is said within one turn of the event loop to an amount that every
 * queue has room for.
 *
 * Users may send more than that at once: some paste a file, or many talk in the
 * same moment. Said within one turn, all of it would fill the queues of users
 * who read as fast as they can, as no write to them can end before the turn
 * does. So whoever takes lines asks after each one, and waits for another turn
 * when the share is used up.
 */
export class Pacer {
  readonly #waiting: PromiseWithResolvers<void>[] = [];
  #spent = 0;
  #isTimed = false;

  /** Whether the share is used up. */
  get isSpent(): boolean {
    return this.#spent >= SHARE;
  }

  /** Notes how many bytes go out to each of those who get them. */
  spend(bytes: number): void {
    this.#spent += bytes;
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
    this.#spent = 0;
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
