import { transitTime } from "../../internal/wait/transit_time.ts";
import type { ReadHalf } from "../../tcp/conn/_read_half.ts";
import { State } from "../state.ts";
import { Heartbeat, type HeartbeatHost, type Pace } from "./_heartbeat.ts";
import type { FrameSender } from "./_frame_sender.ts";

const EMPTY = new Uint8Array(0);

/** The connection whose peer is watched. */
export interface LivenessHost {
  readonly state: State;
  /** Whether arriving bytes are not looked at. */
  readonly isBlind: boolean;
  /** The peer gives no sign of life. */
  onSilent(): void;
}

/**
 * Pings the peer, and keeps how many of the sent bytes it has confirmed: by the
 * pong behind them, or by its close frame.
 */
export class Liveness implements HeartbeatHost {
  readonly #host: LivenessHost;
  readonly #sender: FrameSender;
  readonly #reads: ReadHalf;
  #heartbeat: Heartbeat | undefined;
  /** The place of the latest ping in the stream of sent bytes. */
  #pingedAt: number;
  /** The place up to which the peer has confirmed them. */
  #confirmedAt: number;

  constructor(host: LivenessHost, sender: FrameSender, reads: ReadHalf) {
    this.#host = host;
    this.#sender = sender;
    this.#reads = reads;
    this.#pingedAt = this.#confirmedAt = sender.bytesTaken;
  }

  /** Pings at a pace from now on; not at all if the interval is 0 or `Infinity`. */
  start(pace: Pace): void {
    this.stop();
    const { interval } = pace;
    if (interval === Infinity || interval === 0) return;
    this.#heartbeat = new Heartbeat(this, pace);
  }

  /** Pings no more. */
  stop(): void {
    this.#heartbeat?.stop();
    this.#heartbeat = undefined;
  }

  /** Sends a ping. */
  ping(payload: Uint8Array): void {
    this.#sender.ping(payload);
    this.#pingedAt = this.#sender.position;
  }

  /** A pong has come. */
  onPong(): void {
    this.#confirmedAt = this.#pingedAt;
    this.#heartbeat?.onPong();
  }

  /** The peer has all that was sent. */
  confirmAll(): void {
    this.#confirmedAt = this.#sender.position;
  }

  /** Bytes that the system has taken and the peer has not confirmed. */
  get unconfirmed(): number {
    return this.#sender.bytesTaken - this.#confirmedAt;
  }

  // --- Of the heartbeat ---

  sendHeartbeat(): void {
    if (this.#host.state === State.open) this.ping(EMPTY);
  }

  get isBlind(): boolean {
    return this.#host.isBlind;
  }

  get signsOfLife(): number {
    const { bytesRead } = this.#reads;
    // Bytes that the system takes at once say nothing of the peer.
    return this.#sender.isIdle
      ? bytesRead
      : bytesRead + this.#sender.bytesTaken;
  }

  get transitTime(): number {
    // As long as bytes wait here, progress shows in those that the system takes.
    if (!this.#sender.isIdle) return 0;
    return transitTime(this.#pingedAt - this.#confirmedAt);
  }

  onSilent(): void {
    this.#host.onSilent();
  }
}
