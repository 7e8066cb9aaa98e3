type Act = () => void;

/**
 * Replaces timers of so many milliseconds until the end of its scope; all others
 * are as before.
 */
abstract class ReplacedTimers implements Disposable {
  protected readonly setTimeout: typeof globalThis.setTimeout =
    globalThis.setTimeout;

  constructor(time: number) {
    const { setTimeout } = this;
    const replaced = (act: Act, delay?: number) =>
      delay === time ? this.replace(act) : setTimeout(act, delay);
    globalThis.setTimeout = replaced as typeof setTimeout;
  }

  /** Sets another timer instead. */
  protected abstract replace(act: Act): unknown;

  [Symbol.dispose](): void {
    globalThis.setTimeout = this.setTimeout;
  }
}

/** Holds timers until the test lets them fire. */
export class HeldTimers extends ReplacedTimers {
  readonly #held: Act[] = [];

  /** Lets all that were set fire, and tells how many. */
  fire(): number {
    const acts = this.#held.splice(0);
    for (const act of acts) act();
    return acts.length;
  }

  protected override replace(act: Act): unknown {
    this.#held.push(act);
    // So that it can be cleared.
    return this.setTimeout(() => {}, 0);
  }
}

/**
 * Stops the time of day, but for timers of so many milliseconds: exactly these
 * pass when one fires, however long the machine takes.
 */
export class ExactPace extends ReplacedTimers {
  readonly #time: number;
  readonly #realNow = Date.now;
  #now: number = Date.now();

  constructor(time: number) {
    super(time);
    this.#time = time;
    Date.now = () => this.#now;
  }

  protected override replace(act: Act): unknown {
    return this.setTimeout(() => {
      this.#now += this.#time;
      act();
    }, 0);
  }

  override [Symbol.dispose](): void {
    super[Symbol.dispose]();
    Date.now = this.#realNow;
  }
}
