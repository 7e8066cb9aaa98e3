import { MAX_DELAY } from "../../../internal/wait/max_delay.ts";
import type { Redemption } from "../access/_invitations.ts";
import type { Outlet } from "./_outlet.ts";

type Timer = ReturnType<typeof setTimeout>;

/** A connection of the hub, and the delay of its next request. */
export class HubUser {
  readonly outlet: Outlet;
  /** To be told whether the user has entered. */
  readonly redemption: Redemption | undefined;
  nickname: string | undefined;
  /** Ends the time to choose a nickname. */
  timer: Timer | undefined;
  /** For how many ticks a request has waited for the log. */
  waitedTicks = 0;
  /** Whether the connection has ended, so that nothing is delayed any more. */
  #isDisconnected = false;
  /** Ends the delay of a user who has sent too fast. */
  #wake: (() => void) | undefined;
  /** Lets a user go on whose request waits for the log. */
  #goOn: (() => void) | undefined;

  constructor(outlet: Outlet, redemption: Redemption | undefined) {
    this.outlet = outlet;
    this.redemption = redemption;
  }

  /** Handles the requests that have arrived without a delay. */
  disconnect(): void {
    this.#isDisconnected = true;
    this.#wake?.();
  }

  /** Ends all waits. */
  remove(): void {
    clearTimeout(this.timer);
    this.#wake?.();
    this.goOn();
  }

  /** Waits until {@linkcode goOn} is called. */
  waitForLog(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.waitedTicks = 0;
    this.#goOn = resolve;
    return promise;
  }

  /** Ends the wait for the log. */
  goOn(): void {
    this.#goOn?.();
    this.#goOn = undefined;
  }

  /** Waits for a time, or until the user has gone. */
  pause(delay: number): Promise<void> | undefined {
    if (this.#isDisconnected) return undefined;
    const { promise, resolve } = Promise.withResolvers<void>();
    const most = Math.min(delay, MAX_DELAY);
    const timer = setTimeout(() => this.#wake?.(), most);
    this.#wake = () => {
      this.#wake = undefined;
      clearTimeout(timer);
      resolve();
    };
    return promise;
  }
}
