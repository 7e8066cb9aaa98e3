import type { ChatErrorCode } from "./chat_error_code.ts";
import type { LeaveReason } from "./leave_reason.ts";
import type { NoticeCode } from "./notice_code.ts";

export type { ChatErrorCode, LeaveReason, NoticeCode };

/**
 * A user, as the others see it: without the network address.
 *
 * @example Usage
 * ```ts
 * import type { UserRef } from "@vnet/net/chat";
 * import { assertEquals } from "@std/assert";
 *
 * const alice: UserRef = { id: 1, nickname: "alice" };
 * assertEquals(alice.nickname, "alice");
 * ```
 */
export interface UserRef {
  /** Unique, rising, and never used again. */
  readonly id: number;
  /** The nickname at the time of the message. */
  readonly nickname: string;
}

/**
 * A room in a list of rooms.
 *
 * @example Usage
 * ```ts
 * import type { RoomEntry } from "@vnet/net/chat";
 * import { assertEquals } from "@std/assert";
 *
 * const entry: RoomEntry = { room: "cats", topic: "", online: 2 };
 * assertEquals(entry.topic, "");
 * ```
 */
export interface RoomEntry {
  /** The room's name. */
  readonly room: string;
  /** The topic; empty if there is none. */
  readonly topic: string;
  /** How many users are in the room. */
  readonly online: number;
  /** Whether only those may enter who are invited. */
  readonly locked?: boolean | undefined;
  /** Whether the user who has asked may lock and unlock it. */
  readonly canLock?: boolean | undefined;
}

/**
 * A user in a list of users.
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
 * An event in a room, before it has its place in the order of messages.
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
    /** A user entered the room, or is back in it. */
    readonly type: "joined";
    /** The user who joined. */
    readonly user: UserRef;
  }
  | {
    /** A user has left the room. */
    readonly type: "left";
    /** The user who left. */
    readonly user: UserRef;
    /** The reason. */
    readonly reason: LeaveReason;
    /** An operator's reason. */
    readonly note?: string | undefined;
  }
  | {
    /** A user said something, or described an action (`/me`). */
    readonly type: "said" | "action";
    /** The author. */
    readonly user: UserRef;
    /** The id of the message that it answers. */
    readonly replyTo?: number | undefined;
    /** The id of the last change, in a history; a deleted one has no text. */
    readonly edited?: number | undefined;
    /**
     * Text in any language. Its lines end with LF; it has no control characters
     * but these and tabs.
     */
    readonly text: string;
  }
  | {
    /** A user set the topic. */
    readonly type: "topic";
    /** The user who set it. */
    readonly user: UserRef;
    /** One line of text; empty if the topic was removed. */
    readonly text: string;
  }
  | {
    /** A user changed the text of a message, or deleted it. */
    readonly type: "edited";
    /** The user who did: the author, or an operator. */
    readonly user: UserRef;
    /** The id of the message. */
    readonly target: number;
    /** The text; empty if the message was deleted. */
    readonly text: string;
  }
  | {
    /** A user changed the nickname. */
    readonly type: "renamed";
    /** The user, with the new nickname. */
    readonly user: UserRef;
    /** The nickname before. */
    readonly previous: string;
  };

/**
 * An event in a room, at its place in the order of messages.
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
 * A message that a room keeps in its history.
 *
 * @example Usage
 * ```ts
 * import type { KeptMessage } from "@vnet/net/chat";
 * import { assertEquals } from "@std/assert";
 *
 * const message: KeptMessage = {
 *   id: 7,
 *   time: 0,
 *   room: "lobby",
 *   type: "topic",
 *   user: { id: 1, nickname: "alice" },
 *   text: "Tea",
 * };
 * assertEquals(message.text, "Tea");
 * ```
 */
export type KeptMessage = Extract<
  RoomMessage,
  { readonly type: "said" | "action" | "topic" }
>;

/**
 * A message that a search has found: of a room, or a private one.
 *
 * @example Usage
 * ```ts
 * import type { FoundMessage } from "@vnet/net/chat";
 * import { assertEquals } from "@std/assert";
 *
 * function roomOf(message: FoundMessage): string | undefined {
 *   return "room" in message ? message.room : undefined;
 * }
 * assertEquals(roomOf.length, 1);
 * ```
 */
