import type { SearchPage, SearchQuery } from "./chat_search.ts";
import type {
  HistoryPage,
  MessageChange,
  MessageOwners,
  StoredMessage,
  StoredPrivateMessage,
} from "./stored_message.ts";

/**
 * The stored part of a room.
 *
 * @example Usage
 * ```ts
 * import type { StoredRoom } from "@vnet/net/chat";
 * import { assertEquals } from "@std/assert";
 *
 * const room: StoredRoom = { topic: "Tea", messages: [] };
 * assertEquals(room.topic, "Tea");
 * ```
 */
export interface StoredRoom {
  /** The topic; empty if there is none. */
  readonly topic: string;
  /** Its last messages, at most 100, the oldest first. */
  readonly messages: readonly StoredMessage[];
}

/**
 * Stores the messages, topics and ids of a {@linkcode ChatRoom}. All calls but
 * `backup` are synchronous and must not throw: a store handles its own failures.
 * Optional members are those that a store without a file lacks.
 *
 * @example Usage
 * ```ts
 * import { ChatRoom, type ChatStore, type KeptMessage } from "@vnet/net/chat";
 * import { assertEquals } from "@std/assert";
 *
 * const kept: KeptMessage[] = [];
 * const store: ChatStore = {
 *   epoch: "2026",
 *   lastMessageId: 0,
 *   lastUserId: 0,
 *   reserveMessageIds: () => {},
 *   reserveUserIds: () => {},
 *   load: () => undefined,
 *   append: (message) => kept.push(message),
 * };
 * const room = new ChatRoom({ store });
 * const { id } = room.join("192.0.2.1:50000", 0);
 * room.line(id, "alice", 1);
 * room.line(id, "hello", 2);
 * assertEquals(kept.map(({ text }) => text), ["hello"]);
 * ```
 */
export interface ChatStore {
  /** The name of the sequence of ids. */
  readonly epoch: string;
  /** Message ids up to this one are not used again. */
  readonly lastMessageId: number;
  /** User ids up to this one are not used again. */
  readonly lastUserId: number;
  /** Stores the next {@linkcode ChatStore.lastMessageId}. */
  reserveMessageIds(last: number): void;
  /** Stores the next {@linkcode ChatStore.lastUserId}. */
  reserveUserIds(last: number): void;
  /** Returns the stored part of a room, if there is one. */
  load(room: string): StoredRoom | undefined;
  /**
   * Stores a message; one of type `"topic"` sets the topic of the room. A message
   * whose id is stored already is ignored, so that messages may be repeated.
   */
  append(message: StoredMessage): void;
  /** Stores a private message, if it has an owner. */
  appendPrivate?(message: StoredPrivateMessage, owners: MessageOwners): void;
  /** Deletes a room with all that was said there; nothing if it is not stored. */
  forget?(room: string): void;
  /** Changes or deletes a message; nothing if it is not stored. */
  change?(change: MessageChange): void;
  /** Returns the last messages of a room before an id, 1,000 at most. */
  before?(room: string, id: number, limit: number): HistoryPage;
  /** Returns the last private messages of a user before an id, 1,000 at most. */
  privateBefore?(
    owner: string,
    id: number,
    limit: number,
  ): HistoryPage<StoredPrivateMessage>;
  /** The time of the oldest message of a room, in milliseconds since the epoch. */
  oldest?(room: string): number | undefined;
  /** Finds messages by their words, among those that have been written. */
  search?(query: SearchQuery): SearchPage;
  /**
   * For servers that apply a common log: the position in it up to which all
   * messages are stored; 0 at first.
   */
  readonly position?: number;
  /**
   * Stores that all messages up to a position of the log have been given to
   * `append`, `appendPrivate` and `change`. It is written after them.
   */
  advance?(position: number): void;
  /**
   * Copies the store to a file that does not exist yet, while it is in use.
   * Rejects if that is not possible.
   */
  backup?(path: string): Promise<void>;
}
