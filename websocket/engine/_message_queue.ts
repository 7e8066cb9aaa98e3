import { Queue } from "../../internal/queue.ts";
import { queuedSize } from "./_message_engine.ts";

/** A message in a queue. */
export type MessageData = string | Uint8Array<ArrayBuffer>;

/** How many messages may wait to be read. */
const MAX_COUNT = 1024;
/** How many bytes they may have. */
const MAX_BYTES = 1024 * 1024;

/**
 * Received messages that have not been read, in order. It is full at
 * 1,024 messages or 1 MiB, whichever comes first; text counts as one byte a
 * character.
 */
export class MessageQueue {
  readonly #messages = new Queue<MessageData>();
  #bytes = 0;

  /** How many messages wait. */
  get length(): number {
    return this.#messages.length;
  }

  /** The size of all, as {@linkcode queuedSize} counts it. */
  get size(): number {
    return this.#bytes + this.length * queuedSize("");
  }

  /** Whether no more should come. */
  get isFull(): boolean {
    return this.length >= MAX_COUNT || this.#bytes >= MAX_BYTES;
  }

  /** Whether so many have been taken that more may come. */
  get hasRoom(): boolean {
    return this.length <= MAX_COUNT / 2 && this.#bytes <= MAX_BYTES / 2;
  }

  /** Appends a message. */
  push(message: MessageData): void {
    this.#messages.push(message);
    this.#bytes += message.length;
  }

  /** Takes the first message. */
  shift(): MessageData | undefined {
    const message = this.#messages.shift();
    this.#bytes -= message?.length ?? 0;
    return message;
  }

  /** Forgets all messages. */
  clear(): void {
    this.#messages.clear();
    this.#bytes = 0;
  }
}
