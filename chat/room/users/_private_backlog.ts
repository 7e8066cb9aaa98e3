import { LIMITS } from "../_limits.ts";
import type { DirectMessage, PrivateMessage } from "../chat_message.ts";
import { sizeOf } from "../rooms/_room_history.ts";

/** The most private messages and changes of such that a user's backlog keeps. */
const MAX_KEPT = 100;

/** A change of a private message. */
export type PrivateEdit = Extract<
  DirectMessage,
  { readonly type: "private-edited" }
>;

/** A private message that is kept. */
interface Kept {
  readonly message: PrivateMessage | PrivateEdit;
  /** Whether the recipient got it, and did not ignore the author. */
  readonly isHeard: boolean;
}

/** The last private messages that a user has sent and got. */
export class PrivateBacklog {
  /** In the order of their ids. */
  readonly #kept: Kept[] = [];
  #bytes = 0;

  /** Keeps a message. */
  keep(message: PrivateMessage, isHeard: boolean): void {
    this.#add({ message, isHeard });
  }

  /**
   * Gives a message its new text.
   *
   * @param isTold Whether the user is told of that.
   */
  change(edit: PrivateEdit, isTold: boolean): void {
    const { id, target, text } = edit;
    const earlier = this.#kept.findIndex(({ message }) =>
      message.type === "private-edited" && message.target === target
    );
    if (earlier !== -1) this.#remove(earlier);
    const index = this.#indexOf(target);
    const kept = this.#kept[index];
    if (kept?.message.type === "private") {
      const message = { ...kept.message, text, edited: id };
      this.#bytes += sizeOf(message) - sizeOf(kept.message);
      this.#kept[index] = { ...kept, message };
    }
    if (isTold) this.#add({ message: edit, isHeard: true });
  }

  /** Finds a message. */
  find(id: number): PrivateMessage | undefined {
    const message = this.#kept[this.#indexOf(id)]?.message;
    return message?.type === "private" ? message : undefined;
  }

  /** Whether the recipient of a message has got it. */
  isHeard(id: number): boolean {
    return this.#kept[this.#indexOf(id)]?.isHeard ?? false;
  }

  /** The last message of a user that is not deleted. */
  lastOf(user: number): PrivateMessage | undefined {
    for (const { message } of this.#kept.toReversed()) {
      const isTheirs = message.type === "private" && message.user.id === user;
      if (isTheirs && message.text !== "") return message;
    }
    return undefined;
  }

  /** The messages after an id, and the changes after it of those before. */
  missed(after: number): readonly (PrivateMessage | PrivateEdit)[] {
    return this.#kept.map(({ message }) => message).filter((message) =>
      message.id > after &&
      (message.type === "private" || message.target <= after)
    );
  }

  #add(kept: Kept): void {
    this.#kept.push(kept);
    this.#bytes += sizeOf(kept.message);
    while (
      this.#kept.length > MAX_KEPT || this.#bytes > LIMITS.answerBytes
    ) this.#remove(0);
  }

  #remove(index: number): void {
    const [removed] = this.#kept.splice(index, 1);
    if (removed !== undefined) this.#bytes -= sizeOf(removed.message);
  }

  #indexOf(id: number): number {
    return this.#kept.findLastIndex(({ message }) => message.id === id);
  }
}
