import { afterPoll } from "../../internal/wait/after_poll.ts";
import { Alarm } from "../../internal/wait/alarm.ts";

/**
 * Notices when a connection has carried no bytes for a time. Bytes that have
 * arrived while the process was busy are looked at before.
 */
export class IdleWatch {
  readonly #timeout: number;
  readonly #onIdle: () => void;
  readonly #isBlind: () => boolean;
  readonly #alarm: Alarm;
  #lastActive = performance.now();
  /** Whether the notice of the present idle time has been given. */
  #isNoticed = false;
  #isStopped = false;

  /**
   * @param timeout Milliseconds without a byte in either direction.
   * @param onIdle Called once for each idle time, until bytes flow again.
   * @param keepsAlive Whether the wait keeps the process alive.
   * @param isBlind Tells whether bytes that have arrived are not looked at for now,
   * which begins the idle time anew.
   */
  constructor(
    timeout: number,
    onIdle: () => void,
    keepsAlive: boolean,
    isBlind: () => boolean = () => false,
  ) {
    this.#alarm = new Alarm(() => this.#check(), keepsAlive);
    this.#timeout = timeout;
    this.#onIdle = onIdle;
    this.#isBlind = isBlind;
    this.#alarm.ringBy(this.#lastActive + timeout);
  }

  /** Bytes have come or gone. */
  touch(): void {
    this.#lastActive = performance.now();
    if (!this.#isNoticed) return;
    this.#isNoticed = false;
    this.#alarm.ringBy(this.#lastActive + this.#timeout);
  }

  /** Gives no notice any more. */
  stop(): void {
    this.#isStopped = true;
    this.#alarm.stop();
  }

  #check(): void {
    if (!this.#isDue()) return;
    const lastActive = this.#lastActive;
    afterPoll(() => this.#notice(lastActive));
  }

  #notice(lastActive: number): void {
    if (this.#isStopped) return;
    // Even if the time is over again: later bytes have not been looked at.
    if (this.#lastActive !== lastActive || this.#isBlind()) {
      return this.#check();
    }
    this.#isNoticed = true;
    this.#onIdle();
  }

  /** Whether the time is over; if not, it is looked at again when it is. */
  #isDue(): boolean {
    if (this.#isBlind()) this.#lastActive = performance.now();
    const due = this.#lastActive + this.#timeout;
    if (performance.now() >= due) return true;
    this.#alarm.ringBy(due);
    return false;
  }
}