export type FoundMessage = KeptMessage | PrivateMessage;

/**
 * A message between two users, as {@linkcode DirectMessage} has it.
 *
 * @example Usage
 * ```ts
 * import type { PrivateMessage } from "@vnet/net/chat";
 * import { assertEquals } from "@std/assert";
 *
 * const message: PrivateMessage = {
 *   type: "private",
 *   id: 7,
 *   time: 0,
 *   user: { id: 1, nickname: "alice" },
 *   to: { id: 2, nickname: "bob" },
 *   text: "psst",
 * };
 * assertEquals(message.to.nickname, "bob");
 * ```
 */
export type PrivateMessage = Extract<
  DirectMessage,
  { readonly type: "private" }
>;

/**
 * A message for one user, or for both users of a private message.
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
  & {
    /**
     * When, in milliseconds since the epoch: that of an `ack` is the time of the
     * message that came of the request, if there is one.
     */
    readonly time: number;
  }
  & (
    | {
      /** The first message to everyone who connects. */
      readonly type: "greeting";
      /** The name of the server, if it has one. */
      readonly server?: string | undefined;
      /** The user's own address, which other users do not see. */
      readonly address: string;
      /** How many users are in the chat, including this one. */
      readonly online: number;
      /** The name of the sequence of ids. */
      readonly epoch: string;
    }
    | {
      /** The next line should be a nickname. */
      readonly type: "nickname-request";
    }
    | {
      /** The nickname is accepted: the user is in the chat. */
      readonly type: "welcome";
      /** The room that the user's messages go to by default. */
      readonly room: string;
      /** The user's own id and nickname. */
      readonly user: UserRef;
      /** How many users are in the room, including this one. */
      readonly online: number;
      /**
       * The secret that resumes the session after a lost connection; none for a user
       * who began without a `hello`.
       */
      readonly session?: string | undefined;
      /** Whether an earlier session was resumed. */
      readonly resumed: boolean;
    }
    | {
      /** The user is in a room. */
      readonly type: "entered";
      /** The room. */
      readonly room: string;
      /** The topic of the room; empty if there is none. */
      readonly topic: string;
      /**
       * The users in the room, including this one, in the order in which they entered:
       * the first 1,000, and in a room of more than 1,000 the first 100.
       */
      readonly users: readonly UserEntry[];
      /** How many users are in the room, including this one. */
      readonly online: number;
      /** The last messages, or the missed ones, the oldest first. */
      readonly history: readonly KeptMessage[];
      /** Whether no message is missing before those of `history`. */
      readonly complete: boolean;
      /** The reason: the `welcome`, a request, or a resumed session. */
      readonly cause: "welcome" | "join" | "switch" | "resume";
    }
    | {
      /** The user has left a room. */
      readonly type: "exited";
      /** The room. */
      readonly room: string;
      /** The room that the user's messages go to by default now. */
      readonly current: string;
    }
    | {
      /** A private message: the author gets it too. */
      readonly type: "private";
      /** Rises with every message of the server. */
      readonly id: number;
      /** The author. */
      readonly user: UserRef;
      /** The recipient. */
      readonly to: UserRef;
      /** The id of the message that it answers. */
      readonly replyTo?: number | undefined;
      /** The id of the last change, if it is told later; a deleted one has no text. */
      readonly edited?: number | undefined;
      /**
       * Text in any language. Its lines end with LF; it has no control characters
       * but these and tabs.
       */
      readonly text: string;
    }
    | {
      /** The author changed the text of a private message, or deleted it. */
      readonly type: "private-edited";
      /** Rises with every message of the server. */
      readonly id: number;
      /** The author. */
      readonly user: UserRef;
      /** The recipient. */
      readonly to: UserRef;
      /** The id of the message. */
      readonly target: number;
      /** The text; empty if the message was deleted. */
      readonly text: string;
    }
    | {
      /** The users in a room. */
      readonly type: "users";
      /** The room. */
      readonly room: string;
      /** At most 1,000 users, in the order in which they entered. */
      readonly users: readonly UserEntry[];
      /** How many users are in the room. */
      readonly online: number;
      /** The `ref` of the request. */
      readonly ref?: string | undefined;
    }
    | {
      /** A secret by which another device joins the session, once. */
      readonly type: "link";
      /** The secret, for the `hello` of the other device. */
      readonly token: string;
      /** When it ends, in milliseconds since the epoch. */
      readonly expires: number;
      /** The `ref` of the request. */
      readonly ref?: string | undefined;
    }
    | {
      /** A user has invited this one to a room. */
      readonly type: "invited";
      /** The user who did. */
      readonly user: UserRef;
      /** The room. */
      readonly room: string;
    }
    | {
      /**
       * How many users are in a room of more than 1,000, where `joined` and `left` are
       * not told: at most once a second, after a change.
       */
      readonly type: "online";
      /** The room. */
      readonly room: string;
      /** How many users are in the room. */
      readonly online: number;
    }
    | {
      /** The open rooms, those with the most users first. */
      readonly type: "rooms";
      /** The rooms. */
      readonly rooms: readonly RoomEntry[];
      /** The `ref` of the request. */
      readonly ref?: string | undefined;
    }
    | {
      /** Earlier messages of a room. */
      readonly type: "history";
      /** The room. */
      readonly room: string;
      /** The messages, the oldest first. */
      readonly messages: readonly KeptMessage[];
      /** Whether no earlier messages are kept. */
      readonly complete: boolean;
      /** The `ref` of the request. */
      readonly ref?: string | undefined;
    }
    | {
      /** The answer to a search: the newest first. */
      readonly type: "found";
      /** The messages of rooms and the private ones. */
      readonly messages: readonly FoundMessage[];
      /** Whether no older messages match. */
      readonly complete: boolean;
      /** The `ref` of the request. */
      readonly ref?: string | undefined;
    }
    | {
      /** The list of commands. */
      readonly type: "help";
      /** The `ref` of the request. */
      readonly ref?: string | undefined;
    }
    | {
      /** The answer to a `ping`. */
      readonly type: "pong";
      /** The `ref` of the request. */
      readonly ref?: string | undefined;
    }
    | {
      /** The request with this `ref` was carried out. */
      readonly type: "ack";
      /** The `ref` of the request. */
      readonly ref: string;
      /** The id of the resulting message. */
      readonly id?: number | undefined;
    }
    | {
      /** A request was refused. */
      readonly type: "error";
      /** The reason. */
      readonly code: ChatErrorCode;
      /** The nickname, room or command that is the reason, if one is. */
      readonly subject?: string | undefined;
      /** The `ref` of the request. */
      readonly ref?: string | undefined;
    }
    | {
      /** A notice of an operator or the server. */
      readonly type: "notice";
      /** One line of text, in English if it is the server's. */
      readonly text: string;
      /** Its kind, if it is one of the server to this user or room. */
      readonly code?: NoticeCode | undefined;
      /** The nickname or the room that it is about. */
      readonly subject?: string | undefined;
      /** The room to which somebody is invited. */
      readonly room?: string | undefined;
      /** How long it lasts. */
      readonly minutes?: number | undefined;
      /** An operator's reason. */
      readonly note?: string | undefined;
    }
    | {
      /** The user sends too fast, and will be disconnected if that continues. */
      readonly type: "warning";
    }
    | {
      /** The last message: the frontend sends it and closes the connection. */
      readonly type: "goodbye";
      /** The reason. */
      readonly reason: LeaveReason;
      /** An operator's reason. */
      readonly note?: string | undefined;
    }
  );

/**
 * Any message to a user. It consists of plain values: one frontend formats it as
 * lines of text, another one as JSON.
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
 * A message and its recipients, by the ids that {@linkcode ChatRoom.join} gave
 * their connections. All of them get the same value, so that a frontend needs to
 * encode it only once.
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
 * });
 * ```
 */
export interface Delivery {
  /** Ids of the connections that get it; may be empty. */
  readonly to: readonly number[];
  /** The message. */
  readonly message: ChatMessage;
}
