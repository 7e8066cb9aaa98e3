/**
 * Counts tasks under way, and tells when the last one has ended. It keeps no
 * promise for each: with thousands of connections, their cost adds up.
 */
export class TaskCount {
  #count = 0;
  #idle: PromiseWithResolvers<void> | undefined;

  /** How many are under way. */
  get count(): number {
    return this.#count;
  }

  /** One more has begun. */
  enter(): void {
    this.#count++;
  }

  /** One has ended. */
  readonly leave = (): void => {
    if (--this.#count > 0) return;
    this.#idle?.resolve();
    this.#idle = undefined;
  };

  /** Resolves when all have ended. */
  whenIdle(): Promise<void> {
    if (this.#count === 0) return Promise.resolve();
    this.#idle ??= Promise.withResolvers();
    return this.#idle.promise;
  }
}
