import type { WaitOptions } from "../internal/wait_options.ts";
import { Waiter, WaitQueue } from "../internal/wait_queue.ts";
import { type MessageData, MessageQueue } from "./_message_queue.ts";

/** What the reads of a connection need of it. */
export interface MessageReadsHost {
  /** A message was taken, or somebody waits for one that has not come. */
  onTaken(message: MessageData | undefined): void;
  /** The stream was cancelled; resolves when the connection has ended. */
  cancel(): Promise<unknown>;
}

/** A read that waits for a message. */
class MessageRead extends Waiter<MessageData | null> {
  /** Whether it wants the message still, at the moment it is there. */
  readonly isWanted: () => boolean;

  constructor(isWanted: () => boolean) {
    super();
    this.isWanted = isWanted;
  }
}

const always = () => true;

/**
 * The reading side of a connection of messages: calls that wait in the order
 * asked, messages that wait for calls, and the stream over both.
 */
export class MessageReads {
  readonly #name: string;
  readonly #host: MessageReadsHost;
  readonly #calls: WaitQueue<MessageRead>;
  #readable: ReadableStream<string | Uint8Array> | undefined;
  /** How the messages have ended, with an error or without, once they have. */
  #end: { readonly error: unknown } | undefined;

  /** Messages that nobody has taken. Who puts one in has called `offer`. */
  readonly queue: MessageQueue = new MessageQueue();

  constructor(name: string, host: MessageReadsHost) {
    this.#name = name;
    this.#host = host;
    this.#calls = new WaitQueue(
      () => `Cannot read from ${this.#name}`,
      () => {},
      true,
    );
  }

  /** Milliseconds that each call may take. */
  get timeout(): number {
    return this.#calls.timeout;
  }

  set timeout(timeout: number) {
    this.#calls.timeout = timeout;
  }

  /** The moment at which calls time out. */
  get deadline(): Date | undefined {
    return this.#calls.deadline;
  }

  /** Sets that moment, for pending calls too. */
  setDeadline(deadline: Date | number | undefined): void {
    this.#calls.setDeadline(deadline);
  }

  /** Reads a message; `null` is the end. */
  read(wait: WaitOptions | undefined): Promise<MessageData | null> {
    if (!this.#readable?.locked) return this.#read(always, wait);
    return Promise.reject(
      new TypeError(
        `Cannot read from ${this.#name}: a reader has locked "readable"`,
      ),
    );
  }

  /** The messages as a stream without read-ahead of its own. */
  get readable(): ReadableStream<string | Uint8Array> {
    return this.#readable ??= this.#makeReadable();
  }

  /** Gives a message to a call that waits, and tells whether there was one. */
  offer(message: MessageData): boolean {
    const calls = this.#calls;
    for (let call = calls.head; call !== undefined; call = calls.head) {
      calls.remove(call);
      if (call.isWanted()) {
        call.resolve(message);
        return true;
      }
      call.resolve(null);
    }
    return false;
  }

  /**
   * No message comes any more: calls get `null`, or the error if there is one.
   * What is in the queue is read before. Only the first end counts.
   */
  end(error?: unknown): void {
    if (this.#end !== undefined) return;
    this.#end = { error };
    this.#calls.drain((call) => {
      if (error === undefined) call.resolve(null);
      else call.reject(error);
    });
    this.#calls.close();
  }

  #take(): MessageData | undefined {
    const message = this.queue.shift();
    this.#host.onTaken(message);
    return message;
  }

  #read(
    isWanted: () => boolean,
    wait: WaitOptions | undefined,
  ): Promise<MessageData | null> {
    if (this.#calls.isLimited(wait)) {
      const refusal = this.#calls.refuse(wait);
      if (refusal !== undefined) return Promise.reject(refusal.error);
    }
    if (this.#calls.head === undefined) {
      const message = this.#take();
      if (message !== undefined) return Promise.resolve(message);
    }
    if (this.#end !== undefined) {
      const { error } = this.#end;
      return error === undefined
        ? Promise.resolve(null)
        : Promise.reject(error);
    }
    const call = new MessageRead(isWanted);
    this.#calls.add(call, wait);
    return call.promise;
  }

  #makeReadable(): ReadableStream<string | Uint8Array> {
    const stream: ReadableStream<string | Uint8Array> = new ReadableStream({
      pull: (controller) => {
        const isFirst = this.#calls.head === undefined;
        const message = isFirst ? this.#take() : undefined;
        if (message !== undefined) return controller.enqueue(message);
        return this.#pull(controller, () => stream.locked);
      },
      cancel: async () => {
        this.queue.clear();
        await this.#host.cancel();
      },
    }, { highWaterMark: 0 });
    return stream;
  }

  /** Waits for a message, which is left to others if the lock is gone by then. */
  async #pull(
    controller: ReadableStreamDefaultController<string | Uint8Array>,
    isLocked: () => boolean,
  ): Promise<void> {
    const message = await this.#read(isLocked, undefined);
    if (message !== null) controller.enqueue(message);
    else if (this.#end !== undefined && this.queue.length === 0) {
      controller.close();
    }
  }
}
