import { utf8Length } from "../../../internal/bytes/utf8_length.ts";
import { LIMITS } from "../_limits.ts";
import type { KeptMessage } from "../chat_message.ts";

/** The approximate size of a message in JSON, without its text. */
const OVERHEAD = 200;

/** A part of a history. */
export interface HistoryPart {
  /** The oldest first. */
  readonly messages: readonly KeptMessage[];
  /** Whether nothing is missing before them. */
  readonly complete: boolean;
}

/** The last messages of a room. */
export class RoomHistory {
  readonly #messages: KeptMessage[];
  /** Messages up to this id are no longer kept. */
  #gone: number;

  /** @param messages The last messages of a store. */
  constructor(messages: readonly KeptMessage[] = []) {
    this.#messages = messages.slice(-LIMITS.history);
    const [first] = this.#messages;
    const isFull = this.#messages.length === LIMITS.history;
    this.#gone = isFull && first !== undefined ? first.id - 1 : 0;
  }

  /** Notes that messages up to an id may be missing. */
  forget(id: number): void {
    this.#gone = Math.max(this.#gone, id);
  }

  /** Keeps a message, and drops the oldest beyond the limit. */
  add(message: KeptMessage): void {
    // A log may be read again from before the end of a store.
    if (message.id <= (this.#messages.at(-1)?.id ?? 0)) return;
    this.#messages.push(message);
    if (this.#messages.length <= LIMITS.history) return;
    this.#gone = this.#messages.shift()?.id ?? this.#gone;
  }

  /** Finds a message that is kept. */
  find(id: number): KeptMessage | undefined {
    return this.#messages.findLast((message) => message.id === id);
  }

  /** The last message of a user that is not deleted. */
  lastOf(user: number): KeptMessage | undefined {
    return this.#messages.findLast((message) =>
      message.user.id === user && message.type !== "topic" &&
      message.text !== ""
    );
  }

  /** Puts a changed message in the place of the one before. */
  replace(message: KeptMessage): void {
    const index = this.#messages.findLastIndex(({ id }) => id === message.id);
    if (index !== -1) this.#messages[index] = message;
  }

  /** The last messages before an id: complete if no earlier ones are kept. */
  before(id: number, limit: number): HistoryPart {
    let end = this.#messages.length;
    while (end > 0 && this.#messages[end - 1].id >= id) end--;
    const start = Math.max(0, end - limit);
    const messages = this.#messages.slice(start, end);
    return cutPage({ messages, complete: start === 0 });
  }

  /**
   * The messages after an id and earlier ones that were changed after it, or the
   * last of them if they have too many bytes: complete if none is missing.
   */
  after(id: number, maxBytes: number): HistoryPart {
    const messages = this.#messages.filter((message) =>
      lastChange(message) > id
    );
    return cutPage({ messages, complete: this.#gone <= id }, maxBytes);
  }
}

/** The last messages of a page that have no more bytes than allowed. */
export function cutPage(
  { messages, complete }: HistoryPart,
  maxBytes: number = LIMITS.answerBytes,
): HistoryPart {
  let bytes = 0;
  const last = messages.findLastIndex((message) =>
    (bytes += sizeOf(message)) > maxBytes
  );
  return {
    messages: messages.slice(last + 1),
    complete: complete && last === -1,
  };
}

/** The id of a message, or that of its last change. */
function lastChange(message: KeptMessage): number {
  return message.type === "topic" ? message.id : message.edited ?? message.id;
}

/** The approximate size of a message in JSON, in bytes. */
export function sizeOf({ text }: { readonly text: string }): number {
  return OVERHEAD + utf8Length(text);
}
