import type { FloodOptions } from "../chat_room_options.ts";

/** How fast a user may send. */
export type FloodLimits = Readonly<Required<FloodOptions>>;

/** The action for a message. */
export type FloodVerdict = "pass" | "warn" | "kick";

/** Delayed messages in a row before a warning. */
const WARN_AT = 3;

/** Delayed messages in a row before a kick. */
const KICK_AT = 10;

/**
 * Milliseconds after its delay in which a message counts as delayed. A user who
 * keeps the limit sends later than that now and then.
 */
const PROMPT = 25;

/**
 * A token bucket for one user: each message costs a token, and without a token
 * input is delayed. A user who sends without a pause is warned, and then kicked.
 */
export class FloodGuard {
  readonly #limits: FloodLimits;
  #tokens: number;
  /** When the tokens were counted. */
  #counted: number;
  #strikes = 0;

  constructor(limits: FloodLimits, now: number) {
    this.#limits = limits;
    this.#tokens = limits.burst;
    this.#counted = now;
  }

  /** Milliseconds until the next message of the user should be read. */
  delay(now: number): number {
    const wait = this.#readyAt() - now;
    return wait > 0 ? Math.ceil(wait) : 0;
  }

  /** Counts a message. After a kick, each further message is a kick. */
  take(cost: number, now: number): FloodVerdict {
    const { burst, perSecond } = this.#limits;
    if (burst === Infinity || cost === 0) return "pass";
    const isPrompt = this.#tokens < 1 && now <= this.#readyAt() + PROMPT;
    this.#strikes = isPrompt ? this.#strikes + 1 : 0;
    const passed = Math.max(0, now - this.#counted);
    const filled = Math.min(burst, this.#tokens + passed / 1000 * perSecond);
    this.#tokens = filled - cost;
    this.#counted = now;
    if (this.#strikes >= KICK_AT) return "kick";
    return this.#strikes === WARN_AT ? "warn" : "pass";
  }

  /** When the next whole token is available. */
  #readyAt(): number {
    if (this.#tokens >= 1) return -Infinity;
    const { perSecond } = this.#limits;
    return this.#counted + (1 - this.#tokens) / perSecond * 1000;
  }
}
