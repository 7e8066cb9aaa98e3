import type { Message } from "../message.ts";

/** A message that waits, and what tells that it is taken. */
interface Entry {
  readonly message: Message;
  readonly taken: PromiseWithResolvers<void>;
}

/**
 * Messages between callbacks and a loop. The promise of each settles when the
 * loop has taken it: so the limit on pending callbacks is what bounds the inbox.
 */
export class MessageInbox {
  readonly #entries: Entry[] = [];
  #wake: (() => void) | undefined;
  #isEnded = false;

  /** Puts a message in; the promise settles when it has been taken out. */
  put(message: Message): Promise<void> | void {
    if (this.#isEnded) return;
    const taken = Promise.withResolvers<void>();
    this.#entries.push({ message, taken });
    this.#wake?.();
    return taken.promise;
  }

  /** Waits for the next message; `undefined` once there are no more. */
  async take(): Promise<Message | undefined> {
    while (this.#entries.length === 0 && !this.#isEnded) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#wake = resolve;
      await promise;
    }
    const entry = this.#entries.shift();
    entry?.taken.resolve();
    return entry?.message;
  }

  /** Lets nothing more in; what is there can still be taken. */
  end(): void {
    this.#isEnded = true;
    this.#wake?.();
  }

  /** Throws away what is there, and all that comes. */
  discard(): void {
    this.end();
    for (const { taken } of this.#entries.splice(0)) taken.resolve();
  }
}
