import type { WaitOptions } from "../../internal/wait/wait_options.ts";
import type { KeptMessage } from "../room/chat_message.ts";
import type { SearchPage, SearchQuery } from "./chat_search.ts";
import type {
  HistoryPage,
  MessageOwners,
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
  readonly messages: readonly KeptMessage[];
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
  append(message: KeptMessage): void;
  /** Stores a private message, if it has an owner. */
  appendPrivate?(message: StoredPrivateMessage, owners: MessageOwners): void;
  /**
   * Changes the text of something said in a room. An empty one deletes it: the
   * message is still in the history, without a text.
   *
   * @param edit The id of the change.
   */
  change?(room: string, id: number, text: string, edit: number): void;
  /**
   * Changes the text of a private message, as {@linkcode ChatStore.change} does.
   *
   * @param edit The id of the change.
   */
  changePrivate?(id: number, text: string, edit: number): void;
  /**
   * Notes that a room is by invitation only, or not any more, so that it can be
   * forgotten if the server ends without having closed it.
   */
  lock?(room: string, isOn: boolean): void;
  /** The rooms that were locked when the store was opened. */
  readonly lockedRooms?: readonly string[];
  /** Forgets a room and all that was said there. */
  forget?(room: string): void;
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
   * Stores that all up to a position of the log has been given to the calls above.
   * It is written after them.
   */
  advance?(position: number): void;
  /**
   * Copies the store to a file that does not exist yet, while it is in use.
   * Rejects if that is not possible, or at a limit; then there is no such file.
   */
  backup?(path: string, wait?: WaitOptions): Promise<void>;
}
