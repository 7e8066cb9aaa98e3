import { PollWait } from "../../internal/wait/poll_budget.ts";
import type { WaitOptions } from "../../internal/wait/wait_options.ts";
import { Waiter, WaitLine } from "../../internal/wait/wait_queue.ts";
import { type MessageData, MessageQueue } from "./_message_queue.ts";

/** What the reads of a connection need of it. */
export interface MessageReadsHost {
  /** What is read from, for messages. */
  readonly name: string;
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
 *
 * A loop over messages that have arrived runs by microtasks alone. So where
 * messages have been handled for so long that the runtime has to poll, the next
 * call waits for that, though there are messages.
 */
export class MessageReads extends WaitLine<MessageRead> {
  readonly #host: MessageReadsHost;
  #readable: ReadableStream<string | Uint8Array> | undefined;
  /** How the messages have ended, with an error or without, once they have. */
  #end: { readonly error: unknown } | undefined;

  /** Made for the first message that has to wait: where each is read, none is. */
  #queue: MessageQueue | undefined;
  /** Its place among those who wait for a poll; made with the queue. */
  #pollWait: PollWait | undefined;

  constructor(host: MessageReadsHost) {
    super(true);
    this.#host = host;
  }

  /** Reads a message; `null` is the end. */
  read(wait: WaitOptions | undefined): Promise<MessageData | null> {
    if (!this.#readable?.locked) return this.#read(always, wait);
    return Promise.reject(
      new TypeError(
        `Cannot read from ${this.#host.name}: a reader has locked "readable"`,
      ),
    );
  }

  /** The messages as a stream without read-ahead of its own. */
  get readable(): ReadableStream<string | Uint8Array> {
    return this.#readable ??= this.#makeReadable();
  }

  /** Messages that nobody has taken. Who puts one in has called `offer`. */
  get queue(): MessageQueue {
    return this.#queue ??= new MessageQueue();
  }

  /** Whether there are such messages. */
  get hasQueued(): boolean {
    return this.#queue !== undefined && this.#queue.length > 0;
  }

  /** Gives a message to a call that waits, and tells whether there was one. */
  offer(message: MessageData): boolean {
    // Calls that wait for a poll get what is queued first.
    if (this.hasQueued) return false;
    for (let call = this.head; call !== undefined; call = this.head) {
      this.remove(call);
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
    this.#pollWait?.leave();
    this.#serveQueued();
    this.drain((call) => {
      if (error === undefined) call.resolve(null);
      else call.reject(error);
    });
    this.stopTiming();
  }

  protected override describeWait(): string {
    return `Cannot read from ${this.#host.name}`;
  }

  protected override get mayExpire(): boolean {
    return !this.#isDeferred;
  }

  protected override onDropped(): void {
    if (this.head === undefined) this.#pollWait?.leave();
  }

  get #isDeferred(): boolean {
    return this.#pollWait !== undefined && this.#pollWait.isWaiting;
  }

  /** Whether a call has to wait for a poll, although there are messages. */
  #mustPoll(): boolean {
    if (this.#end !== undefined || !this.hasQueued) return false;
    this.#pollWait ??= new PollWait(() => this.#serveQueued());
    if (this.#pollWait.isSpent()) this.#pollWait.enter(true);
    return this.#isDeferred;
  }

  /** Gives what is queued to those who wait. */
  #serveQueued(): void {
    while (this.head !== undefined && this.hasQueued) {
      const call = this.head;
      this.remove(call);
      if (!call.isWanted()) {
        call.resolve(null);
        continue;
      }
      const message = this.#queue?.shift();
      call.resolve(message ?? null);
      this.#host.onTaken(message);
    }
  }

  #take(): MessageData | undefined {
    const message = this.#queue?.shift();
    this.#host.onTaken(message);
    return message;
  }

  #read(
    isWanted: () => boolean,
    wait: WaitOptions | undefined,
  ): Promise<MessageData | null> {
    if (this.isLimited(wait)) {
      const refusal = this.refuse(wait);
      if (refusal !== undefined) return Promise.reject(refusal.error);
    }
    if (this.head === undefined && !this.#mustPoll()) {
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
    this.add(call, wait);
    return call.promise;
  }

  #makeReadable(): ReadableStream<string | Uint8Array> {
    const stream: ReadableStream<string | Uint8Array> = new ReadableStream({
      pull: (controller) => {
        const isFirst = this.head === undefined && !this.#mustPoll();
        const message = isFirst ? this.#take() : undefined;
        if (message !== undefined) return controller.enqueue(message);
        return this.#pull(controller, () => stream.locked);
      },
      cancel: async () => {
        this.#queue?.clear();
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
    else if (this.#end !== undefined && !this.hasQueued) {
      controller.close();
    }
  }
}
