import type { NicknameFault } from "./names/nickname.ts";
import type { RoomNameFault } from "./names/room_name.ts";

/**
 * Why a request was refused. The codes are part of the protocol; frontends choose
 * the texts.
 *
 * @example Usage
 * ```ts
 * import { ChatRoom, type ChatErrorCode } from "@vnet/net/chat";
 * import { assertObjectMatch } from "@std/assert";
 *
 * const code: ChatErrorCode = "nickname-space";
 * const room = new ChatRoom();
 * const { id } = room.join("192.0.2.1:50000", 0);
 * const [refusal] = room.line(id, "two words", 1);
 * assertObjectMatch(refusal.message, { type: "error", code });
 * ```
 */
export type ChatErrorCode =
  | NicknameFault
  | "nickname-reserved"
  | "nickname-taken"
  | "nickname-look-alike"
  | "nickname-unchanged"
  | "nickname-needed"
  | "nickname-fixed"
  | RoomNameFault
  | "room-look-alike"
  | "no-such-room"
  | "not-in-room"
  | "last-room"
  | "too-many-rooms"
  | "rooms-full"
  | "no-such-user"
  | "text-empty"
  | "text-too-long"
  | "topic-too-long"
  | "operator-needed"
  | "wrong-token"
  | "too-many-tokens"
  | "invalid-minutes"
  | "unknown-command"
  | "incomplete-command"
  | "line-too-long"
  | "invalid-utf8"
  | "not-text"
  | "not-json"
  | "unknown-type"
  | "invalid-member"
  | "unsupported-version"
  | "unexpected-hello"
  | "unavailable"
  | "no-such-message"
  | "not-your-message"
  | "too-late"
  | "muted"
  | "room-locked"
  | "owner-needed"
  | "too-many-ignored"
  | "link-needs-session"
  | "wrong-link"
  | "no-search"
  | "no-invitations";
