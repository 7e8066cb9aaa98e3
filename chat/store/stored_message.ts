import type { DirectMessage, KeptMessage } from "../room/chat_message.ts";

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
 * assertEquals(message.to.nickname, "bob");
 * ```
 */
export type StoredPrivateMessage = Extract<
  DirectMessage,
  { readonly type: "private" }
>;

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
export interface HistoryPage<Message = KeptMessage> {
  /** The messages, the oldest first. */
  readonly messages: readonly Message[];
  /** Whether no earlier messages are kept. */
  readonly complete: boolean;
}
