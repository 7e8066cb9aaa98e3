/** Tells waiting calls that something has changed, so that they look again. */
export class Notifier {
  #next: PromiseWithResolvers<void> | undefined;

  /** Resolves at the next change. */
  changed(): Promise<void> {
    this.#next ??= Promise.withResolvers();
    return this.#next.promise;
  }

  /** Wakes all that wait now. */
  notify(): void {
    this.#next?.resolve();
    this.#next = undefined;
  }
}
