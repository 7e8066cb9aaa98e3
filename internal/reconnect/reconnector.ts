import { checkOptions, checkWait, isType } from "../check_options.ts";
import { ClosedError } from "../errors/closed_error.ts";
import { limited } from "../wait/limited.ts";
import type { WaitOptions } from "../wait/wait_options.ts";
import { type Clock, SYSTEM_CLOCK } from "./clock.ts";
import {
  type DialAttempt,
  RECONNECT_CHECKS,
  type ReconnectOptions,
  type ReconnectState,
} from "./reconnect_options.ts";
import { RetryPolicy } from "./retry_policy.ts";
import { StateFeed } from "./state_feed.ts";

/** Milliseconds that closing may take by default. */
const CLOSE_TIMEOUT = 30_000;

/** The members that all kinds of connections have. */
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

/**
 * Keeps one connection open at a time: dials, uses the connection until it is
 * lost, pauses, and dials again, until the limits or a call end it.
 */
export abstract class Reconnector<C extends Closable> {
  readonly #dial: Dial<C>;
  readonly #options: ReconnectOptions<C>;
  readonly #clock: Clock;
  /** Ends pauses and attempts. */
  readonly #attempting = new AbortController();
  /** Cuts the open connection. */
  readonly #using = new AbortController();
  /** Set when no further attempt is made. */
  #end: { readonly reason: unknown } | undefined;

  /** Attempts made. */
  protected attempts = 0;
  /** Connections that were open. */
  protected connections = 0;

  readonly states: StateFeed<ReconnectState<C>> = new StateFeed({
    type: "connecting",
    attempt: 1,
    delay: 0,
  });
  readonly closed: Promise<void>;

  constructor(
    dial: Dial<C>,
    options: ReconnectOptions<C>,
    clock: Clock = SYSTEM_CLOCK,
  ) {
    isType("function")(dial, "dial");
    checkOptions(options, RECONNECT_CHECKS as object);
    this.#dial = dial;
    this.#options = options;
    this.#clock = clock;
    this.closed = this.#run();
  }

  get state(): ReconnectState<C> {
    return this.states.current;
  }

  async close(wait: WaitOptions = { timeout: CLOSE_TIMEOUT }): Promise<void> {
    checkWait(wait);
    this.#stop(undefined);
    this.onClose();
    try {
      await limited("Cannot close", wait, () => this.closed, () => {});
    } catch {
      this.cut(undefined);
      await this.closed;
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /**
   * Uses a connection until it is over and has been freed. It never rejects.
   *
   * @param conn The connection.
   * @param signal Aborts to cut the connection.
   * @returns Why the connection is over.
   */
  protected abstract use(conn: C, signal: AbortSignal): Promise<unknown>;

  /** Begins to close the connection that is in use. */
  protected abstract onClose(): void;

  /** No connection comes any more. */
  protected abstract onEnd(reason: unknown): void;

  /** Ends everything, and cuts the connection that is in use. */
  protected cut(reason: unknown): void {
    this.#stop(reason);
    this.#using.abort(reason);
  }

  /** Makes no further attempt and gives up the present one. */
  #stop(reason: unknown): void {
    if (this.#end !== undefined) return;
    this.#end = { reason };
    this.#attempting.abort(
      reason ?? new ClosedError("Cannot connect: it was closed"),
    );
  }

  async #run(): Promise<void> {
    // The variables of the caller that its functions refer to are set by then.
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
    this.onEnd(this.#end.reason);
    this.states.end({ type: "closed", reason: this.#end.reason });
  }

  /** Makes one attempt after the other, and returns why it makes no further. */
  async #connectAgain(): Promise<unknown> {
    const { isRetriable } = this.#options;
    const { initialDelay = 200, maxDelay = 30_000, factor = 2 } = this.#options;
    const { resetAfter = 5000, maxAttempts = Infinity } = this.#options;
    const { maxRetryTime } = this.#options;
    const policy = new RetryPolicy(
      { initialDelay, maxDelay, factor, resetAfter, maxAttempts, maxRetryTime },
      this.#clock.now(),
      () => this.#clock.random(),
    );
    let delay = 0;
    while (this.#end === undefined) {
      const { attempt, giveUpAt } = policy;
      // The states begin with the first attempt.
      if (this.attempts > 0) {
        this.states.set({ type: "connecting", attempt, delay });
      }
      const { reason, upTime } = await this.#attempt(attempt, delay, giveUpAt);
      if (this.#end !== undefined) break;
      this.states.set({ type: "lost", reason });
      if (isRetriable?.(reason) === false) return reason;
      const retry = policy.next(upTime, this.#clock.now());
      if (retry.delay === undefined) {
        return new Error(`Cannot connect again: ${retry.why}`, {
          cause: reason,
        });
      }
      delay = retry.delay;
    }
    return undefined;
  }

  /** Makes one attempt, and returns when its connection is over. */
  async #attempt(
    attempt: number,
    delay: number,
    giveUpAt: number,
  ): Promise<{ reason: unknown; upTime: number }> {
    const { attemptTimeout = 30_000 } = this.#options;
    const { signal } = this.#attempting;
    try {
      // A pause of no time lets the rest of the process have its turn as well.
      if (this.attempts > 0) await this.#clock.sleep(delay, signal);
      this.attempts++;
      const left = Math.max(0, giveUpAt - this.#clock.now());
      const conn = await limited(
        "Cannot connect",
        { signal, timeout: Math.min(attemptTimeout, left) },
        (signal) => this.#open({ signal, attempt }),
        (late) => late.terminate(),
      );
      if (signal.aborted) conn.terminate();
      signal.throwIfAborted();
      this.connections++;
      const openedAt = this.#clock.now();
      let closedAt: number | undefined;
      conn.closed.then(() => closedAt = this.#clock.now());
      this.states.set({ type: "open", conn });
      const reason = await this.use(conn, this.#using.signal);
      // A caller of `reconnecting()` may go on long after the connection is lost.
      const upTime = (closedAt ?? this.#clock.now()) - openedAt;
      return { reason, upTime };
    } catch (reason) {
      return { reason, upTime: -1 };
    }
  }

  /** Dials and prepares a connection, which does not outlive the attempt. */
  async #open(attempt: DialAttempt): Promise<C> {
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
