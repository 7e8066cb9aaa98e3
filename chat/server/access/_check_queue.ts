/** Checks that run at the same time. */
const MAX_RUNNING = 2;

/** Checks that wait: a large team that comes back at once. */
const MAX_WAITING = 4096;

interface Waiting {
  readonly key: string;
  readonly start: () => void;
}

/**
 * Runs expensive checks: two at once, of one address one at once, so that the
 * guesses of one address count before its next one and do not delay the others.
 */
export class CheckQueue {
  /** The addresses whose checks run. */
  readonly #running = new Set<string>();
  /** In the order in which they came. */
  readonly #waiting: Waiting[] = [];

  /**
   * Runs a check when it is its turn.
   *
   * @returns The result, or `undefined` if too many checks wait.
   */
  async run<T>(key: string, check: () => Promise<T>): Promise<T | undefined> {
    if (!this.#mayRun(key)) {
      if (this.#waiting.length >= MAX_WAITING) return undefined;
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#waiting.push({ key, start: resolve });
      await promise;
    } else this.#running.add(key);
    try {
      return await check();
    } finally {
      this.#running.delete(key);
      this.#startNext();
    }
  }

  #mayRun(key: string): boolean {
    return this.#running.size < MAX_RUNNING && !this.#running.has(key);
  }

  #startNext(): void {
    const index = this.#waiting.findIndex(({ key }) => this.#mayRun(key));
    if (index === -1) return;
    const [next] = this.#waiting.splice(index, 1);
    this.#running.add(next.key);
    next.start();
  }
}
