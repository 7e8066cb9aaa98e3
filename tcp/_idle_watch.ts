import { Alarm } from "../internal/alarm.ts";

/** Notices when a connection has carried no bytes for a time. */
export class IdleWatch {
  readonly #timeout: number;
  readonly #onIdle: () => void;
  readonly #alarm: Alarm;
  #lastActive = performance.now();
  /** Whether the notice of the present idle time has been given. */
  #isNoticed = false;

  /**
   * @param timeout Milliseconds without a byte in either direction.
   * @param onIdle Called once for each idle time, until bytes flow again.
   * @param keepsAlive Whether the wait keeps the process alive.
   */
  constructor(timeout: number, onIdle: () => void, keepsAlive: boolean) {
    this.#alarm = new Alarm(() => this.#check(), keepsAlive);
    this.#timeout = timeout;
    this.#onIdle = onIdle;
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
    this.#alarm.stop();
  }

  #check(): void {
    const due = this.#lastActive + this.#timeout;
    if (performance.now() < due) return this.#alarm.ringBy(due);
    this.#isNoticed = true;
    this.#onIdle();
  }
}
