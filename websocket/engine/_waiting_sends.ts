import { handled } from "../../internal/errors/handled.ts";
import type { WaitOptions } from "../../internal/wait/wait_options.ts";
import { Waiter, WaitQueue } from "../../internal/wait/wait_queue.ts";
import type { DataOpcode } from "../frame/_frame_handler.ts";

/** A message that waits until it may join the bytes to be sent. */
class SendWaiter extends Waiter<void> {
  readonly opcode: DataOpcode;
  /** The message, `undefined` for one that is sent in pieces. */
  readonly data: string | Uint8Array | undefined;
  /** Whether it is being sent; its caller waits until the system has it. */
  isAdmitted = false;

  constructor(opcode: DataOpcode, data: string | Uint8Array | undefined) {
    super();
    this.opcode = opcode;
    this.data = data;
  }
}

/**
 * The messages that wait for room, in order, and the calls that wait with limits
 * of their own until their messages are sent. A limit withdraws a message that is
 * not being sent.
 */
export class WaitingSends {
  readonly #calls: WaitQueue<SendWaiter>;
  /** The last call in line whose message is being sent, if it is known. */
  #lastAdmitted: SendWaiter | undefined;

  /** How many messages wait. */
  count = 0;
  /** How many bytes they have. */
  bytes = 0;

  /** @param describe Names the operation, for the message of a timeout. */
  constructor(describe: () => string) {
    this.#calls = new WaitQueue(
      describe,
      (waiter) => {
        if (!waiter.isAdmitted) this.#leave(waiter);
        else if (waiter === this.#lastAdmitted) this.#lastAdmitted = undefined;
      },
      true,
    );
  }

  /** The error with which a call fails before it begins. */
  refuse(wait: WaitOptions | undefined): { error: unknown } | undefined {
    return this.#calls.refuse(wait);
  }

  /** Appends a message that {@linkcode refuse} has accepted. */
  add(
    opcode: DataOpcode,
    data: string | Uint8Array | undefined,
    wait: WaitOptions | undefined,
  ): Promise<void> {
    const waiter = new SendWaiter(opcode, data);
    this.count++;
    this.bytes += data?.length ?? 0;
    this.#calls.add(waiter, wait);
    return handled(waiter.promise);
  }

  /** Takes the first message; its call still waits. */
  next(): SendWaiter | undefined {
    let waiter = this.#lastAdmitted?.next ?? this.#calls.head;
    while (waiter?.isAdmitted) waiter = waiter.next;
    if (waiter === undefined) return undefined;
    waiter.isAdmitted = true;
    this.#lastAdmitted = waiter;
    this.#leave(waiter);
    return waiter;
  }

  /** Resolves a call, unless a limit has ended it. */
  settle(waiter: SendWaiter): void {
    if (this.#take(waiter)) waiter.resolve();
  }

  /** Settles a call as a promise does, unless a limit has ended it. */
  settleAfter(waiter: SendWaiter, flushed: Promise<void>): void {
    flushed.then(
      () => this.settle(waiter),
      (error) => {
        if (this.#take(waiter)) waiter.reject(error);
      },
    );
  }

  /** Resolves the calls whose messages are being sent. */
  resolveAdmitted(): void {
    for (
      let head = this.#calls.head;
      head?.isAdmitted;
      head = this.#calls.head
    ) {
      this.settle(head);
    }
  }

  /** Rejects all calls: no message waits any more. */
  rejectAll(error: unknown): void {
    this.count = this.bytes = 0;
    this.#calls.rejectAll(error);
    this.#calls.stopTiming();
  }

  #take(waiter: SendWaiter): boolean {
    const isInLine = waiter.previous !== undefined ||
      this.#calls.head === waiter;
    if (!isInLine) return false;
    if (waiter === this.#lastAdmitted) this.#lastAdmitted = waiter.previous;
    this.#calls.remove(waiter);
    return true;
  }

  #leave({ data }: SendWaiter): void {
    this.count--;
    this.bytes -= data?.length ?? 0;
  }
}
