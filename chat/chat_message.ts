/**
 * Someone in the chat, as the others see them. The network address is no part
 * of it.
 *
 * @example Usage
 * ```ts
 * import type { UserRef } from "@vnet/net/chat";
 * import { assertEquals } from "@std/assert";
 *
 * const alice: UserRef = { id: 1, nickname: "alice" };
 * assertEquals(alice.origin, undefined);
 * ```
 */
export interface UserRef {
  /** Unique on one server, counted from 1, and never given out again. */
  readonly id: number;
  /** The nickname at the time of the message. */
  readonly nickname: string;
  /** The server that the user is on, for users of another one. */
  readonly origin?: string | undefined;
}

/**
 * Someone in a list of users.
 *
 * @example Usage
 * ```ts
 * import type { UserEntry } from "@vnet/net/chat";
 * import { assertEquals } from "@std/assert";
 *
 * const entry: UserEntry = { id: 1, nickname: "alice", enteredAt: 60_000 };
 * assertEquals(new Date(entry.enteredAt).getUTCMinutes(), 1);
 * ```
 */
export interface UserEntry extends UserRef {
  /** When the user connected, in milliseconds since the epoch. */
  readonly enteredAt: number;
}

/**
 * Why a user left:
 *
 * - `"quit"`: the user said so.
 * - `"closed"`: the user's side ended the connection.
 * - `"lost"`: the connection broke.
 * - `"slow"`: the user did not read, and the outgoing queue was full.
 * - `"line-too-long"`: the user sent a line that was longer than allowed.
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
  | "closed"
  | "lost"
  | "slow"
  | "line-too-long"
  | "shutdown";

/**
 * Why something that a user sent was refused. The codes are part of the
 * protocol; the words for them are up to the front end.
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
  | "nickname-empty"
  | "nickname-too-long"
  | "nickname-space"
  | "nickname-colon"
  | "nickname-slash"
  | "nickname-mark"
  | "nickname-invisible"
  | "nickname-reserved"
  | "nickname-taken"
  | "nickname-look-alike"
  | "nickname-unchanged"
  | "nickname-needed"
  | "no-such-user"
  | "text-empty"
  | "unknown-command"
  | "incomplete-command"
  | "line-too-long"
  | "invalid-utf8";

/**
 * What everyone in a room hears of, before it has its place in the room's order.
 *
 * @example Usage
 * ```ts
 * import type { RoomEvent } from "@vnet/net/chat";
 * import { assertEquals } from "@std/assert";
 *
 * const user = { id: 1, nickname: "alice" };
 * const event: RoomEvent = { type: "said", user, text: "你好" };
 * assertEquals(event.user.nickname, "alice");
 * ```
 */
export type RoomEvent =
  | {
    /** A user chose the first nickname, and is now in the room. */
    readonly type: "joined";
    /** Who joined. */
    readonly user: UserRef;
  }
  | {
    /** A user is gone. */
    readonly type: "left";
    /** Who left. */
    readonly user: UserRef;
    /** Why. */
    readonly reason: LeaveReason;
  }
  | {
    /** A user said something, or described what they do (`/me`). */
    readonly type: "said" | "action";
    /** Who spoke. */
    readonly user: UserRef;
    /** One line of text in any language, without control characters. */
    readonly text: string;
  }
  | {
    /** A user changed the nickname. */
    readonly type: "renamed";
    /** Who it is, by the new nickname. */
    readonly user: UserRef;
    /** The nickname before. */
    readonly previous: string;
  };

/**
 * A room event at its place: what everyone in the room hears, in this order.
 *
 * @example Usage
 * ```ts
 * import type { RoomMessage } from "@vnet/net/chat";
 * import { assertEquals } from "@std/assert";
 *
 * const message: RoomMessage = {
 *   id: 7,
 *   time: Date.UTC(2026, 0, 1),
 *   room: "lobby",
 *   type: "said",
 *   user: { id: 1, nickname: "alice" },
 *   text: "Happy new year",
 * };
 * assertEquals(message.id, 7);
 * ```
 */
export type RoomMessage = RoomEvent & {
  /** Rises with every message of the server. */
  readonly id: number;
  /** When it happened, in milliseconds since the epoch. */
  readonly time: number;
  /** The name of the room. */
  readonly room: string;
};

