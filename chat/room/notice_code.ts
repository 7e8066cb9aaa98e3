/**
 * The kind of a notice of the server, for programs that show it in their own
 * words; a notice of an operator has none. `subject` is the nickname or the room.
 *
 * @example Usage
 * ```ts
 * import { ChatRoom, type NoticeCode } from "@vnet/net/chat";
 * import { assertObjectMatch } from "@std/assert";
 *
 * const code: NoticeCode = "operator";
 * const room = new ChatRoom({ operatorToken: "open sesame" });
 * const { id } = room.join("192.0.2.1:50000", 0);
 * room.line(id, "alice", 1);
 * const [notice] = room.line(id, "/operator open sesame", 2);
 * assertObjectMatch(notice.message, { type: "notice", code });
 * ```
 */
export type NoticeCode =
  | "operator"
  | "kicked"
  | "banned"
  | "muted"
  | "unmuted"
  | "you-are-muted"
  | "you-are-unmuted"
  | "ignored"
  | "unignored"
  | "locked"
  | "unlocked"
  | "invited"
  | "was-private"
  | "was-nickname"
  | "syntax-full"
  | "syntax-plain";
