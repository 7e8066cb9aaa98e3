import { afterPoll } from "../../internal/wait/after_poll.ts";
import { Alarm } from "../../internal/wait/alarm.ts";

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

/** The same of one whose pong is overdue, until what has arrived is looked at. */
const OVERDUE = -2;

/**
 * A wait for pongs looks at the clock as many times, but for so many milliseconds
 * in between: if half of the time passes without a look, the process has stood
 * still, and the wait begins anew.
 */
const LOOKS = 4;
const LOOKS_APART = 25;

/**
 * What is on its way to a peer gives it that part of a further limit less, as a
 * few bytes are always on their way.
 */
const IGNORED_TRANSIT = 0.1;

/** What a heartbeat needs of its connection. */
export interface HeartbeatHost {
  /** Sends a ping. */
  sendHeartbeat(): void;
  /** Whether it is this side that does not read: no pong can be seen then. */
  readonly isBlind: boolean;
  /**
   * Changes with each byte of the peer, and with each own byte that the system
   * takes while more wait: the peer lives.
   */
  readonly signsOfLife: number;
  /** Milliseconds that what was sent before the ping may need to get there. */
  readonly transitTime: number;
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
 * Pings the peer at intervals, and notices when it gives no sign of life for the
 * time that its pong may take: the link is dead, or the peer has stopped reading.
 * The pong itself may have to wait behind other data, of either side.
 *
 * The limit is not held against a peer before what has arrived is looked at, and
 * not for time in which this process did not look.
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
  /** The signs of life when the wait for the pong began. */
  #signs = 0;
  /** How many limits have passed since, while data were on their way. */
  #limitsPassed = 0;
  /** When its turn is, {@linkcode STOPPED} or {@linkcode OVERDUE}. */
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
    if (this.#line !== pongs || this.#host.isBlind) return this.#ping();
    if (this.#hasSigns() || pongs.stoodStillSince(this.dueAt)) {
      return this.#waitAnew();
    }
    pongs.remove(this);
    this.dueAt = OVERDUE;
    judgeLater(this);
  }

  /** What has arrived is looked at: decides about the peer. */
  judge(): void {
    if (this.dueAt !== OVERDUE) return;
    const host = this.#host;
    if (host.isBlind) return this.#ping();
    if (this.#hasSigns()) return this.#waitAnew();
    const limits = host.transitTime / this.#round.timeout;
    if (this.#limitsPassed < Math.floor(limits + 1 - IGNORED_TRANSIT)) {
      this.#limitsPassed++;
      return this.#moveTo(this.#round.pongs);
    }
    host.onSilent();
  }

  #ping(): void {
    this.#waitAnew();
    this.#host.sendHeartbeat();
  }

  /** Waits for the pong for the whole time. */
  #waitAnew(): void {
    this.#limitsPassed = 0;
    this.#signs = this.#host.signsOfLife;
    this.#moveTo(this.#round.pongs);
  }

  #hasSigns(): boolean {
    return this.#signs !== this.#host.signsOfLife;
  }

  #moveTo(line: Line): void {
    this.#line.remove(this);
    this.#line = line;
    line.add(this);
  }
}

/** Those whose pongs are overdue, until what has arrived is looked at. */
const overdue: Heartbeat[] = [];

/** Decides about a peer when the runtime has looked at what has arrived. */
function judgeLater(heartbeat: Heartbeat): void {
  if (overdue.push(heartbeat) === 1) afterPoll(judgeSome);
}

function judgeSome(): void {
  const some = overdue.splice(0, TURNS);
  try {
    while (some.length > 0) some.shift()?.judge();
  } finally {
    // Should one throw, those behind it must not be forgotten.
    overdue.unshift(...some);
    if (overdue.length > 0) afterPoll(judgeSome);
  }
}

/** Heartbeats that all wait for the same time, in the order of their turns. */
class Line {
  readonly #delay: number;
  /** Turns come at multiples of so many milliseconds. */
  readonly #grain: number;
  /** The most milliseconds between looks at the clock. */
  readonly #lookEvery: number;
  readonly #alarm: Alarm;
  /** When it has looked at the clock last, while somebody waits. */
  #lookedAt = 0;
  /** The end of the latest time without a look. */
  #stoodStillUntil = -Infinity;
  #first: Heartbeat | undefined;
  #last: Heartbeat | undefined;

  /**
   * @param delay Milliseconds.
   * @param keepsAlive Whether the wait keeps the process alive.
   * @param looks How often it looks at the clock meanwhile.
   */
  constructor(delay: number, keepsAlive: boolean, looks = 0) {
    this.#delay = delay;
    this.#grain = Math.min(Math.max(Math.ceil(delay * GRAIN), 1), MAX_GRAIN);
    this.#lookEvery = looks === 0
      ? Infinity
      : Math.max(delay / looks, LOOKS_APART);
    this.#alarm = new Alarm(() => this.#ring(), keepsAlive);
  }

  add(heartbeat: Heartbeat): void {
    const now = performance.now();
    // A whole number, which takes no memory of its own.
    const dueAt = now + this.#delay;
    heartbeat.dueAt = Math.ceil(dueAt / this.#grain) * this.#grain;
    heartbeat.previous = this.#last;
    if (this.#last === undefined) {
      this.#first = heartbeat;
      this.#lookedAt = now;
    } else this.#last.next = heartbeat;
    this.#last = heartbeat;
    this.#ringBy(heartbeat.dueAt, now);
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

  /** Whether the process has stood still since one has come that is due then. */
  stoodStillSince(dueAt: number): boolean {
    return this.#stoodStillUntil > dueAt - this.#delay;
  }

  #ring(): void {
    const now = performance.now();
    if (now - this.#lookedAt > 2 * this.#lookEvery) this.#stoodStillUntil = now;
    this.#lookedAt = now;
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
      if (this.#first !== undefined) this.#ringBy(this.#first.dueAt, now);
    }
  }

  #ringBy(dueAt: number, now: number): void {
    if (this.#delay === Infinity) return;
    this.#alarm.ringBy(Math.min(dueAt, now + this.#lookEvery));
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
  /** Milliseconds that a pong may take, 1 at least. */
  readonly timeout: number;

  private constructor(key: string, { interval, timeout, keepsAlive }: Pace) {
    this.#key = key;
    const parts = Math.floor((1 - FIRST_PART) * interval / FIRSTS_APART);
    const count = Math.min(Math.max(parts, 1), MAX_FIRSTS);
    this.#sooner = Array.from({ length: count - 1 }, (_, index) => {
      const part = 1 - (1 - FIRST_PART) * (index + 1) / count;
      return new Line(interval * part, keepsAlive);
    });
    this.intervals = new Line(interval, keepsAlive);
    this.pongs = new Line(timeout, keepsAlive, LOOKS);
    this.timeout = Math.max(timeout, 1);
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
