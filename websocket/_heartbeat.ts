import { Alarm } from "../internal/alarm.ts";

/**
 * So many have their turns at once, then others have the processor: thousands
 * of connections that came together would else be pinged in one go, which holds
 * up the rest and fills the memory with what is under way.
 */
const TURNS = 64;

/**
 * Turns come together, at moments that are this part of the delay apart, and no
 * further than this many milliseconds: a timer for each would leave as much
 * garbage as a ping does, as thousands of connections have their turns at
 * thousands of moments.
 */
const GRAIN = 1 / 128;
const MAX_GRAIN = 1000;

/**
 * The first ping comes after one of at most so many parts of the interval, all
 * above this one, and these milliseconds apart at least: of 30 s, after 5.4 s,
 * 7.0 s and so on up to 30 s. Connections that came together, as after a restart
 * of their server, so do not have their turns together for as long as they live.
 */
const MAX_FIRSTS = 16;
const FIRST_PART = 1 / 8;
const FIRSTS_APART = 50;

/** So many rounds are kept though nobody is in them. */
const KEPT_ROUNDS = 16;

/** When the turn of a heartbeat is that has been stopped. */
const STOPPED = -1;

/** What a heartbeat needs of its connection. */
export interface HeartbeatHost {
  /** Sends a ping. */
  sendPing(): void;
  /** Whether it is this side that does not read: no pong can be seen then. */
  readonly isPaused: boolean;
  /** No pong has come in time. */
  onSilent(): void;
}

/** How fast a heart beats. */
export interface Pace {
  /** Milliseconds between pings. */
  readonly interval: number;
  /** Milliseconds that a pong may take. */
  readonly timeout: number;
  /** Whether it keeps the process alive. */
  readonly keepsAlive: boolean;
}

/**
 * Pings the peer at intervals, and notices when the pong does not come in time:
 * the link is dead, or the peer has stopped reading.
 *
 * Thousands of idle connections are normal, so those that wait for the same time
 * stand in one line and share its timer: they stay in the order of their turns
 * by themselves.
 */
export class Heartbeat {
  readonly #host: HeartbeatHost;
  readonly #round: Round;
  /** Where it stands, or has stood last. */
  #line: Line;
  /** When its turn is, or {@linkcode STOPPED}. */
  dueAt = 0;
  /** The one whose turn is after this one's. */
  next: Heartbeat | undefined;
  /** The one whose turn is before this one's. */
  previous: Heartbeat | undefined;

  constructor(host: HeartbeatHost, pace: Pace) {
    this.#host = host;
    this.#round = Round.enter(pace);
    this.#line = this.#round.pickFirst();
    this.#line.add(this);
  }

  /** A pong has come. */
  onPong(): void {
    const { pongs, intervals } = this.#round;
    if (this.#line === pongs && this.dueAt !== STOPPED) this.#moveTo(intervals);
  }

  /** Ends it. */
  stop(): void {
    if (this.dueAt === STOPPED) return;
    this.#line.remove(this);
    this.dueAt = STOPPED;
    this.#round.leave();
  }

  /** Its turn has come: it leaves the front of its line. */
  onTurn(): void {
    const { pongs } = this.#round;
    if (this.#line === pongs && !this.#host.isPaused) {
      pongs.remove(this);
      return this.#host.onSilent();
    }
    this.#moveTo(pongs);
    this.#host.sendPing();
  }

  #moveTo(line: Line): void {
    this.#line.remove(this);
    this.#line = line;
    line.add(this);
  }
}

/** Heartbeats that all wait for the same time, in the order of their turns. */
class Line {
  readonly #delay: number;
  /** Turns come at multiples of so many milliseconds. */
  readonly #grain: number;
  readonly #alarm: Alarm;
  #first: Heartbeat | undefined;
  #last: Heartbeat | undefined;

  constructor(delay: number, keepsAlive: boolean) {
    this.#delay = delay;
    this.#grain = Math.min(Math.max(Math.ceil(delay * GRAIN), 1), MAX_GRAIN);
    this.#alarm = new Alarm(() => this.#ring(), keepsAlive);
  }

  add(heartbeat: Heartbeat): void {
    // A whole number, which takes no memory of its own.
    const dueAt = performance.now() + this.#delay;
    heartbeat.dueAt = Math.ceil(dueAt / this.#grain) * this.#grain;
    heartbeat.previous = this.#last;
    if (this.#last === undefined) this.#first = heartbeat;
    else this.#last.next = heartbeat;
    this.#last = heartbeat;
    if (this.#delay !== Infinity) this.#alarm.ringBy(heartbeat.dueAt);
  }

  /** Takes one out, if it is in. */
  remove(heartbeat: Heartbeat): void {
    const { previous, next } = heartbeat;
    if (previous === undefined && this.#first !== heartbeat) return;
    if (previous === undefined) this.#first = next;
    else previous.next = next;
    if (next === undefined) this.#last = previous;
    else next.previous = previous;
    heartbeat.previous = heartbeat.next = undefined;
    if (this.#first === undefined) this.#alarm.stop();
  }

  #ring(): void {
    const now = performance.now();
    let turns = 0;
    try {
      for (
        let first = this.#first;
        first !== undefined && first.dueAt <= now && turns < TURNS;
        first = this.#first
      ) {
        first.onTurn();
        turns++;
      }
    } finally {
      // Should one throw, those behind it must not be forgotten.
      if (this.#first !== undefined) this.#alarm.ringBy(this.#first.dueAt);
    }
  }
}

/** All heartbeats of one interval and one limit. */
class Round {
  static readonly #rounds = new Map<string, Round>();

  readonly #key: string;
  /** How many heartbeats are in it. */
  #size = 0;
  /** Those who wait for a first ping that comes sooner than the others. */
  readonly #sooner: readonly Line[];
  /** Those who wait for a ping for the whole interval. */
  readonly intervals: Line;
  /** Those who wait for their pong. */
  readonly pongs: Line;

  private constructor(key: string, { interval, timeout, keepsAlive }: Pace) {
    this.#key = key;
    const parts = Math.floor((1 - FIRST_PART) * interval / FIRSTS_APART);
    const count = Math.min(Math.max(parts, 1), MAX_FIRSTS);
    this.#sooner = Array.from({ length: count - 1 }, (_, index) => {
      const part = 1 - (1 - FIRST_PART) * (index + 1) / count;
      return new Line(interval * part, keepsAlive);
    });
    this.intervals = new Line(interval, keepsAlive);
    this.pongs = new Line(timeout, keepsAlive);
  }

  /** The round of a pace, with one heartbeat more. */
  static enter(pace: Pace): Round {
    const key = Object.values(pace).join(" ");
    let round = this.#rounds.get(key);
    if (round === undefined) {
      round = new Round(key, pace);
      this.#rounds.set(key, round);
    }
    round.#size++;
    return round;
  }

  /** A heartbeat is over: a pace that is chosen at random is not kept for ever. */
  leave(): void {
    this.#size--;
    const rounds = Round.#rounds;
    if (this.#size === 0 && rounds.size > KEPT_ROUNDS) rounds.delete(this.#key);
  }

  /** A line in which to wait for the first ping. */
  pickFirst(): Line {
    const lines = this.#sooner;
    const index = Math.floor(Math.random() * (lines.length + 1));
    return lines[index] ?? this.intervals;
  }
}
