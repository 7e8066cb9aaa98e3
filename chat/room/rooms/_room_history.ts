import { utf8Length } from "../../../internal/utf8_length.ts";
import type { KeptMessage } from "../chat_message.ts";

/** The most messages that a room keeps. */
export const MAX_KEPT = 100;

/**
 * The most bytes of messages that one answer has, so that it fits into the
 * outgoing queue of a user.
 */
export const MAX_ANSWER_BYTES = 48 * 1024;

/** About what a message has beside its text, in JSON. */
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
  /** All messages up to this id are gone. */
  #gone: number;

  /** @param messages The last ones that a store has. */
  constructor(messages: readonly KeptMessage[] = []) {
    this.#messages = messages.slice(-MAX_KEPT);
    const [first] = this.#messages;
    const isFull = this.#messages.length === MAX_KEPT;
    this.#gone = isFull && first !== undefined ? first.id - 1 : 0;
  }

  /** Keeps a message, and lets go of the oldest beyond 100. */
  add(message: KeptMessage): void {
    this.#messages.push(message);
    if (this.#messages.length <= MAX_KEPT) return;
    this.#gone = this.#messages.shift()?.id ?? this.#gone;
  }

  /**
   * Gives the last messages before an id. It is complete if no earlier ones are
   * kept.
   */
  before(id: number, limit: number): HistoryPart {
    let end = this.#messages.length;
    while (end > 0 && this.#messages[end - 1].id >= id) end--;
    const start = this.#fit(Math.max(0, end - limit), end, MAX_ANSWER_BYTES);
    return {
      messages: this.#messages.slice(start, end),
      complete: start === 0,
    };
  }

  /**
   * Gives the messages after an id, the last of them if they are too many bytes.
   * It is complete if none after the id is missing.
   */
  after(id: number, maxBytes: number): HistoryPart {
    const end = this.#messages.length;
    let missed = end;
    while (missed > 0 && this.#messages[missed - 1].id > id) missed--;
    const start = this.#fit(missed, end, maxBytes);
    return {
      messages: this.#messages.slice(start),
      complete: start === missed && this.#gone <= id,
    };
  }

  /** Moves the start up until what is left has no more bytes than allowed. */
  #fit(start: number, end: number, maxBytes: number): number {
    let bytes = 0;
    for (let index = end; index > start; index--) {
      bytes += sizeOf(this.#messages[index - 1]);
      if (bytes > maxBytes) return index;
    }
    return start;
  }
}

/** About how many bytes a message has when it is encoded. */
export function sizeOf({ text }: { readonly text: string }): number {
  return OVERHEAD + utf8Length(text);
}
