/**
 * Why a user left, or could not come in:
 *
 * - `"quit"`: the user said so.
 * - `"parted"`: the user left this room, and is in others.
 * - `"closed"`: the user's side ended the connection.
 * - `"lost"`: the connection broke, or nothing came over it any more.
 * - `"replaced"`: the user came back over another connection.
 * - `"slow"`: the user did not read, and the outgoing queue was full.
 * - `"line-too-long"`: the user sent a line that was longer than allowed.
 * - `"no-nickname"`: no nickname was chosen in time.
 * - `"flooding"`: the user sent too fast, and went on in spite of a warning.
 * - `"kicked"`: an operator ended the connection.
 * - `"banned"`: an operator lets nobody in from that address for a time.
 * - `"full"`: the server has as many connections as it takes.
 * - `"too-many-connections"`: that address has as many as it may have.
 * - `"too-many-attempts"`: that address has come too often lately.
 * - `"shutdown"`: the server stopped.
 *
 * @example Usage
 * ```ts
 * import { ChatRoom, type LeaveReason } from "@vnet/net/chat";
 * import { assertEquals } from "@std/assert";
 *
 * const reason: LeaveReason = "lost";
 * const room = new ChatRoom();
 * const { id } = room.join("192.0.2.1:50000", 0);
 * assertEquals(room.leave(id, reason, 1), []);
 * ```
 */
export type LeaveReason =
  | "quit"
  | "parted"
  | "closed"
  | "lost"
  | "replaced"
  | "slow"
  | "line-too-long"
  | "no-nickname"
  | "flooding"
  | "kicked"
  | "banned"
  | "full"
  | "too-many-connections"
  | "too-many-attempts"
  | "shutdown";
