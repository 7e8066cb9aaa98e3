import type { Clock } from "../../../internal/reconnect/clock.ts";
import type { Closable } from "../../../internal/reconnect/reconnector.ts";

/** A clock that jumps over each pause, and notes how long it was. */
export class FakeClock implements Clock {
  readonly delays: number[] = [];
  /** The part of its ceiling that each pause is. */
  part = 1;
  time = 0;

  now(): number {
    return this.time;
  }

  random(): number {
    return this.part;
  }

  sleep(delay: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    this.delays.push(delay);
    this.time += delay;
    return Promise.resolve();
  }
}

/** A clock whose pauses end by the signal only. */
export class StoppedClock extends FakeClock {
  override sleep(delay: number, signal: AbortSignal): Promise<void> {
    this.delays.push(delay);
    return new Promise((_resolve, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason));
    });
  }
}

/** A connection that ends when it is told to. */
export class FakeConn implements Closable {
  readonly #ended = Promise.withResolvers<void>();
  calls: string[] = [];

  get closed(): Promise<void> {
    return this.#ended.promise;
  }

  close(): void {
    this.calls.push("close");
    this.#ended.resolve();
  }

  terminate(): void {
    this.calls.push("terminate");
    this.#ended.resolve();
  }
}
