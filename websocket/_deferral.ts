import { Alarm } from "../internal/alarm.ts";
import type { ProtocolError } from "./protocol_error.ts";

/** What a deferral asks about. */
export interface DeferralHost {
  /** Whether nothing is left to send. */
  readonly isIdle: boolean;
}

/** What waits, and for how long. */
export interface DeferralOptions {
  /** What is to be done then. */
  readonly act: () => void;
  /** Milliseconds after which it is done in any case. */
  readonly limit: number;
  /** What is done is the answer to this violation of the peer's. */
  readonly failure: ProtocolError | undefined;
}

/** For so many turns what is to be sent before may stand still. */
const PATIENCE = 100;

/**
 * What ends a connection, while the messages that came before are dealt with, so
 * that their answers go out: as long as that gets on, and no longer than a limit.
 */
export class Deferral {
  readonly #host: DeferralHost;
  readonly #act: () => void;
  readonly #limit: number;
  readonly #alarm = new Alarm(() => this.#onTurn(), true);
  /** How often the alarm has rung in vain. */
  #idleTurns = 0;

  /** The violation that waits, if it is one. */
  readonly failure: ProtocolError | undefined;
  /**
   * Whether messages were taken or sent since the alarm rang last; before it has
   * rung, that is taken for granted.
   */
  hasProgressed = true;

  constructor(host: DeferralHost, { act, limit, failure }: DeferralOptions) {
    this.#host = host;
    this.#act = act;
    this.failure = failure;
    const now = performance.now();
    this.#limit = now + limit;
    this.#alarm.ringBy(now);
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
    this.#idleTurns = this.hasProgressed ? 0 : this.#idleTurns + 1;
    this.hasProgressed = false;
    // What is on its way may have to wait for thousands of others.
    const patience = this.#host.isIdle ? 0 : PATIENCE;
    if (this.#idleTurns > patience || now >= this.#limit) this.#act();
    else this.#alarm.ringBy(now);
  }
}
