import { handled } from "../errors/handled.ts";
import type { WaitOptions } from "../wait/wait_options.ts";
import { Waiter, WaitQueue } from "../wait/wait_queue.ts";
import { Notifier } from "../wait/notifier.ts";
import { UncertainWriteError } from "./uncertain_write_error.ts";

/** The bytes that a unit counts beside its own, which bounds empty ones too. */
export const UNIT_OVERHEAD = 64;

/**
 * The treatment of a message or line that is written when as many bytes wait to
 * be sent as may: it waits too, and `writable` signals backpressure (`"wait"`);
 * those that wait longest are dropped for it (`"drop-oldest"`); or it is refused
 * (`"fail"`). The calls that are dropped or refused reject with a
 * `DOMException` named `QuotaExceededError`.
 *
 * @example Usage
 * ```ts
 * import type { BufferPolicy } from "@vnet/net/tcp";
 * import { assertEquals } from "@std/assert";
 *
 * const policy: BufferPolicy = "drop-oldest";
 * assertEquals(policy, "drop-oldest");
 * ```
 */
export type BufferPolicy = "wait" | "drop-oldest" | "fail";

/** The outcome of units that were handed to a connection, in order. */
export interface SendResult {
  /** How many were given to the system whole. */
  readonly sent: number;
  /** How many behind them were given in part, or perhaps. */
  readonly uncertain: number;
  /** Whether the connection takes no more units. */
  readonly isOver: boolean;
  /** Why, if sending has failed. */
  readonly error?: unknown;
}

/** A unit that waits to be sent, with the promise of its caller. */
class Unit<U> extends Waiter<void> {
  readonly data: U;
  readonly size: number;
  isSending = false;
  /** Whether its caller still waits. */
  isInLine = true;

  constructor(data: U, size: number) {
    super();
    this.data = data;
    this.size = size;
    handled(this.promise);
  }
}

/**
 * The units that wait to be sent, in the order written, over all connections. A
 * connection takes some, and tells their outcome; those that it has not begun
 * to send wait for the next one.
 */
export class SendBuffer<U> {
  readonly #maxBytes: number;
  readonly #policy: BufferPolicy;
  readonly #line: WaitQueue<Unit<U>>;
  readonly #notifier = new Notifier();
  #sending: readonly Unit<U>[] = [];
  #makeError: (() => unknown) | undefined;
  /** Whether units were left at the end. */
  #hasFailed = false;

  /** Bytes that wait and are not on their way. */
  waitingBytes = 0;
  /** Units given to the system whole. */
  sent = 0;
  /** Units dropped or refused by the policy. */
  dropped = 0;
  /** Units that were on their way when a connection was lost. */
  uncertain = 0;

  constructor(maxBytes: number, policy: BufferPolicy) {
    this.#maxBytes = maxBytes;
    this.#policy = policy;
    this.#line = new WaitQueue<Unit<U>>(
      () => "Cannot send",
      (unit) => this.#leave(unit),
      true,
    );
  }

  /** Whether all has been sent that was written. */
  get isEmpty(): boolean {
    return this.#line.head === undefined && this.#sending.length === 0;
  }

  /** Resolves when anything has changed, or {@linkcode SendBuffer.wake} is called. */
  changed(): Promise<void> {
    return this.#notifier.changed();
  }

  /** Wakes those that wait for a change. */
  wake(): void {
    this.#notifier.notify();
  }

  /**
   * Puts a unit behind the others.
   *
   * @returns A promise that resolves when the unit has been given to the system.
   * It need not be awaited.
   * @throws If the unit is refused.
   */
  put(data: U, size: number, wait?: WaitOptions): Promise<void> {
    if (this.#makeError !== undefined) throw this.#makeError();
    const refusal = this.#line.refuse(wait);
    if (refusal !== undefined) throw refusal.error;
    if (this.#policy === "fail" && !this.#hasRoom(size)) {
      this.dropped++;
      throw this.#quotaError();
    }
    if (this.#policy === "drop-oldest") this.#dropOldest(size);
    const unit = new Unit(data, size);
    this.waitingBytes += size;
    this.#line.add(unit, wait);
    this.wake();
    return unit.promise;
  }

  /**
   * Resolves when fewer bytes wait than may, or none; by other policies, at once.
   */
  async room(): Promise<void> {
    if (this.#policy !== "wait") return;
    while (this.waitingBytes > 0 && this.waitingBytes >= this.#maxBytes) {
      await this.changed();
    }
  }

  /**
   * Resolves when nothing waits, or rejects if that ends without being sent, or
   * with the reason of the signal.
   */
  async flushed(signal: AbortSignal): Promise<void> {
    const wake = () => this.wake();
    signal.addEventListener("abort", wake);
    while (!this.isEmpty && !signal.aborted) await this.changed();
    signal.removeEventListener("abort", wake);
    signal.throwIfAborted();
    if (this.#hasFailed) throw this.#makeError?.();
  }

  /** Takes units to be sent: some bytes of them, or one larger one. */
  take(maxBytes: number): readonly U[] {
    const units: Unit<U>[] = [];
    let bytes = 0;
    for (
      let unit = this.#line.head;
      unit !== undefined && (bytes === 0 || bytes + unit.size <= maxBytes);
      unit = unit.next
    ) {
      units.push(unit);
      bytes += unit.size;
      unit.isSending = true;
      this.waitingBytes -= unit.size;
    }
    this.#sending = units;
    if (units.length > 0) this.wake();
    return units.map(({ data }) => data);
  }

  /** Settles the units that were taken last. */
  settle({ sent, uncertain, error }: SendResult): void {
    const units = this.#sending;
    this.#sending = [];
    this.sent += sent;
    this.uncertain += uncertain;
    for (const [index, unit] of units.entries()) {
      if (!unit.isInLine) continue;
      if (index >= sent + uncertain) {
        unit.isSending = false;
        this.waitingBytes += unit.size;
        continue;
      }
      this.#line.remove(unit);
      if (index < sent) unit.resolve();
      else unit.reject(uncertainError(error));
    }
    this.wake();
  }

  /** Takes no more units; those that wait may still be sent. */
  finish(makeError: () => unknown): void {
    this.#makeError ??= makeError;
    this.wake();
  }

  /** Rejects the units that wait, and all later ones. */
  end(makeError: () => unknown): void {
    this.#makeError = makeError;
    this.#hasFailed = !this.isEmpty;
    this.#line.drain((unit) => unit.reject(makeError()));
    this.#line.stopTiming();
    this.waitingBytes = 0;
    this.wake();
  }

  #hasRoom(size: number): boolean {
    return this.waitingBytes === 0 ||
      this.waitingBytes + size <= this.#maxBytes;
  }

  #dropOldest(size: number): void {
    let unit = this.#line.head;
    while (unit !== undefined && !this.#hasRoom(size)) {
      const { next } = unit;
      if (!unit.isSending) {
        this.#line.remove(unit);
        this.#leave(unit);
        this.dropped++;
        unit.reject(this.#quotaError());
      }
      unit = next;
    }
  }

  /** A unit has left the line. One that is being sent goes out all the same. */
  #leave(unit: Unit<U>): void {
    unit.isInLine = false;
    if (!unit.isSending) this.waitingBytes -= unit.size;
    this.wake();
  }

  #quotaError(): DOMException {
    return new DOMException(
      `Cannot send: ${this.#maxBytes} bytes may wait, and no more`,
      "QuotaExceededError",
    );
  }
}

function uncertainError(cause: unknown): UncertainWriteError {
  return new UncertainWriteError(
    "Cannot tell whether it has arrived: the connection was lost on the way",
    { cause },
  );
}
