import { MAX_DELAY } from "./max_delay.ts";

/** The place of an alarm that is out of the heap, and of one about to ring. */
const NOWHERE = -1;
const DUE = -2;

/**
 * A timer that has not come so many milliseconds after its time will not come:
 * a test has faked timers, and has taken its fakes away.
 */
const LOST_AFTER = 1000;

/** The fields of an alarm that belong to its {@linkcode AlarmClock}. */
export interface Entry {
  /** When it is to ring, `Infinity` for never. */
  at: number;
  /** Its place in the heap, a negative number for none. */
  place: number;
  /** Rings it. It may not throw. */
  ring(): void;
}

/**
 * One timer for any number of alarms, which it holds in a binary heap: the
 * earliest is at the front, and each knows its place.
 *
 * The timer is left alone when its alarm goes, and so may wake the clock too
 * early; only with the last alarm does it go too.
 */
export class AlarmClock {
  readonly #keepsAlive: boolean;
  readonly #heap: Entry[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Whether alarms ring: the timer is set when all have asked for the next time. */
  #isRinging = false;
  /** When the timer wakes the clock. */
  #wakesAt = Infinity;

  constructor(keepsAlive: boolean) {
    this.#keepsAlive = keepsAlive;
  }

  /** Takes in an alarm whose moment is set, or is earlier than it was. */
  add(entry: Entry): void {
    if (entry.place < 0) entry.place = this.#heap.push(entry) - 1;
    this.#rise(entry);
    this.#arm();
  }

  /** Takes an alarm out. */
  remove(entry: Entry): void {
    if (entry.place >= 0) this.#takeOut(entry);
    entry.place = NOWHERE;
    entry.at = Infinity;
    if (this.#heap.length > 0 || this.#timer === undefined) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#wakesAt = Infinity;
  }

  /** Sees to it that the timer wakes the clock by the earliest moment. */
  #arm(): void {
    const first = this.#heap[0];
    if (first === undefined || this.#isRinging) return;
    const now = performance.now();
    const wakeAt = Math.max(first.at, now);
    const isLost = now > this.#wakesAt + LOST_AFTER;
    if (wakeAt >= this.#wakesAt && !isLost) return;
    if (this.#timer !== undefined) clearTimeout(this.#timer);
    this.#wakesAt = wakeAt;
    // A later moment is reached in steps.
    const delay = Math.min(Math.ceil(wakeAt - now), MAX_DELAY);
    this.#timer = setTimeout(this.#onTimer, delay);
    if (!this.#keepsAlive) unref(this.#timer);
  }

  readonly #onTimer = (): void => {
    this.#timer = undefined;
    this.#wakesAt = Infinity;
    // A moment that an alarm asks for while it rings is for the next time.
    const due = this.#takeDue();
    let rung = 0;
    this.#isRinging = true;
    try {
      while (rung < due.length) ring(due[rung++]);
    } finally {
      // Should one throw, the others must not be lost with it.
      for (const entry of due.slice(rung)) this.#putBack(entry);
      this.#isRinging = false;
      this.#arm();
    }
  };

  /** Puts an alarm back that was taken out and has not rung. */
  #putBack(entry: Entry): void {
    if (entry.place !== DUE) return;
    entry.at = performance.now();
    entry.place = this.#heap.push(entry) - 1;
    this.#rise(entry);
  }

  #takeDue(): Entry[] {
    const now = performance.now();
    const due: Entry[] = [];
    for (
      let first = this.#heap[0];
      first !== undefined && first.at <= now;
      first = this.#heap[0]
    ) {
      this.#takeOut(first);
      first.place = DUE;
      // It rings before any moment that is asked for.
      first.at = -Infinity;
      due.push(first);
    }
    return due;
  }

  #takeOut(entry: Entry): void {
    const last = this.#heap.pop();
    if (last !== undefined && last !== entry) {
      this.#put(last, entry.place);
      this.#rise(last);
      this.#sink(last);
    }
  }

  #put(entry: Entry, place: number): void {
    this.#heap[place] = entry;
    entry.place = place;
  }

  /** Moves an entry before all that are later. */
  #rise(entry: Entry): void {
    while (entry.place > 0) {
      const { place } = entry;
      const parent = this.#heap[(place - 1) >> 1];
      if (parent === undefined || parent.at <= entry.at) return;
      this.#put(parent, place);
      this.#put(entry, (place - 1) >> 1);
    }
  }

  /** Moves an entry behind all that are earlier. */
  #sink(entry: Entry): void {
    for (;;) {
      const { place } = entry;
      const left = this.#heap[2 * place + 1];
      const right = this.#heap[2 * place + 2];
      const child = right !== undefined && left !== undefined &&
          right.at < left.at
        ? right
        : left;
      if (child === undefined || child.at >= entry.at) return;
      const below = child.place;
      this.#put(child, place);
      this.#put(entry, below);
    }
  }
}

/** Rings a due alarm, unless one that has rung before it has stopped it. */
function ring(entry: Entry): void {
  if (entry.place !== DUE) return;
  entry.place = NOWHERE;
  entry.at = Infinity;
  entry.ring();
}

/** Timers are objects in Deno 2.9 and were numbers before. */
function unref(timer: number | { unref(): unknown }): void {
  if (typeof timer === "number") Deno.unrefTimer(timer);
  else timer.unref();
}
