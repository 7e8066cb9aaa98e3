/**
 * Bounds the time between two polls of the event loop.
 *
 * The socket of a peer that sends without a pause has more bytes whenever it is
 * read, so such a read completes in a microtask: a loop of reads never comes
 * back to the event loop, and the runtime does not look for bytes that are at
 * other sockets. So work that may go on like that asks {@linkcode isPollDue},
 * and if the time is over waits in a first-in-first-out line ({@linkcode PollWait})
 * which all connections of the process share. The runtime is then given the
 * chance to poll, and the first in line goes on, for as long as the budget lasts.
 *
 * Nothing is timed and no timer exists while nothing waits.
 *
 * @module
 */

import { afterPoll } from "./after_poll.ts";
import { afterTurn } from "./after_turn.ts";
import { Alarm } from "./alarm.ts";

/** Milliseconds of work between two polls. */
const BUDGET = 5;

/**
 * After so many pieces of work, such as a call that is served, it is asked
 * whether the runtime has to poll: to look at the clock costs a third of a call.
 */
export const WORK_PER_CHECK = 16;

/** Where these take fewer milliseconds, it is asked after twice as many. */
const QUICK = 0.25;
const MAX_INTERVAL = 128;

/** When the budget is used up. */
let dueAt = -Infinity;
/** When it was last asked whether the budget is used up. */
let lookedAt = -Infinity;
/** Whether the runtime is about to poll. */
let isPolling = false;
/** Whether the next in line has its turn when the microtasks are done. */
let isGoingOn = false;
let first: PollWait | undefined;
let last: PollWait | undefined;
/** How many in line keep the process alive. */
let holders = 0;
/** Lets the process end if nothing in line keeps it alive. */
const unheldPoll = new Alarm(onPolled, false);

/**
 * Whether work that can go on for ever by microtasks alone has to wait for the
 * next poll. After an idle time it is due as well: the first to ask pays for one
 * poll, which takes about 0.1 ms.
 */
export function isPollDue(): boolean {
  lookedAt = performance.now();
  return isPolling || lookedAt >= dueAt;
}

/**
 * Looks at the clock if enough work was done since that was last done, for owners
 * that make a {@linkcode PollWait} only when they first have to wait.
 *
 * @param work How much work was done.
 * @returns How much to go on counting from: below {@linkcode WORK_PER_CHECK}
 * unless the work has to wait for the next poll.
 */
export function checkWork(work: number): number {
  if (work < WORK_PER_CHECK) return work;
  // If it is due, the next to ask is told the same.
  return isPollDue() ? WORK_PER_CHECK : 0;
}

/**
 * Counts work that can go on by microtasks alone, and has a place in the line for
 * the next poll.
 */
export class PollWait {
  readonly #onPolled: () => void;
  /** How many pieces of work it has done since it last asked for a poll. */
  #work = 0;
  /** After how many it asks, and when it did so last. */
  #interval = WORK_PER_CHECK;
  #lookedAt = -Infinity;
  #previous: PollWait | undefined;
  #next: PollWait | undefined;
  #keepsAlive = false;
  #isWaiting = false;

  /**
   * @param onPolled Goes on with the work. It may enter the line again.
   */
  constructor(onPolled: () => void) {
    this.#onPolled = onPolled;
  }

  /**
   * Counts a piece of work, and tells whether it has to wait for the next poll:
   * then it enters the line, and asks no more until it goes on.
   */
  isSpent(): boolean {
    if (++this.#work < this.#interval) return false;
    const isDue = isPollDue();
    const isQuick = lookedAt - this.#lookedAt < QUICK;
    this.#lookedAt = lookedAt;
    this.#interval = isQuick
      ? Math.min(2 * this.#interval, MAX_INTERVAL)
      : WORK_PER_CHECK;
    // If it is due, the next to ask is told the same.
    this.#work = isDue ? MAX_INTERVAL : 0;
    return isDue;
  }

  /** Whether it is in line. */
  get isWaiting(): boolean {
    return this.#isWaiting;
  }

  /** Takes a place at the end of the line, if it is in none. */
  enter(keepsAlive: boolean): void {
    if (this.#isWaiting) return;
    this.#isWaiting = true;
    this.#previous = last;
    if (last === undefined) first = this;
    else last.#next = this;
    last = this;
    if (keepsAlive) this.#hold();
    if (!isPolling && !isGoingOn) poll();
  }

  /** Leaves the line, if it is in one: its turn does not come. */
  leave(): void {
    if (!this.#isWaiting) return;
    this.#isWaiting = false;
    const previous = this.#previous;
    const next = this.#next;
    if (previous === undefined) first = next;
    else previous.#next = next;
    if (next === undefined) last = previous;
    else next.#previous = previous;
    this.#previous = this.#next = undefined;
    if (this.#keepsAlive) holders--;
    this.#keepsAlive = false;
    if (first === undefined && isUnheld()) stopUnheld();
  }

  /** Says whether its wait keeps the process alive. */
  setKeepsAlive(keepsAlive: boolean): void {
    if (!this.#isWaiting || keepsAlive === this.#keepsAlive) return;
    if (keepsAlive) this.#hold();
    else {
      holders--;
      this.#keepsAlive = false;
    }
  }

  /** Of the line: it is first, and goes on. */
  static goOn(wait: PollWait): void {
    wait.leave();
    wait.#work = 0;
    wait.#onPolled();
  }

  #hold(): void {
    this.#keepsAlive = true;
    holders++;
    if (!isUnheld()) return;
    stopUnheld();
    poll();
  }
}

function isUnheld(): boolean {
  return unheldPoll.at !== Infinity;
}

function stopUnheld(): void {
  unheldPoll.stop();
  isPolling = false;
}

function poll(): void {
  isPolling = true;
  isGoingOn = false;
  // A chain of turns would keep the process alive; a timer of 0 ms, which takes
  // about 2 ms, need not.
  if (holders > 0) afterPoll(onPolled);
  else unheldPoll.ringBy(performance.now());
}

function onPolled(): void {
  isPolling = false;
  dueAt = performance.now() + BUDGET;
  goOn();
}

/** Lets the first in line go on, and the next when its microtasks are done. */
function goOn(): void {
  isGoingOn = false;
  if (first === undefined) return;
  if (isPollDue()) return poll();
  isGoingOn = true;
  try {
    PollWait.goOn(first);
  } finally {
    if (first === undefined) isGoingOn = false;
    else afterTurn(goOn);
  }
}
