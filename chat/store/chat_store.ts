import type { KeptMessage } from "../room/chat_message.ts";

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
 * Stores the messages, topics and ids of a {@linkcode ChatRoom}. All calls are
 * synchronous and must not throw: a store handles its own failures.
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
  /** Forgets a room and all that was said there. */
  forget?(room: string): void;
  /** Changes the text of a stored message; an empty one deletes it. */
  change?(room: string, id: number, text: string, edit: number): void;
  /** Stores a message; one of type `"topic"` sets the topic of the room. */
  append(message: KeptMessage): void;
}
