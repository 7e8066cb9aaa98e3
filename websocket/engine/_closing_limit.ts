import { afterPoll } from "../../internal/wait/after_poll.ts";
import { Alarm } from "../../internal/wait/alarm.ts";

/**
 * How often it looks for progress within the time that one step may take, and how
 * many milliseconds are between looks at least. If twice as many pass, the process
 * has stood still, and the time begins anew.
 */
const LOOKS = 4;
const LOOKS_APART = 25;

/**
 * The most milliseconds that are given for bytes on their way; a longer limit of
 * the user's own is kept.
 */
const MAX_WAIT = 120_000;

/** The connection that a limit on closing watches. */
export interface ClosingHost {
  /** How many bytes the system has taken from this side. */
  readonly bytesTaken: number;
  /** Whether it has taken all of them, the close frame included. */
  readonly isAllSent: boolean;
  /** Milliseconds that these may need to get to a slow peer. */
  readonly closeTransitTime: number;
  /** The limit has passed. */
  onCloseLimit(): void;
}

/**
 * Limits how long a connection closes without progress, which is that the system
 * takes bytes of this side; bytes of the peer do not count.
 *
 * When all are with the system, nothing tells of progress any more. Then the peer
 * gets the same time for its answer, and beside it the time that the bytes which
 * the system may still hold need at a slow rate, up to two minutes in all. A
 * silent peer that was sent next to nothing so is given up soon, one that reads
 * megabytes slowly is not.
 */
export class ClosingLimit {
  readonly #host: ClosingHost;
  readonly #alarm: Alarm = new Alarm(() => this.#look(), true);
  #timeout = Infinity;
  /** Whether it is a limit of the call: bytes on their way get no more time. */
  #isStrict = false;
  #taken: number;
  /** When the latest progress was seen. */
  #since = 0;
  #lookedAt = 0;
  #isStopped = false;

  constructor(host: ClosingHost) {
    this.#host = host;
    this.#taken = host.bytesTaken;
  }

  /**
   * Sets the limit, which counts from now on.
   *
   * @param timeout Milliseconds without progress.
   * @param isStrict Whether bytes on their way get no more time.
   */
  set(timeout: number, isStrict: boolean): void {
    this.#timeout = timeout;
    this.#isStrict = isStrict;
    this.#since = this.#lookedAt = performance.now();
    if (!this.#hasTime()) this.#alarm.ringBy(performance.now());
  }

  /** Ends it. */
  stop(): void {
    this.#isStopped = true;
    this.#alarm.stop();
  }

  #look(): void {
    if (this.#hasTime()) return;
    // The answer may have arrived while the process was busy.
    afterPoll(() => {
      if (!this.#isStopped && !this.#hasTime()) this.#host.onCloseLimit();
    });
  }

  /** Whether there is time left; then it looks again. */
  #hasTime(): boolean {
    const { bytesTaken, isAllSent, closeTransitTime } = this.#host;
    const now = performance.now();
    const timeout = this.#timeout;
    const apart = Math.max(timeout / LOOKS, LOOKS_APART);
    const hasStoodStill = now - this.#lookedAt > 2 * apart;
    if (bytesTaken !== this.#taken || hasStoodStill) {
      this.#taken = bytesTaken;
      this.#since = now;
    }
    this.#lookedAt = now;
    const whole = Math.min(timeout + closeTransitTime, MAX_WAIT);
    const hasMore = isAllSent && !this.#isStrict;
    const due = this.#since + (hasMore ? Math.max(timeout, whole) : timeout);
    if (now >= due) return false;
    this.#alarm.ringBy(Math.min(due, now + apart));
    return true;
  }
}

/** The error of a connection whose limit has passed before all was sent. */
export function notTakenError(name: unknown): DOMException {
  return new DOMException(
    `Cannot close ${name} in order: the peer takes no more of what was sent before`,
    "TimeoutError",
  );
}
