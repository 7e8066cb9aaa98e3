import { Alarm } from "../internal/alarm.ts";

/** Notices when a connection has carried no bytes for a time. */
export class IdleWatch {
  readonly #timeout: number;
  readonly #onIdle: () => void;
  readonly #alarm = new Alarm(() => this.#check(), false);
  #lastActive = performance.now();
  /** Whether the notice of the present idle time has been given. */
  #isNoticed = false;

  /**
   * @param timeout Milliseconds without a byte in either direction.
   * @param onIdle Called once for each idle time, until bytes flow again.
   */
  constructor(timeout: number, onIdle: () => void) {
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
