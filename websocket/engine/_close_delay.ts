import { Alarm } from "../../internal/wait/alarm.ts";
import type { ProtocolError } from "../protocol_error.ts";

/** The connection whose end is delayed. */
export interface CloseDelayHost {
  /** Whether nothing is left to send. */
  readonly isIdle: boolean;
  /** How many bytes the system has taken from this side. */
  readonly bytesTaken: number;
  /** Whether messages or answers wait for the runtime to poll. */
  readonly isPolling: boolean;
}

/** The delayed action, and its limit. */
export interface CloseDelayOptions {
  /** The action. */
  readonly act: () => void;
  /** Milliseconds without progress after which it is done in any case. */
  readonly limit: number;
  /** The violation by the peer that the action answers, if it does. */
  readonly failure: ProtocolError | undefined;
}

/** After so many turns without progress it looks less often, */
const PATIENCE = 100;
/** each so many milliseconds. */
const SELDOM = 20;

/**
 * Delays the end of a connection while earlier messages are being handled, so that
 * their answers go out: as long as messages are taken, and while answers are being
 * sent, as long as the system takes some of their bytes within a limit.
 */
export class CloseDelay {
  readonly #host: CloseDelayHost;
  readonly #act: () => void;
  readonly #limit: number;
  readonly #alarm = new Alarm(() => this.#onTurn(), true);
  /** How often in a row the alarm has rung without progress. */
  #idleTurns = 0;
  /** When the latest progress was seen, and how much was taken then. */
  #since = performance.now();
  #taken: number;

  /** The violation that waits, if it is one. */
  readonly failure: ProtocolError | undefined;
  /**
   * Whether messages were taken or sent since the alarm rang last; before it has
   * rung, that is taken for granted.
   */
  hasProgressed = true;

  constructor(
    host: CloseDelayHost,
    { act, limit, failure }: CloseDelayOptions,
  ) {
    this.#host = host;
    this.#act = act;
    this.failure = failure;
    this.#limit = limit;
    this.#taken = host.bytesTaken;
    this.#alarm.ringBy(this.#since);
  }

  /** Does it now. */
  act(): void {
    this.#alarm.stop();
    this.#act();
  }

  /** Drops it. */
  stop(): void {
    this.#alarm.stop();
  }

  #onTurn(): void {
    const now = performance.now();
    const { bytesTaken, isIdle, isPolling } = this.#host;
    if (this.hasProgressed || isPolling || bytesTaken !== this.#taken) {
      this.#idleTurns = 0;
      this.#since = now;
      this.#taken = bytesTaken;
    } else this.#idleTurns++;
    this.hasProgressed = false;
    const isOver = isIdle
      ? this.#idleTurns > 0
      : now - this.#since >= this.#limit;
    if (isOver) return this.#act();
    this.#alarm.ringBy(this.#idleTurns > PATIENCE ? now + SELDOM : now);
  }
}
