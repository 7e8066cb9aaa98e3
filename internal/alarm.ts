/** The longest delay a timer takes; a later moment is reached in steps. */
const MAX_DELAY = 2 ** 31 - 1;

/**
 * One timer for a sequence of moments, re-armed lazily: moving the moment later
 * or dropping it costs nothing, since the timer in place may ring early and its
 * owner then asks again for what is left. A connection that sets a limit on
 * each of a million reads so starts a timer per limit that comes near, not per
 * read.
 *
 * Moments are those of `performance.now()`.
 */
export class Alarm {
  readonly #ring: () => void;
  readonly #keepsAlive: boolean;
  #at = Infinity;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /**
   * @param ring Called at or after the moment asked for, or too early, as the
   * timer may still be the one of a moment since given up.
   * @param keepsAlive Whether the pending timer alone keeps the process alive.
   */
  constructor(ring: () => void, keepsAlive: boolean) {
    this.#ring = ring;
    this.#keepsAlive = keepsAlive;
  }

  /** Makes sure of a ring at `time`, or earlier. */
  ringBy(time: number): void {
    if (time >= this.#at) return;
    if (this.#timer !== undefined) clearTimeout(this.#timer);
    this.#at = time;
    const delay = Math.ceil(time - performance.now());
    this.#timer = setTimeout(
      this.#onTimer,
      delay < 0 ? 0 : delay > MAX_DELAY ? MAX_DELAY : delay,
    );
    if (!this.#keepsAlive) unref(this.#timer);
  }

  /** Stops the timer. The alarm can be used again. */
  stop(): void {
    if (this.#timer === undefined) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#at = Infinity;
  }

  readonly #onTimer = (): void => {
    this.#timer = undefined;
    this.#at = Infinity;
    this.#ring();
  };
}

/** Timers are objects in Deno 2.9 and were numbers before. */
function unref(timer: number | { unref(): unknown }): void {
  if (typeof timer === "number") Deno.unrefTimer(timer);
  else timer.unref();
}
