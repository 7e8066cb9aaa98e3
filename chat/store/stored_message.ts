import type { DirectMessage, KeptMessage } from "../room/chat_message.ts";

/**
 * A message of a room in a {@linkcode ChatStore}.
 *
 * @example Usage
 * ```ts
 * import type { StoredMessage } from "@vnet/net/chat";
 * import { assertEquals } from "@std/assert";
 *
 * const message: StoredMessage = {
 *   id: 8,
 *   time: 0,
 *   room: "lobby",
 *   type: "said",
 *   user: { id: 1, nickname: "alice" },
 *   text: "You, too",
 *   replyTo: 7,
 * };
 * assertEquals(message.edited, undefined);
 * ```
 */
export type StoredMessage = KeptMessage & {
  /** The id of the message that it answers, which may be gone. */
  readonly replyTo?: number | undefined;
  /** The id of the last change of its text. */
  readonly edited?: number | undefined;
};

/**
 * A private message in a {@linkcode ChatStore}.
 *
 * @example Usage
 * ```ts
 * import type { StoredPrivateMessage } from "@vnet/net/chat";
 * import { assertEquals } from "@std/assert";
 *
 * const message: StoredPrivateMessage = {
 *   id: 9,
 *   time: 0,
 *   type: "private",
 *   user: { id: 1, nickname: "alice" },
 *   to: { id: 2, nickname: "bob" },
 *   text: "Psst",
 * };
 * assertEquals(message.replyTo, undefined);
 * ```
 */
export type StoredPrivateMessage =
  & Extract<DirectMessage, { readonly type: "private" }>
  & Pick<StoredMessage, "replyTo" | "edited">;

/**
 * The two users who may find a private message. A key stands for one person for
 * good, such as the hash of a session's token or the name of an account. It must
 * never depend on a nickname, which others may take later. Keys are compared
 * exactly, and have 1 to 64 characters.
 *
 * @example Usage
 * ```ts
 * import type { MessageOwners } from "@vnet/net/chat";
 * import { assertEquals } from "@std/assert";
 *
 * const owners: MessageOwners = { author: "k3jx0c", recipient: "a9w2vb" };
 * assertEquals(owners.author, "k3jx0c");
 * ```
 */
export interface MessageOwners {
  /** The key of the author; none if the author can't come back. */
  readonly author?: string | undefined;
  /** The key of the recipient; none if the recipient can't come back. */
  readonly recipient?: string | undefined;
}

/**
 * A change of a stored message, which is not a topic.
 *
 * @example Usage
 * ```ts
 * import type { MessageChange } from "@vnet/net/chat";
 * import { assertEquals } from "@std/assert";
 *
 * const change: MessageChange = { id: 8, time: 1, room: "lobby", text: "Oh" };
 * assertEquals(change.text, "Oh");
 * ```
 */
export interface MessageChange {
  /** The message. */
  readonly id: number;
  /** Its room; none for a private message. */
  readonly room?: string | undefined;
  /** The id of the change. */
  readonly edit: number;
  /** The new text; none if the message is deleted. */
  readonly text?: string | undefined;
}

/**
 * A part of a history.
 *
 * @example Usage
 * ```ts
 * import type { HistoryPage } from "@vnet/net/chat";
 * import { assertEquals } from "@std/assert";
 *
 * const page: HistoryPage = { messages: [], complete: true };
 * assertEquals(page.messages.length, 0);
 * ```
 */
export interface HistoryPage<Message = StoredMessage> {
  /** The messages, the oldest first. */
  readonly messages: readonly Message[];
  /** Whether no earlier messages are kept. */
  readonly complete: boolean;
}
