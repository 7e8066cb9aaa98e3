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

/** Objects to flush, in order. It is reused, so that a flush makes no array. */
interface Line {
  readonly places: (Flushable | undefined)[];
  length: number;
}

/** The line that is being flushed, and the next place in it. */
let due: Line = { places: [], length: 0 };
let next = 0;
/** The line behind it. */
let waiting: Line = { places: [], length: 0 };
let isScheduled = false;

/**
 * Flushes an object after the current microtask: messages that were sent together,
 * and answers to messages that came together, go out together. All objects, a
 * thousand after a broadcast, share one promise, and are flushed in portions.
 */
export function flushNext(one: Flushable): void {
  waiting.places[waiting.length++] = one;
  if (isScheduled) return;
  isScheduled = true;
  NEXT.then(flushPortion);
}

function flushPortion(): void {
  if (next === due.length) takeWaiting();
  const hasMore = due.length - next > PORTION;
  if (hasMore) afterTurn(flushPortion);
  const end = hasMore ? next + PORTION : due.length;
  const { places } = due;
  try {
    while (next < end) {
      const one = places[next];
      places[next++] = undefined;
      one?.flush();
    }
  } finally {
    if (!hasMore) goOn();
  }
}

/** Takes the line behind, as the one before is done. */
function takeWaiting(): void {
  const done = due;
  due = waiting;
  waiting = done;
  waiting.length = next = 0;
}

/** Goes on with the rest, if there is any. */
function goOn(): void {
  isScheduled = next < due.length || waiting.length > 0;
  if (isScheduled) NEXT.then(flushPortion);
}
