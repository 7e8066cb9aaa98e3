/**
 * Why a user left, or could not connect:
 *
 * - `"quit"`: the user asked to.
 * - `"parted"`: the user left this room, and is in others.
 * - `"closed"`: the user closed the connection.
 * - `"lost"`: the connection broke, or timed out.
 * - `"replaced"`: the user came back over another connection.
 * - `"slow"`: the user did not read, and the outgoing queue was full.
 * - `"line-too-long"`: the user sent a line that was too long.
 * - `"no-nickname"`: no nickname was chosen in time.
 * - `"wrong-protocol"`: the client speaks another protocol, such as TLS or HTTP.
 * - `"flooding"`: the user sent too fast, and ignored a warning.
 * - `"kicked"`: an operator ended the connection.
 * - `"banned"`: an operator banned the address for a time.
 * - `"full"`: the server has too many connections.
 * - `"too-many-connections"`: the address has too many connections.
 * - `"too-many-attempts"`: the address has connected too often recently.
 * - `"shutdown"`: the server is shutting down.
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
  | "wrong-protocol"
  | "flooding"
  | "kicked"
  | "banned"
  | "full"
  | "too-many-connections"
  | "too-many-attempts"
  | "shutdown";
