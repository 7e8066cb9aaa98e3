import type { ChatErrorCode } from "./chat_error_code.ts";
import type { LeaveReason } from "./leave_reason.ts";

export type { ChatErrorCode, LeaveReason };

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
  /** What it is about; empty if it has no topic. */
  readonly topic: string;
  /** How many people are there. */
  readonly online: number;
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
    /** A user entered the room, or is back in it. */
    readonly type: "joined";
    /** Who joined. */
    readonly user: UserRef;
  }
  | {
    /** A user is gone from the room. */
    readonly type: "left";
    /** Who left. */
    readonly user: UserRef;
    /** Why. */
    readonly reason: LeaveReason;
    /** What an operator said about it. */
    readonly note?: string | undefined;
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
    /** A user set the topic. */
    readonly type: "topic";
    /** Who did. */
    readonly user: UserRef;
    /** One line of text; empty if there is no topic any more. */
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
 * What a room keeps: the messages that tell what people said there.
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
    /** The name of the sequence that all ids belong to. */
    readonly epoch: string;
  }
  | {
    /** The next line should be a nickname. */
    readonly type: "nickname-request";
    /** When, in milliseconds since the epoch. */
    readonly time: number;
  }
  | {
    /** The nickname is accepted: the user is in the chat. */
    readonly type: "welcome";
    /** When, in milliseconds since the epoch. */
    readonly time: number;
    /** The room where what the user says is heard. */
    readonly room: string;
    /** The user's own id and nickname. */
    readonly user: UserRef;
    /** How many people are in the room, the user counted too. */
    readonly online: number;
    /**
     * The secret by which the user can come back after the connection was lost;
     * none for a user who began without a `hello`.
     */
    readonly session?: string | undefined;
    /** Whether an earlier session goes on. */
    readonly resumed: boolean;
  }
  | {
    /** The user is in a room. */
    readonly type: "entered";
    /** When, in milliseconds since the epoch. */
    readonly time: number;
    /** The room. */
    readonly room: string;
    /** What the room is about; empty if it has no topic. */
    readonly topic: string;
    /**
     * Who is there, the user included, in the order in which they came: the
     * first 1,000.
     */
    readonly users: readonly UserEntry[];
    /** How many people are in the room, the user counted too. */
    readonly online: number;
    /** What was said, the oldest first: the last messages, or those missed. */
    readonly history: readonly KeptMessage[];
    /** Whether no message is missing before those of `history`. */
    readonly complete: boolean;
    /** Why: with the `welcome`, by a request, or because it is a room of before. */
    readonly cause: "welcome" | "join" | "switch" | "resume";
  }
  | {
    /** The user has left a room. */
    readonly type: "exited";
    /** When, in milliseconds since the epoch. */
    readonly time: number;
    /** The room. */
    readonly room: string;
    /** The room where what the user says is heard from now on. */
    readonly current: string;
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
    /** Who is in a room. */
    readonly type: "users";
    /** When, in milliseconds since the epoch. */
    readonly time: number;
    /** The room asked about. */
    readonly room: string;
    /** The first 1,000 in the order in which they came, the user included. */
    readonly users: readonly UserEntry[];
    /** How many people are in the room. */
    readonly online: number;
    /** The `ref` of the request. */
    readonly ref?: string | undefined;
  }
  | {
    /** Which rooms there are, those with the most people first. */
    readonly type: "rooms";
    /** When, in milliseconds since the epoch. */
    readonly time: number;
    /** The rooms. */
    readonly rooms: readonly RoomEntry[];
    /** The `ref` of the request. */
    readonly ref?: string | undefined;
  }
  | {
    /** Earlier messages of a room. */
    readonly type: "history";
    /** When, in milliseconds since the epoch. */
    readonly time: number;
    /** The room asked about. */
    readonly room: string;
    /** The messages, the oldest first. */
    readonly messages: readonly KeptMessage[];
    /** Whether none is kept before these. */
    readonly complete: boolean;
    /** The `ref` of the request. */
    readonly ref?: string | undefined;
  }
  | {
    /** The user asked which commands there are. */
    readonly type: "help";
    /** When, in milliseconds since the epoch. */
    readonly time: number;
    /** The `ref` of the request. */
    readonly ref?: string | undefined;
  }
  | {
    /** The answer to a `ping`. */
    readonly type: "pong";
    /** When, in milliseconds since the epoch. */
    readonly time: number;
    /** The `ref` of the request. */
    readonly ref?: string | undefined;
  }
  | {
    /** What had this `ref` was done. */
    readonly type: "ack";
    /** When; the time of the message that came of it, if one did. */
    readonly time: number;
    /** The `ref` of the request. */
    readonly ref: string;
    /** The id of the message that came of it. */
    readonly id?: number | undefined;
  }
  | {
    /** What the user sent was refused. */
    readonly type: "error";
    /** When, in milliseconds since the epoch. */
    readonly time: number;
    /** Why. */
    readonly code: ChatErrorCode;
    /** The nickname, room or command that it is about, if it is about one. */
    readonly subject?: string | undefined;
    /** The `ref` of the request. */
    readonly ref?: string | undefined;
  }
  | {
    /** An operator, or the server, tells everyone something. */
    readonly type: "notice";
    /** When, in milliseconds since the epoch. */
    readonly time: number;
    /** One line of text. */
    readonly text: string;
  }
  | {
    /** The user sends too fast, and has to leave if that goes on. */
    readonly type: "warning";
    /** When, in milliseconds since the epoch. */
    readonly time: number;
  }
  | {
    /** The last message: the front end sends it and closes the connection. */
    readonly type: "goodbye";
    /** When, in milliseconds since the epoch. */
    readonly time: number;
    /** Why. */
    readonly reason: LeaveReason;
    /** What an operator said about it. */
    readonly note?: string | undefined;
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
 * A message and the users it goes to, by the ids that {@linkcode ChatRoom.join}
 * gave their connections. All of them get the same value, so that a front end
 * needs to encode it only once.
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
    /** Ids of the connections that get it; none, when nobody else is here. */
    readonly to: readonly number[];
    /** What they get. */
    readonly message: RoomMessage;
    /** Whether the same room on other servers should hear of it. */
    readonly publish: boolean;
  }
  | {
    /** Ids of the connections that get it. */
    readonly to: readonly number[];
    /** What they get. */
    readonly message: DirectMessage;
    /** A message to some users stays on their server. */
    readonly publish: false;
  };
