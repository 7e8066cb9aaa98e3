import { Alarm } from "../internal/alarm.ts";

/** What a heartbeat needs of the connection. */
export interface HeartbeatHost {
  /** Sends a ping. */
  sendPing(): void;
  /** Whether it is this side that does not read: no pong can be seen then. */
  readonly isPaused: boolean;
  /** No pong has come in time. */
  onSilent(): void;
}

/**
 * Pings the peer at intervals, and notices when the pong does not come in time:
 * the link is dead, or the peer has stopped reading.
 */
export class Heartbeat {
  readonly #host: HeartbeatHost;
  readonly #interval: number;
  readonly #timeout: number;
  readonly #alarm = new Alarm(() => this.#check(), false);
  #pingAt: number;
  /** When the pong is due, `Infinity` while none is awaited. */
  #dueAt = Infinity;

  /**
   * @param interval Milliseconds between pings, `Infinity` for none.
   * @param timeout Milliseconds that a pong may take.
   */
  constructor(host: HeartbeatHost, interval: number, timeout: number) {
    this.#host = host;
    this.#interval = interval;
    this.#timeout = timeout;
    this.#pingAt = performance.now() + interval;
    this.#alarm.ringBy(this.#pingAt);
  }

  /** A pong has come. */
  onPong(): void {
    this.#dueAt = Infinity;
  }

  /** Ends it. */
  stop(): void {
    this.#alarm.stop();
  }

  #check(): void {
    const now = performance.now();
    if (this.#dueAt <= now && !this.#host.isPaused) {
      return this.#host.onSilent();
    }
    if (this.#pingAt <= now) {
      this.#host.sendPing();
      this.#pingAt = now + this.#interval;
      if (this.#dueAt === Infinity) this.#dueAt = now + this.#timeout;
    }
    // What is overdue while this side does not read is looked at with the next.
    const next = this.#dueAt > now ? this.#dueAt : Infinity;
    this.#alarm.ringBy(Math.min(this.#pingAt, next));
  }
}
