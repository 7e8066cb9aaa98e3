import { handled } from "../errors/handled.ts";

/** Tells calls that wait, and share one promise, that something has changed. */
export class Notifier {
  #next: PromiseWithResolvers<void> | undefined;

  /** Resolves at the next change, or rejects if there is none any more. */
  changed(): Promise<void> {
    if (this.#next === undefined) {
      this.#next = Promise.withResolvers();
      handled(this.#next.promise);
    }
    return this.#next.promise;
  }

  /** Wakes all that wait now. */
  notify(): void {
    this.#next?.resolve();
    this.#next = undefined;
  }

  /** Rejects all that wait now. */
  fail(error: unknown): void {
    this.#next?.reject(error);
    this.#next = undefined;
  }
}
