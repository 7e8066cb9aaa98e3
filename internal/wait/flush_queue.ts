import { afterTurn } from "./after_turn.ts";

/**
 * So many are flushed in one turn of the event loop. The runtime carries out the
 * first 128 operations of a turn at once; each one more is put aside, to be
 * tried again later, and costs about twice as much. Half of them are left to
 * others. Besides, what so many connections are made of stays in the processor's
 * cache until their writes have come back.
 */
const PORTION = 64;

/** Runs what is behind it once the present turn's work is done. */
const NEXT = Promise.resolve();

/** What has bytes to hand to the system. */
export interface Flushable {
  /** Hands them over. Should it throw, the others still have their turns. */
  flush(): void;
}

/** Some that flush, in order. It is used again, so that a flush makes no array. */
interface Line {
  readonly places: (Flushable | undefined)[];
  length: number;
}

/** Those whose turns are under way, and whose turn it is. */
let due: Line = { places: [], length: 0 };
let next = 0;
/** Those who stand behind them. */
let waiting: Line = { places: [], length: 0 };
let isScheduled = false;

/**
 * Flushes something when what goes on now has come to its end: messages that
 * came together, and what answers them, go out together. Those who are to be
 * flushed, a thousand after a broadcast, share one promise, and take turns in
 * portions.
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

/** Makes those due who wait: nobody is any more. */
function takeWaiting(): void {
  const done = due;
  due = waiting;
  waiting = done;
  waiting.length = next = 0;
}

/** Sees to those who are left, if there are any. */
function goOn(): void {
  isScheduled = next < due.length || waiting.length > 0;
  if (isScheduled) NEXT.then(flushPortion);
}
