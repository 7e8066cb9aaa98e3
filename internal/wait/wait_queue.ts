import { afterPoll } from "./after_poll.ts";
import { Alarm } from "./alarm.ts";
import {
  checkDeadline,
  checkObject,
  checkSignal,
  checkTimeout,
  toMonotonic,
  type WaitOptions,
} from "./wait_options.ts";

/** The place of a call in a {@linkcode WaitQueue}. */
export interface WaitNode {
  /** Ends the wait with an error. The node must have left the queue. */
  readonly reject: (error: unknown) => void;
  /** The call's own limit, on the monotonic clock, if it has one. */
  limit: number | undefined;
  /** The node behind this one. */
  next: this | undefined;
  /** The node before this one. */
  previous: this | undefined;
  /** Takes the listener off the call's signal. */
  release: (() => void) | undefined;
}

/** One call that waits, with the promise that its caller holds. */
export class Waiter<T> implements WaitNode {
  /** Settles as the call does. */
  readonly promise: Promise<T>;
  /** Ends the wait with a value. The waiter must have left the queue. */
  readonly resolve: (value: T) => void;
  readonly reject: (error: unknown) => void;
  limit: number | undefined = undefined;
  next: this | undefined = undefined;
  previous: this | undefined = undefined;
  release: (() => void) | undefined = undefined;

  constructor() {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    this.promise = promise;
    this.resolve = resolve;
    this.reject = reject;
  }
}

/** The limits of all calls in a queue. */
interface Limits {
  /** Milliseconds that each may take. */
  readonly timeout: number;
  /** The moment at which all end, as it was set and on the monotonic clock. */
  readonly deadlineEpoch: number;
  readonly deadline: number;
}

const NO_LIMITS: Limits = {
  timeout: Infinity,
  deadlineEpoch: Infinity,
  deadline: Infinity,
};

/**
 * The calls that wait for one thing, in the order asked, each until it is
 * served, its limit passes or its signal aborts.
 *
 * Limits are absolute moments: the one of the call and the deadline of the
 * queue, of which the earlier counts, so that moving the deadline moves the
 * limit of the calls that wait now. With no limit in force nothing is timed:
 * no timer, no look at the clock.
 */
export abstract class WaitLine<W extends WaitNode> {
  readonly #keepsAlive: boolean;
  /** Made at the first limit: most queues never see one. */
  #alarm: Alarm | undefined;
  #tail: W | undefined;
  /** Whether the sockets are being looked at before limits act. */
  #isLooking = false;
  /** Whether the timer is stopped when no call waits, or may ring needlessly. */
  #isEager: boolean;
  /** Undefined while there are none, as with most: a number costs 16 bytes. */
  #limits: Limits | undefined;

  /** The first waiter. */
  head: W | undefined;

  /**
   * @param keepsAlive Whether a limit in force keeps the process alive. Where a
   * pending operation of the system does so, it need not.
   */
  constructor(keepsAlive: boolean) {
    this.#keepsAlive = this.#isEager = keepsAlive;
  }

  /**
   * Says what cannot be done, for the message of a timeout, such as
   * `Cannot read from 10.0.0.1:80`.
   */
  protected abstract describeWait(): string;

  /**
   * Called when a limit or a signal has taken a waiter out, before it rejects
   * with `error`.
   */
  protected abstract onDropped(waiter: W, error: unknown): void;

  /**
   * Whether a limit may end a wait now. While it may not, calls that are over
   * their limit wait on: the queue is about to look for bytes that would serve them.
   */
  protected get mayExpire(): boolean {
    return true;
  }

  /** Milliseconds that each call may take, unless it says otherwise. */
  get timeout(): number {
    return this.#limits?.timeout ?? Infinity;
  }

  set timeout(timeout: number) {
    this.#setLimits({ timeout: checkTimeout(timeout) });
  }

  /** The moment at which all waiting ends, or `undefined` for none. */
  get deadline(): Date | undefined {
    const { deadlineEpoch = Infinity } = this.#limits ?? {};
    return deadlineEpoch === Infinity ? undefined : new Date(deadlineEpoch);
  }

