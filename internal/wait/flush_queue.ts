import { Queue } from "../queue.ts";
import { afterTurn } from "./after_turn.ts";

/**
 * How many flush in one turn of the event loop. The runtime carries out the first
 * 128 operations of a turn at once; each further one is put aside, tried again
 * later, and costs about twice as much. Half of them are left to others.
 */
const PORTION = 64;

/** Its handlers run when the current microtask is done. */
const NEXT = Promise.resolve();

/** Has bytes to hand to the system. */
export interface Flushable {
  /** Hands them over. If it throws, the others are flushed all the same. */
  flush(): void;
}

const waiting = new Queue<Flushable>();
let isScheduled = false;

/**
 * Flushes an object after the current microtask: messages that were sent together,
 * and answers to messages that came together, go out together. All objects, a
 * thousand after a broadcast, share one promise, and are flushed in portions.
 */
export function flushNext(one: Flushable): void {
  waiting.push(one);
  if (isScheduled) return;
  isScheduled = true;
  NEXT.then(flushPortion);
}

function flushPortion(): void {
  const { length } = waiting;
  const hasMore = length > PORTION;
  if (hasMore) afterTurn(flushPortion);
  try {
    // Those that are added meanwhile wait behind all others.
    for (let left = hasMore ? PORTION : length; left > 0; left--) {
      waiting.shift()?.flush();
    }
  } finally {
    if (!hasMore) goOn();
  }
}

/** Goes on with the rest, if there is any. */
function goOn(): void {
  isScheduled = waiting.length > 0;
  if (isScheduled) NEXT.then(flushPortion);
}
