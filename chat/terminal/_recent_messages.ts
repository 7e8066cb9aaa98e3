import type { UserRef } from "../room/chat_message.ts";

/** The most messages that are remembered. */
const MAX_MESSAGES = 1000;

/** A message that somebody said in a room, or to one user. */
export interface RecentMessage {
  readonly id: number;
  /** None if it is a private one. */
  readonly room?: string | undefined;
  readonly user: UserRef;
  /** Empty if it was deleted. */
  readonly text: string;
}

/** The last messages, for answers and `/edit`, which refer to them. */
export class RecentMessages {
  /** By id. */
  readonly #messages = new Map<number, RecentMessage>();

  /** Adds a message, or its new text; drops the one with the lowest id. */
  add({ id, room, user, text }: RecentMessage): void {
    this.#messages.set(id, { id, room, user, text });
    if (this.#messages.size <= MAX_MESSAGES) return;
    this.#messages.delete(Math.min(...this.#messages.keys()));
  }

  /** Changes the text of a message. */
  change(id: number, text: string): void {
    const message = this.#messages.get(id);
    if (message !== undefined) this.#messages.set(id, { ...message, text });
  }

  find(id: number): RecentMessage | undefined {
    return this.#messages.get(id);
  }

  /**
   * The last message of a user that fits, if that is a private one, and otherwise
   * the last in a room; deleted ones do not count.
   */
  lastOf(
    room: string,
    fits: (user: UserRef) => boolean,
  ): RecentMessage | undefined {
    const all = [...this.#messages.values()].filter(({ user, text }) =>
      text !== "" && fits(user)
    ).sort((a, b) => a.id - b.id);
    const last = all.at(-1);
    return last !== undefined && last.room === undefined
      ? last
      : all.findLast((message) => message.room === room);
  }

  clear(): void {
    this.#messages.clear();
  }
}
