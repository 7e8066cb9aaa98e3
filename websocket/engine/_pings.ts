import { handled } from "../../internal/errors/handled.ts";
import type { WaitOptions } from "../../internal/wait/wait_options.ts";
import { Waiter, WaitQueue } from "../../internal/wait/wait_queue.ts";

/** A call that waits for a pong. */
class PingWaiter extends Waiter<number> {
  readonly sentAt: number = performance.now();
  readonly payload: Uint8Array;

  constructor(payload: Uint8Array) {
    super();
    this.payload = payload;
  }
}

/** The calls that wait for pongs, in the order of their pings. */
export class Pings {
  readonly #calls: WaitQueue<PingWaiter>;

  /** @param describe Names the operation, for the message of a timeout. */
  constructor(describe: () => string) {
    this.#calls = new WaitQueue(describe, () => {}, true);
  }

  /** Sends a ping and waits for its pong; resolves to milliseconds. */
  measure(
    payload: Uint8Array,
    wait: WaitOptions | undefined,
    send: () => void,
  ): Promise<number> {
    const refusal = this.#calls.refuse(wait);
    if (refusal !== undefined) return Promise.reject(refusal.error);
    send();
    const waiter = new PingWaiter(new Uint8Array(payload));
    this.#calls.add(waiter, wait);
    return handled(waiter.promise);
  }

  /** A pong answers its ping and all before it (RFC 6455 section 5.5.3). */
  onPong(payload: Uint8Array): void {
    const calls = this.#calls;
    let answered = calls.head;
    while (answered !== undefined && !isEqual(answered.payload, payload)) {
      answered = answered.next;
    }
    if (answered === undefined) return;
    const now = performance.now();
    for (let call = calls.head; call !== undefined; call = calls.head) {
      calls.remove(call);
      call.resolve(now - call.sentAt);
      if (call === answered) return;
    }
  }

  /** The connection has ended. */
  end(error: unknown): void {
    this.#calls.rejectAll(error);
    this.#calls.stopTiming();
  }
}

function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}
