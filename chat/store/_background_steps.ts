/** Milliseconds between two steps, in which other work is done. */
const PAUSE = 20;

/** Milliseconds until a step that has failed is tried again. */
const RETRY = 30_000;

/** Work that is done in small steps, between other work. */
export interface SteppedWork {
  /** Does a step, and returns whether there may be more to do. It may throw. */
  step(): boolean;
  /** Called with an error of a step, which is tried again after 30 seconds. */
  onError(error: unknown): void;
  /** Milliseconds until the work that was done begins anew. */
  readonly interval: number;
}

/** Does work in steps, by a timer that does not keep the process alive. */
export class BackgroundSteps {
  readonly #work: SteppedWork;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isBusy = false;
  #isStopped = false;

  constructor(work: SteppedWork) {
    this.#work = work;
  }

  /** Begins, unless there are steps to come. */
  start(): void {
    if (this.#isBusy) return;
    this.#isBusy = true;
    this.#stepIn(PAUSE);
  }

  /** Takes no step any more. */
  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
  }

  #stepIn(delay: number): void {
    clearTimeout(this.#timer);
    if (this.#isStopped) return;
    this.#timer = setTimeout(() => this.#step(), delay);
    Deno.unrefTimer(this.#timer);
  }

  #step(): void {
    this.#isBusy = true;
    let isMore: boolean;
    try {
      isMore = this.#work.step();
    } catch (error) {
      this.#stepIn(RETRY);
      this.#work.onError(error);
      return;
    }
    if (isMore) return this.#stepIn(PAUSE);
    this.#isBusy = false;
    if (this.#work.interval < Infinity) this.#stepIn(this.#work.interval);
  }
}
