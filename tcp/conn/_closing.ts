import { afterPoll } from "../../internal/wait/after_poll.ts";
import { Alarm } from "../../internal/wait/alarm.ts";
import type { RawConn } from "./_raw_conn.ts";
import type { ReadHalf } from "./_read_half.ts";
import type { WriteHalf } from "./_write_half.ts";

/** How long a connection may take to close, and how much it may read meanwhile. */
export interface ClosingLimits {
  /** Milliseconds after FIN in all. */
  readonly totalTime: number;
  /** Bytes of the peer that are read and dropped after FIN. */
  readonly totalDropped: number;
}

const LIMITS: ClosingLimits = {
  totalTime: 120_000,
  totalDropped: 16 * 1024 * 1024,
};

/**
 * How many connections of the process may wait for their peers after FIN. With
 * one more, the one that has waited longest is cut.
 */
const MAX_WAITING = 1024;

/**
 * Milliseconds after FIN from which on a connection gives its place up to a new
 * one, where there is no other.
 */
const MIN_WAIT = 1000;

/** Takes the dropped bytes of all connections. */
let scratch: Uint8Array<ArrayBuffer> | undefined;
const SCRATCH_SIZE = 64 * 1024;

/** The connection that is closing. */
export interface ClosingHost {
  readonly raw: RawConn;
  readonly reads: ReadHalf;
  readonly writes: WriteHalf;
  /** The mark of the connections of one listener. */
  readonly owner: unknown;
  /** Whether the wait keeps the process alive. */
  readonly isRef: boolean;
  /** Whether timers have to keep the process alive, for want of a socket. */
  readonly keepsAlive: boolean;
  /** Milliseconds in which the system has to take some of the pending bytes. */
  readonly closeTimeout: number;
  /** The resource can be freed: nothing is on its way any more. */
  onOver(): void;
  /** A limit has passed: fails the writes that are pending. */
  onCut(): void;
}

/**
 * Connections that have sent FIN and wait for their peers, by the order in which
 * they began to wait.
 */
const waiting = new Set<Closing>();

/**
 * The connection that has waited longest for its peer after its FIN, if there is
 * one that has waited for a second: it may be cut to make room for another.
 *
 * @param owner The owner that its connection must have; any if left out.
 */
export function oldestClosing(owner?: unknown): Closing | undefined {
  const now = performance.now();
  for (const closing of waiting) {
    if (closing.waitingSince + MIN_WAIT > now) return undefined;
    if (owner === undefined || closing.host.owner === owner) return closing;
  }
  return undefined;
}

/**
 * The orderly end of a connection (RFC 9293 section 3.6): pending writes go out,
 * then FIN, and bytes of the peer are read and dropped until it ends too.
 * Closing a socket with unread bytes, or before the peer's last bytes come, would
 * make the system send RST, which destroys bytes on their way to the peer.
 *
 * Until FIN is out, the limit is `closeTimeout` without progress: the system has
 * to take some of the pending bytes. From then on it is a total of time and of bytes.
 */
export class Closing {
  readonly #limits: ClosingLimits;
  #alarm: Alarm;
  #isFinSent = false;
  #isPeerDone = false;
  #isOver = false;
  /** The bytes that were sent at the latest look, and when that was due. */
  #bytesWritten = 0;
  #due = Infinity;
  #dropped = 0;
  #sent: PromiseWithResolvers<void> | undefined;

  /** The connection. */
  readonly host: ClosingHost;
  /** When FIN was sent. */
  waitingSince = Infinity;

  constructor(host: ClosingHost, limits: ClosingLimits = LIMITS) {
    this.host = host;
    this.#limits = limits;
    this.#alarm = this.#makeAlarm();
    this.updateRef();
    this.#watchProgress();
    this.#drop();
  }

  /** Applies `ref` or `unref` of the connection. */
  updateRef(): void {
    const { raw, isRef } = this.host;
    if (isRef) raw.ref();
    else raw.unref();
    if (!this.host.keepsAlive) return;
    this.#alarm.stop();
    this.#alarm = this.#makeAlarm();
    if (this.#due !== Infinity) this.#alarm.ringBy(this.#due);
  }

  /** Where no socket keeps the process alive, the alarm does. */
  #makeAlarm(): Alarm {
    const { keepsAlive, isRef } = this.host;
    return new Alarm(() => this.#onAlarm(), keepsAlive && isRef);
  }

  /** Resolves when FIN is with the system, or the connection was cut. */
  whenSent(): Promise<void> {
    if (this.#isFinSent || this.#isOver) return Promise.resolve();
    this.#sent ??= Promise.withResolvers();
    return this.#sent.promise;
  }

  /** Of the connection: its FIN is with the system, or never will be. */
  onWriteEnd(error: unknown): void {
    if (this.#isOver) return;
    const { raw, writes } = this.host;
    const isSafe = this.#isPeerDone || raw.keepsSent ||
      writes.bytesWritten === 0;
    if (error !== undefined || isSafe) return this.#end();
    this.#isFinSent = true;
    this.#sent?.resolve();
    this.waitingSince = performance.now();
    this.#due = this.waitingSince + this.#limits.totalTime;
    this.#alarm.stop();
    this.#alarm.ringBy(this.#due);
    waiting.add(this);
    if (waiting.size <= MAX_WAITING) return;
    for (const oldest of waiting) return oldest.cut();
  }

  /** Ends it at once: the resource is freed, and bytes on their way are lost. */
  cut(): void {
    if (this.#isOver) return;
    this.host.onCut();
    this.#end();
  }

  /** Drops the wait: the resource is freed by another. */
  stop(): void {
    this.#isOver = true;
    this.#alarm.stop();
    waiting.delete(this);
    this.#sent?.resolve();
  }

  #end(): void {
    if (this.#isOver) return;
    this.stop();
    this.host.onOver();
  }

  #watchProgress(): void {
    this.#bytesWritten = this.host.writes.bytesWritten;
    this.#due = performance.now() + this.host.closeTimeout;
    if (this.#due !== Infinity) this.#alarm.ringBy(this.#due);
  }

  #onAlarm(): void {
    if (performance.now() < this.#due) return this.#alarm.ringBy(this.#due);
    if (this.#isFinSent) return this.cut();
    // The system may have taken bytes that were not reported yet.
    afterPoll(() => {
      if (this.#isOver || this.#isFinSent) return;
      const hasProgressed = this.host.writes.bytesWritten > this.#bytesWritten;
      if (hasProgressed) this.#watchProgress();
      else this.cut();
    });
  }

  /** Reads and drops bytes of the peer, so that this side never stops it. */
  async #drop(): Promise<void> {
    const { raw, reads } = this.host;
    await reads.whenIdle();
    scratch ??= new Uint8Array(SCRATCH_SIZE);
    let sincePoll = 0;
    try {
      while (!this.#isOver && !reads.isPeerDone) {
        const length = await raw.read(scratch);
        if (length === null) break;
        if (this.#isFinSent) this.#dropped += length;
        if (this.#dropped > this.#limits.totalDropped) return this.cut();
        // Where much comes, other connections must run meanwhile.
        sincePoll += length;
        if (sincePoll < scratch.length) continue;
        sincePoll = 0;
        await nextPoll();
      }
    } catch {
      // A reset: nothing comes any more, and nothing goes out.
    }
    this.#isPeerDone = true;
    if (this.#isFinSent) this.#end();
  }
}

function nextPoll(): Promise<void> {
  return new Promise((resolve) => afterPoll(resolve));
}
