import { afterPoll } from "../../internal/wait/after_poll.ts";
import { Alarm } from "../../internal/wait/alarm.ts";

/**
 * The first ping is sent after a random part of the interval from this one on, so
 * that connections that came together, as after a restart of their server, are not
 * pinged together for ever.
 */
const FIRST_PART = 1 / 8;

/**
 * All connections are looked at together, at this part of their shorter time, of
 * at most so many milliseconds: a timer for each costs more than its pings.
 */
const SWEEP_PART = 1 / 32;
const MAX_SWEEP = 1000;

/** So many connections have their turns before others use the processor. */
const TURNS = 64;

/**
 * If so much of the timeout passes between two looks, or so many milliseconds, the
 * process has stood still, and the wait for a pong begins anew.
 */
const STANDSTILL_PART = 1 / 2;
const MIN_STANDSTILL = 50;

/** Less of a limit than this is not waited for data on their way. */
const IGNORED_TRANSIT = 0.1;

/** The connection that a heartbeat watches. */
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
  /** Milliseconds that bytes sent before the ping may need to get there. */
  readonly transitTime: number;
  /** No pong has come in time. */
  onSilent(): void;
}

/** The times of a heartbeat. */
export interface Pace {
  /** Milliseconds between pings. */
  readonly interval: number;
  /** Milliseconds that a pong may take. */
  readonly timeout: number;
  /** Whether it keeps the process alive. */
  readonly keepsAlive: boolean;
}

/**
 * Pings the peer at intervals, and reports a peer that gives no sign of life for
 * the time that a pong may take: the link is lost, or the peer has stopped reading.
 * The pong itself may have to wait behind other data, of either side.
 *
 * A limit counts after the bytes that have arrived are looked at, and not for time
 * in which this process did not look.
 */
export class Heartbeat {
  readonly #host: HeartbeatHost;
  readonly #sweep: Sweep;
  /** Whether it waits for a pong, and not for the time of the next ping. */
  #isPinged = false;
  /** The signs of life when the wait for the pong began. */
  #signs = 0;
  /** How many limits have passed since, while data were on their way. */
  #limitsPassed = 0;
  /** When the wait ends; `Infinity` for never. */
  #dueAt = Infinity;

  constructor(host: HeartbeatHost, pace: Pace) {
    this.#host = host;
    this.#sweep = Sweep.of(pace);
    this.#waitForPing(FIRST_PART + (1 - FIRST_PART) * Math.random());
    this.#sweep.add(this);
  }

  /** A pong has come. */
  onPong(): void {
    if (this.#isPinged) this.#waitForPing(1);
  }

  /** Ends it. */
  stop(): void {
    this.#isPinged = false;
    this.#dueAt = Infinity;
    this.#sweep.delete(this);
  }

  /** Of the sweep: whether the wait has ended. */
  isDue(now: number): boolean {
    return this.#dueAt <= now;
  }

  /** Of the sweep: the wait has ended. */
  onTurn(): void {
    if (!this.#isPinged) return this.#ping();
    const { pace, stoodStillUntil } = this.#sweep;
    const hasStoodStill = stoodStillUntil > this.#dueAt - pace.timeout;
    if (hasStoodStill) return this.#waitAnew();
    this.#dueAt = Infinity;
    afterPoll(() => this.#judge());
  }

  #waitForPing(part: number): void {
    this.#isPinged = false;
    this.#dueAt = performance.now() + this.#sweep.pace.interval * part;
  }

  #waitForPong(): void {
    this.#isPinged = true;
    this.#dueAt = performance.now() + this.#sweep.pace.timeout;
  }

  /** Decides about the peer, after the bytes that have arrived were read. */
  #judge(): void {
    if (!this.#isPinged) return;
    const host = this.#host;
    if (host.isBlind) return this.#ping();
    if (this.#signs !== host.signsOfLife) return this.#waitAnew();
    const limits = host.transitTime / Math.max(this.#sweep.pace.timeout, 1);
    if (this.#limitsPassed >= Math.floor(limits + 1 - IGNORED_TRANSIT)) {
      this.stop();
      return host.onSilent();
    }
    this.#limitsPassed++;
    this.#waitForPong();
  }

  #ping(): void {
    this.#waitAnew();
    this.#host.sendHeartbeat();
  }

  /** Waits for the pong for the whole time. */
  #waitAnew(): void {
    this.#limitsPassed = 0;
    this.#signs = this.#host.signsOfLife;
    this.#waitForPong();
  }
}

/** Looks at all heartbeats of one pace, by one timer. */
class Sweep {
  static readonly #sweeps = new Map<string, Sweep>();

  readonly #key: string;
  readonly #heartbeats = new Set<Heartbeat>();
  readonly #alarm: Alarm;
  #sweptAt = 0;
  readonly pace: Pace;
  /** The end of the latest time in which the process has stood still. */
  stoodStillUntil = -Infinity;

  private constructor(key: string, pace: Pace) {
    this.#key = key;
    this.pace = pace;
    this.#alarm = new Alarm(() => this.#onAlarm(), pace.keepsAlive);
  }

  /** The sweep of a pace. */
  static of(pace: Pace): Sweep {
    const key = Object.values(pace).join(" ");
    return this.#sweeps.get(key) ?? new Sweep(key, pace);
  }

  add(heartbeat: Heartbeat): void {
    if (this.#heartbeats.size === 0) {
      Sweep.#sweeps.set(this.#key, this);
      this.#sweptAt = performance.now();
      this.#alarm.ringBy(this.#sweptAt + this.#period);
    }
    this.#heartbeats.add(heartbeat);
  }

  delete(heartbeat: Heartbeat): void {
    const wasIn = this.#heartbeats.delete(heartbeat);
    if (!wasIn || this.#heartbeats.size > 0) return;
    this.#alarm.stop();
    Sweep.#sweeps.delete(this.#key);
  }

  get #period(): number {
    const { interval, timeout } = this.pace;
    const part = Math.min(interval, timeout) * SWEEP_PART;
    return Math.min(Math.max(part, 1), MAX_SWEEP);
  }

  #onAlarm(): void {
    const now = performance.now();
    const limit = Math.max(this.pace.timeout * STANDSTILL_PART, MIN_STANDSTILL);
    if (now - this.#sweptAt > limit) this.stoodStillUntil = now;
    this.#sweptAt = now;
    let turns = 0;
    try {
      for (const heartbeat of this.#heartbeats) {
        if (!heartbeat.isDue(now)) continue;
        heartbeat.onTurn();
        if (++turns === TURNS) break;
      }
    } finally {
      const wait = turns === TURNS ? 0 : this.#period;
      if (this.#heartbeats.size > 0) this.#alarm.ringBy(now + wait);
    }
  }
}

/** The error of a connection whose peer is silent. */
export function noPongError(name: unknown): DOMException {
  return new DOMException(
    `Cannot keep ${name} open: no pong has come in time`,
    "TimeoutError",
  );
}
