import { AlarmClock } from "./_alarm_clock.ts";

/** Those that keep the process alive while they wait, and those that do not. */
const KEEPING_ALIVE = new AlarmClock(true);
const IN_PASSING = new AlarmClock(false);

/**
 * A sequence of moments to be woken at. Moving the moment later or dropping it
 * costs nothing, since the owner may be woken early and then asks again for the
 * rest. A connection that sets a limit on each of a million reads so asks
 * once per limit that comes near, not once per read.
 *
 * All alarms of the process share two timers: thousands of connections, each
 * with a limit, are thousands of entries in a list and not of timers.
 *
 * Moments are those of `performance.now()`.
 */
export class Alarm {
  readonly #clock: AlarmClock;

  /** Called at or after the moment asked for; see the constructor. */
  readonly ring: () => void;
  /** Of the clock: the moment asked for, `Infinity` for none. */
  at = Infinity;
  /** Of the clock: the place in its heap. */
  place = -1;

  /**
   * @param ring Called at or after the moment asked for, or too early, as the
   * timer may still be the one of a moment since given up. It may not throw.
   * @param keepsAlive Whether the pending alarm alone keeps the process alive.
   */
  constructor(ring: () => void, keepsAlive: boolean) {
    this.ring = ring;
    this.#clock = keepsAlive ? KEEPING_ALIVE : IN_PASSING;
  }

  /** Makes sure of a ring at `time`, or earlier. */
  ringBy(time: number): void {
    if (time >= this.at) return;
    this.at = time;
    this.#clock.add(this);
  }

  /** Drops the moment. The alarm can be used again. */
  stop(): void {
    if (this.at === Infinity) return;
    this.#clock.remove(this);
  }
}