/**
 * What is meant for one user, or for the two ends of a private message.
 *
 * @example Usage
 * ```ts
 * import { ChatRoom } from "@vnet/net/chat";
 * import { assertEquals } from "@std/assert";
 *
 * const room = new ChatRoom();
 * const { deliveries } = room.join("192.0.2.1:50000", 0);
 * assertEquals(
 *   deliveries.map(({ message }) => message.type),
 *   ["greeting", "nickname-request"],
 * );
 * ```
 */
export type DirectMessage =
  | {
    /** The first message to everyone who connects. */
    readonly type: "greeting";
    /** When, in milliseconds since the epoch. */
    readonly time: number;
    /** What the server is called, if it has a name. */
    readonly server?: string | undefined;
    /** The user's own address, which nobody else is told. */
    readonly address: string;
    /** How many people are in the chat, the newcomer counted too. */
    readonly online: number;
  }
  | {
    /** The next line should be a nickname. */
    readonly type: "nickname-request";
    /** When, in milliseconds since the epoch. */
    readonly time: number;
  }
  | {
    /** The nickname is accepted: the user is in the room. */
    readonly type: "welcome";
    /** When, in milliseconds since the epoch. */
    readonly time: number;
    /** The room entered. */
    readonly room: string;
    /** The user's own id and nickname. */
    readonly user: UserRef;
    /** How many people are in the room, the user counted too. */
    readonly online: number;
  }
  | {
    /** A private message: the sender is told of it too. */
    readonly type: "private";
    /** Rises with every message of the server. */
    readonly id: number;
    /** When, in milliseconds since the epoch. */
    readonly time: number;
    /** Who wrote it. */
    readonly user: UserRef;
    /** Who it is for. */
    readonly to: UserRef;
    /** One line of text in any language, without control characters. */
    readonly text: string;
  }
  | {
    /** Who is in the room, in the order of their nicknames' choice. */
    readonly type: "users";
    /** When, in milliseconds since the epoch. */
    readonly time: number;
    /** The room asked about. */
    readonly room: string;
    /** All of them, the one who asks included. */
    readonly users: readonly UserEntry[];
  }
  | {
    /** The user asked which commands there are. */
    readonly type: "help";
    /** When, in milliseconds since the epoch. */
    readonly time: number;
  }
  | {
    /** What the user sent was refused. */
    readonly type: "error";
    /** When, in milliseconds since the epoch. */
    readonly time: number;
    /** Why. */
    readonly code: ChatErrorCode;
    /** The nickname or the command that it is about, if it is about one. */
    readonly subject?: string | undefined;
  }
  | {
    /** The last message: the front end sends it and closes the connection. */
    readonly type: "goodbye";
    /** When, in milliseconds since the epoch. */
    readonly time: number;
    /** Why. */
    readonly reason: LeaveReason;
  };

/**
 * All that a user can be sent. It is made of plain values: one front end turns
 * it into lines of text, another one into JSON.
 *
 * @example Usage
 * ```ts
 * import type { ChatMessage } from "@vnet/net/chat";
 * import { assertEquals } from "@std/assert";
 *
 * const message: ChatMessage = { type: "goodbye", time: 0, reason: "quit" };
 * assertEquals(JSON.parse(JSON.stringify(message)), message);
 * ```
 */
export type ChatMessage = RoomMessage | DirectMessage;

/**
 * A message and the users it goes to. All of them get the same value, so that a
 * front end needs to encode it only once.
 *
 * @example Usage
 * ```ts
 * import { ChatRoom } from "@vnet/net/chat";
 * import { assertEquals } from "@std/assert";
 *
 * const room = new ChatRoom();
 * const { id } = room.join("192.0.2.1:50000", 0);
 * const [answer] = room.line(id, "/help", 1);
 * assertEquals(answer, {
 *   to: [id],
 *   message: { type: "help", time: 1 },
 *   publish: false,
 * });
 * ```
 */
export type Delivery =
  | {
    /** Ids of the users here who get it; none, when nobody else is here. */
    readonly to: readonly number[];
    /** What they get. */
    readonly message: RoomMessage;
    /** Whether the same room on other servers should hear of it. */
    readonly publish: boolean;
  }
  | {
    /** Ids of the users here who get it. */
    readonly to: readonly number[];
    /** What they get. */
    readonly message: DirectMessage;
    /** A message to some users stays on their server. */
    readonly publish: false;
  };
