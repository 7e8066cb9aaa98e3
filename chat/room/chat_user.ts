/**
 * A connected user, as the server sees it.
 *
 * @example Usage
 * ```ts
 * import { type ChatUser, ChatRoom } from "@vnet/net/chat";
 * import { assertEquals } from "@std/assert";
 *
 * const room = new ChatRoom();
 * const { id } = room.join("192.0.2.1:50000", 5);
 * const user: ChatUser | undefined = room.user(id);
 * assertEquals(user, {
 *   id: 1,
 *   address: "192.0.2.1:50000",
 *   enteredAt: 5,
 *   nickname: undefined,
 * });
 * ```
 */
export interface ChatUser {
  /** Counted from 1, and never used again; a session keeps it. */
  readonly id: number;
  /** The network address, which other users do not see. */
  readonly address: string;
  /** When the user connected, in milliseconds since the epoch. */
  readonly enteredAt: number;
  /** The nickname; `undefined` until one is chosen. */
  readonly nickname: string | undefined;
}
