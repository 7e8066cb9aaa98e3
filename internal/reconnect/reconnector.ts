import { checkOptions, isType } from "../check_options.ts";
import { ClosedError } from "../errors/closed_error.ts";
import { limited } from "../wait/limited.ts";
import { Backoff } from "./backoff.ts";
import { type Clock, SYSTEM_CLOCK } from "./clock.ts";
import {
  type CompleteReconnectOptions,
  completeReconnectOptions,
  type DialAttempt,
  RECONNECT_CHECKS,
  type ReconnectOptions,
  type ReconnectState,
} from "./reconnect_options.ts";
import { StateFeed } from "./state_feed.ts";

/** What all kinds of connections have. */
export interface Closable {
  /** Begins to close in an orderly way. */
  close(): unknown;
  /** Closes at once. */
  terminate(): void;
  /** Resolves when the connection has been freed. */
  readonly closed: Promise<unknown>;
}

/** Makes a connection. */
export type Dial<C> = (attempt: DialAttempt) => Promise<C>;

/** What is done with the connections. */
export interface ReconnectorHost<C> {
  /**
   * Uses a connection until it is over and has been freed. It never rejects.
   *
   * @param conn The connection.
   * @param signal Aborts to cut the connection.
   * @returns Why the connection is over.
   */
  use(conn: C, signal: AbortSignal): Promise<unknown>;
  /** No connection comes any more. */
  onEnd(reason: unknown): void;
}

/**
 * Keeps one connection open at a time: dials, lets the host use the connection
 * until it is lost, pauses, and dials again, until the limits or a call end it.
 */
export class Reconnector<C extends Closable> {
  readonly #dial: Dial<C>;
  readonly #host: ReconnectorHost<C>;
  readonly #options: CompleteReconnectOptions<C>;
  readonly #clock: Clock;
  readonly #backoff: Backoff;
  /** Ends pauses and attempts. */
  readonly #attempts = new AbortController();
  /** Cuts the open connection. */
  readonly #cut = new AbortController();
  /** Set when no further attempt is made. */
  #end: { readonly reason: unknown } | undefined;

  /** The states, of which the first is that of the first attempt. */
  readonly states: StateFeed<ReconnectState<C>> = new StateFeed({
    type: "connecting",
    attempt: 1,
    delay: 0,
  });
  /** Resolves when everything has ended and been freed. It never rejects. */
  readonly done: Promise<void>;
  /** Attempts made. */
  attempts = 0;
  /** Connections that were open. */
  connections = 0;

  constructor(
    dial: Dial<C>,
    host: ReconnectorHost<C>,
    options: ReconnectOptions<C>,
    clock: Clock = SYSTEM_CLOCK,
  ) {
    isType("function")(dial, "dial");
    checkOptions(options, RECONNECT_CHECKS as object);
    this.#dial = dial;
    this.#host = host;
    this.#options = completeReconnectOptions(options);
    this.#clock = clock;
    this.#backoff = new Backoff(this.#options, () => clock.random());
    this.done = this.#run();
  }

  /**
   * Makes no further attempt and gives up the present one. An open connection is
   * left to the host, which ends it.
   */
  stop(reason: unknown): void {
    if (this.#end !== undefined) return;
    this.#end = { reason };
    this.#attempts.abort(
      reason ?? new ClosedError("Cannot connect: the connection was closed"),
    );
  }

  /** Stops, and cuts the open connection. */
  cut(reason: unknown): void {
    this.stop(reason);
    this.#cut.abort(reason);
  }

  async #run(): Promise<void> {
    // The caller has what the functions it gave may refer to, when they run.
    await undefined;
    const { signal } = this.#options;
    const onAbort = () => this.cut(signal?.reason);
    signal?.addEventListener("abort", onAbort);
    if (signal?.aborted) onAbort();
    let reason: unknown;
    try {
      reason = await this.#connectAgain();
    } catch (error) {
      // Only a function of the caller throws here.
      reason = error;
    }
    signal?.removeEventListener("abort", onAbort);
    this.#end ??= { reason };
    this.#host.onEnd(this.#end.reason);
    this.states.end({ type: "closed", reason: this.#end.reason });
  }

  /** Makes one attempt after the other, and returns why it makes no further. */
  async #connectAgain(): Promise<unknown> {
    const { isRetriable, resetAfter, maxAttempts, maxRetryTime } =
      this.#options;
    let attempt = 1;
    let delay = 0;
    let since = this.#clock.now();
    for (let isFirst = true; this.#end === undefined; isFirst = false) {
      if (!isFirst) this.states.set({ type: "connecting", attempt, delay });
      const { reason, upTime } = await this.#attempt(attempt, delay, since);
      if (this.#end !== undefined) break;
      this.states.set({ type: "lost", reason });
      if (!isRetriable(reason)) return reason;
      attempt++;
      if (upTime >= resetAfter) {
        this.#backoff.reset();
        attempt = 1;
        since = this.#clock.now();
      }
      if (attempt > maxAttempts) {
        return giveUp(`${maxAttempts} attempts have failed`, reason);
      }
      delay = this.#backoff.next();
      if (this.#clock.now() + delay - since >= maxRetryTime) {
        return giveUp(`${maxRetryTime} ms have passed`, reason);
      }
    }
    return undefined;
  }

  /** Makes one attempt, and returns when its connection is over. */
  async #attempt(
    attempt: number,
    delay: number,
    since: number,
  ): Promise<{ reason: unknown; upTime: number }> {
    const { attemptTimeout, maxRetryTime } = this.#options;
    const { signal } = this.#attempts;
    let conn: C;
    try {
      if (delay > 0) await this.#clock.sleep(delay, signal);
      const left = maxRetryTime - (this.#clock.now() - since);
      const timeout = Math.max(0, Math.min(attemptTimeout, left));
      conn = await limited(
        "Cannot connect",
        { signal, timeout },
        (signal) => this.#open({ signal, attempt }),
        (late) => late.terminate(),
      );
    } catch (reason) {
      return { reason, upTime: -1 };
    }
    if (this.#end !== undefined) {
      conn.terminate();
      return { reason: undefined, upTime: -1 };
    }
    this.connections++;
    const openedAt = this.#clock.now();
    this.states.set({ type: "open", conn });
    const reason = await this.#host.use(conn, this.#cut.signal);
    return { reason, upTime: this.#clock.now() - openedAt };
  }

  /** Dials and prepares a connection, which does not outlive the attempt. */
  async #open(attempt: DialAttempt): Promise<C> {
    this.attempts++;
    const { signal } = attempt;
    const conn = await this.#dial(attempt);
    const cut = () => conn.terminate();
    signal.addEventListener("abort", cut);
    try {
      signal.throwIfAborted();
      await this.#options.onOpen?.(conn, attempt);
      return conn;
    } catch (error) {
      cut();
      throw error;
    } finally {
      signal.removeEventListener("abort", cut);
    }
  }
}

function giveUp(why: string, cause: unknown): Error {
  return new Error(`Cannot connect again: ${why}`, { cause });
}
