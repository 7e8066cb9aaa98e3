import { sleep } from "../../internal/wait/sleep.ts";
import { jetStreamCode, WRONG_LAST_SEQUENCE } from "./_nats_link.ts";
import type { NatsStream } from "./_nats_stream.ts";
import type { ChatLease } from "./chat_log.ts";

/** The part of a lease's time after which it is renewed. */
const RENEWED_AFTER = 1 / 4;

/**
 * A lease: the last message of a subject, in a stream that keeps messages for as
 * long as the lease lasts. Each renewal replaces the message that it knows of.
 */
export class NatsLease implements ChatLease {
  readonly #stream: NatsStream;
  readonly #subject: string;
  readonly #time: number;
  /** Tells this lease from another one of the same server. */
  readonly #token = new TextEncoder().encode(crypto.randomUUID());
  readonly #lost = Promise.withResolvers<void>();
  readonly #stop = new AbortController();
  #sequence = 0;
  #clocks = readClocks();
  #wasPaused = false;
  #running: Promise<void> | undefined;
  #renewing: Promise<void> | undefined;

  private constructor(stream: NatsStream, subject: string, time: number) {
    this.#stream = stream;
    this.#subject = subject;
    this.#time = time;
  }

  /**
   * Takes a lease, and renews it until a signal is aborted.
   *
   * @param time Milliseconds that the stream keeps messages.
   */
  static async take(
    stream: NatsStream,
    subject: string,
    time: number,
    signal: AbortSignal,
  ): Promise<NatsLease> {
    const lease = new NatsLease(stream, subject, time);
    try {
      await lease.#put(0);
    } catch (error) {
      if (jetStreamCode(error) !== WRONG_LAST_SEQUENCE) throw error;
      throw new Error(
        `Cannot take lease "${subject}": another process has it`,
        {
          cause: error,
        },
      );
    }
    lease.#running = lease.#run(AbortSignal.any([signal, lease.#stop.signal]));
    return lease;
  }

  get lost(): Promise<void> {
    return this.#lost.promise;
  }

  /** Resolves when it is not renewed any more. */
  async stopped(): Promise<void> {
    await this.#running;
  }

  async release(): Promise<void> {
    this.#stop.abort();
    await this.#running;
    const holder = await this.#stream.get({ last_by_subj: this.#subject })
      .catch(() => null);
    if (holder === null || !this.#isOwn(holder.data)) return;
    // Without a connection, it lapses.
    await this.#stream.purge({ filter: this.#subject }).catch(() => {});
  }

  /** Looks at the clocks and starts a renewal, again and again. */
  async #run(signal: AbortSignal): Promise<void> {
    try {
      while (true) {
        await sleep(this.#time * RENEWED_AFTER, signal);
        this.#notePause();
        this.#renewing ??= this.#renew().finally(() =>
          this.#renewing = undefined
        );
      }
    } catch {
      // The signal was aborted.
    }
    await this.#renewing;
  }

  async #renew(): Promise<void> {
    const wasPaused = this.#wasPaused;
    try {
      if (await this.#isHeld()) {
        if (wasPaused) this.#wasPaused = false;
        return;
      }
    } catch {
      // The broker is away. That alone is no reason to give up the lease.
      return;
    }
    this.#stop.abort();
    this.#lost.resolve();
  }

  /**
   * Renews the lease, or takes it again if it has lapsed only because the broker
   * could not be reached.
   */
  async #isHeld(): Promise<boolean> {
    try {
      await this.#put(this.#sequence);
      return true;
    } catch (error) {
      if (jetStreamCode(error) !== WRONG_LAST_SEQUENCE) throw error;
    }
    const holder = await this.#stream.get({ last_by_subj: this.#subject });
    if (holder !== null) {
      // An earlier renewal may have been stored without an answer.
      this.#sequence = holder.seq;
      return this.#isOwn(holder.data);
    }
    this.#notePause();
    if (this.#wasPaused) return false;
    await this.#put(0);
    return true;
  }

  /** Notices that the process did not run for as long as the lease lasts. */
  #notePause(): void {
    const now = readClocks();
    const before = this.#clocks;
    this.#clocks = now;
    this.#wasPaused ||= now.monotonic - before.monotonic > this.#time ||
      now.wall - before.wall > this.#time;
  }

  async #put(expected: number): Promise<void> {
    const expect = { lastSubjectSequence: expected };
    this.#sequence = await this.#stream.publish(this.#subject, this.#token, {
      expect,
    });
  }

  #isOwn(token: Uint8Array): boolean {
    return token.length === this.#token.length &&
      token.every((byte, index) => byte === this.#token[index]);
  }
}

interface Clocks {
  /** Runs on while the process is stopped, but not while its machine sleeps. */
  readonly monotonic: number;
  /** Runs on in both cases, but can be set. */
  readonly wall: number;
}

function readClocks(): Clocks {
  return { monotonic: performance.now(), wall: Date.now() };
}
