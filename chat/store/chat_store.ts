import type { KeptMessage } from "../room/chat_message.ts";

/**
 * What was kept of a room.
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
  /** What it is about; empty if it has no topic. */
  readonly topic: string;
  /** Its last messages, at most 100, the oldest first. */
  readonly messages: readonly KeptMessage[];
}

/**
 * Where a {@linkcode ChatRoom} keeps what should outlive it. All calls are
 * synchronous and must not throw: a store handles its own failures. Without a
 * store, nothing outlives the room.
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
  /** The name of the sequence that the ids belong to. */
  readonly epoch: string;
  /** No id of a message up to this one is given out again. */
  readonly lastMessageId: number;
  /** No id of a user up to this one is given out again. */
  readonly lastUserId: number;
  /** Makes it certain that {@linkcode ChatStore.lastMessageId} will be this. */
  reserveMessageIds(last: number): void;
  /** Makes it certain that {@linkcode ChatStore.lastUserId} will be this. */
  reserveUserIds(last: number): void;
  /** Gives what is kept of a room, if anything is. */
  load(room: string): StoredRoom | undefined;
  /** Keeps a message; one of type `"topic"` is the room's topic from then on. */
  append(message: KeptMessage): void;
}