  /** Sets the deadline, of the calls that wait now too. */
  setDeadline(deadline: Date | number | undefined): void {
    const deadlineEpoch = checkDeadline(deadline);
    this.#setLimits({ deadlineEpoch, deadline: toMonotonic(deadlineEpoch) });
    if (this.head !== undefined) this.#expire();
  }

  /** Whether a deadline holds for all calls. */
  get hasDeadline(): boolean {
    return this.#deadline !== Infinity;
  }

  /**
   * Returns the error that a call has to fail with before it begins: a limit is
   * not valid, its signal has been aborted, or a deadline has passed.
   */
  refuse(wait: WaitOptions | undefined): { error: unknown } | undefined {
    if (wait !== undefined) {
      try {
        checkObject(wait);
        if (wait.timeout !== undefined) checkTimeout(wait.timeout);
        checkSignal(wait.signal);
        if (wait.signal?.aborted) return { error: wait.signal.reason };
        const isOver = wait.deadline !== undefined &&
          checkDeadline(wait.deadline) <= Date.now();
        if (isOver) return { error: this.#timeoutError() };
      } catch (error) {
        return { error };
      }
    }
    if (this.#deadline !== Infinity && this.#deadline <= performance.now()) {
      return { error: this.#timeoutError() };
    }
    return undefined;
  }

  /** Appends a waiter that {@linkcode refuse} has let pass. */
  add(waiter: W, wait: WaitOptions | undefined): void {
    this.append(waiter);
    this.limit(waiter, wait);
  }

  /** Appends a waiter without a limit, which {@linkcode limit} gives it. */
  append(waiter: W): void {
    if (this.#tail === undefined) this.head = waiter;
    else this.#tail.next = waiter;
    waiter.previous = this.#tail;
    this.#tail = waiter;
  }

  /** Gives a waiter in the line its limits, and those of all. */
  limit(waiter: W, wait: WaitOptions | undefined): void {
    if (wait === undefined && this.#limits === undefined) return;
    this.#note(waiter, wait);
    const limit = Math.min(limitOf(waiter), this.#deadline);
    if (limit !== Infinity) this.#ringBy(limit);
  }

  /** Takes a waiter out. The caller settles it. */
  remove(waiter: W): void {
    const { previous, next } = waiter;
    if (previous === undefined) this.head = next;
    else previous.next = next;
    if (next === undefined) this.#tail = previous;
    else next.previous = previous;
    waiter.next = waiter.previous = undefined;
    if (waiter.release !== undefined) {
      waiter.release();
      waiter.release = undefined;
    }
    if (this.#isEager && this.head === undefined) this.#alarm?.stop();
  }

  /** Takes all waiters out, in order, for the caller to settle. */
  drain(settle: (waiter: W) => void): void {
    for (let first = this.shift(); first; first = this.shift()) settle(first);
  }

  /** Takes out the first waiter, if there is one, for the caller to settle. */
  shift(): W | undefined {
    const { head } = this;
    if (head !== undefined) this.remove(head);
    return head;
  }

  /** Rejects all waiters with one error. */
  rejectAll(error: unknown): void {
    this.drain((waiter) => waiter.reject(error));
  }

  /** Frees the timer, now and from now on, as soon as no call waits. */
  stopTiming(): void {
    this.#isEager = true;
    if (this.head !== undefined) return;
    this.#alarm?.stop();
    this.#alarm = undefined;
  }

  #ringBy(limit: number): void {
    this.#alarm ??= new Alarm(() => this.#onAlarm(), this.#keepsAlive);
    this.#alarm.ringBy(limit);
  }

  /** Sets some of the limits of all. */
  #setLimits(changed: Partial<Limits>): void {
    const limits = { ...(this.#limits ?? NO_LIMITS), ...changed };
    const isNone = limits.timeout === Infinity && limits.deadline === Infinity;
    this.#limits = isNone ? undefined : limits;
  }

  /** The deadline of all, on the monotonic clock. */
  get #deadline(): number {
    return this.#limits === undefined ? Infinity : this.#limits.deadline;
  }

  /** Notes in a waiter the limits of the queue and its own. */
  #note(waiter: W, wait: WaitOptions | undefined): void {
    const timeout = Math.min(wait?.timeout ?? Infinity, this.timeout);
    let limit = timeout === Infinity ? Infinity : performance.now() + timeout;
    if (wait?.deadline !== undefined) {
      limit = Math.min(limit, toMonotonic(checkDeadline(wait.deadline)));
    }
    if (limit !== Infinity) waiter.limit = limit;
    const signal = wait?.signal;
    if (signal === undefined) return;
    const onAbort = () => this.#drop(waiter, signal.reason);
    signal.addEventListener("abort", onAbort);
    waiter.release = () => signal.removeEventListener("abort", onAbort);
  }

  #drop(waiter: W, error: unknown): void {
    this.remove(waiter);
    this.onDropped(waiter, error);
    waiter.reject(error);
  }

  /**
   * The alarm has rung. The bytes for a call may have arrived while the process
   * was busy, so the sockets are looked at before a limit is held against it.
   */
  #onAlarm(): void {
    if (!this.#isOverdue()) return this.#expire();
    if (this.#isLooking) return;
    this.#isLooking = true;
    afterPoll(() => {
      this.#isLooking = false;
      if (this.mayExpire) this.#expire();
      else this.#ringBy(performance.now() + 1);
    });
  }

  /** Whether a limit of a call that waits has passed. */
  #isOverdue(): boolean {
    const now = performance.now();
    if (this.#deadline <= now) return this.head !== undefined;
    for (
      let waiter = this.head;
      waiter !== undefined;
      waiter = waiter.next
    ) {
      if (limitOf(waiter) <= now) return true;
    }
    return false;
  }

  #expire(): void {
    const now = performance.now();
    const expired: W[] = [];
    let earliest = Infinity;
    let waiter = this.head;
    while (waiter !== undefined) {
      const next: W | undefined = waiter.next;
      const limit = Math.min(limitOf(waiter), this.#deadline);
      if (limit <= now) {
        this.remove(waiter);
        expired.push(waiter);
      } else if (limit < earliest) earliest = limit;
      waiter = next;
    }
    if (earliest !== Infinity) this.#ringBy(earliest);
    // Only now, as a waiter that gives something back may serve others, and so
    // change the queue.
    for (const each of expired) {
      const error = this.#timeoutError();
      this.onDropped(each, error);
      each.reject(error);
    }
  }

  #timeoutError(): DOMException {
    return new DOMException(
      `${this.describeWait()}: the time limit has passed`,
      "TimeoutError",
    );
  }
}

function limitOf({ limit }: WaitNode): number {
  return limit ?? Infinity;
}

/** A {@linkcode WaitLine} that is a member of its owner, not its base class. */
export class WaitQueue<W extends WaitNode> extends WaitLine<W> {
  readonly #describe: () => string;
  readonly #onDropped: (waiter: W, error: unknown) => void;
  readonly #mayExpire: (() => boolean) | undefined;

  /**
   * @param describe Says what cannot be done, for the message of a timeout.
   * @param onDropped Called when a limit or a signal has taken a waiter out,
   * before it rejects with `error`.
   * @param keepsAlive Whether a limit in force keeps the process alive.
   * @param mayExpire Whether a limit may end a wait now; always if left out.
   */
  constructor(
    describe: () => string,
    onDropped: (waiter: W, error: unknown) => void,
    keepsAlive: boolean,
    mayExpire?: () => boolean,
  ) {
    super(keepsAlive);
    this.#describe = describe;
    this.#onDropped = onDropped;
    this.#mayExpire = mayExpire;
  }

  protected override get mayExpire(): boolean {
    return this.#mayExpire?.() ?? true;
  }

  protected override describeWait(): string {
    return this.#describe();
  }

  protected override onDropped(waiter: W, error: unknown): void {
    this.#onDropped(waiter, error);
  }
}
