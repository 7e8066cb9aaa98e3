import type { UserEntry, UserRef } from "../room/chat_message.ts";

/**
 * What happened in a room, at its place in the room's order.
 *
 * @example Usage
 * ```ts
 * import type { ChatRoomRecord } from "@vnet/net/chat";
 * import { assertEquals } from "@std/assert";
 *
 * const record: ChatRoomRecord = {
 *   type: "said",
 *   id: 7,
 *   time: Date.UTC(2026, 0, 1),
 *   room: "lobby",
 *   user: { id: 1, nickname: "alice" },
 *   text: "Happy new year",
 * };
 * assertEquals(record.room, "lobby");
 * ```
 */
export type ChatRoomRecord =
  & {
    /** Rises with everything that happens on the server. */
    readonly id: number;
    /** When, in milliseconds since the epoch. */
    readonly time: number;
    /** The room. */
    readonly room: string;
    /** Who did it. */
    readonly user: UserRef;
  }
  & (
    | {
      /** Something was said or described, or the topic is another one. */
      readonly type: "said" | "action" | "topic";
      /** The text. */
      readonly text: string;
    }
    | {
      /** Somebody entered. */
      readonly type: "joined";
    }
    | {
      /** Somebody left. */
      readonly type: "left";
      /** Why. */
      readonly reason: string;
    }
    | {
      /** Somebody has another nickname. */
      readonly type: "renamed";
      /** The one before. */
      readonly previous: string;
    }
  );

/**
 * A room in the list of rooms.
 *
 * @example Usage
 * ```ts
 * import type { ChatRoomInfo } from "@vnet/net/chat";
 * import { assertEquals } from "@std/assert";
 *
 * const info: ChatRoomInfo = { room: "lobby", topic: "", online: 3 };
 * assertEquals(info.online, 3);
 * ```
 */
export interface ChatRoomInfo {
  /** The name. */
  readonly room: string;
  /** The topic, empty if there is none. */
  readonly topic: string;
  /** How many are in it. */
  readonly online: number;
}

/**
 * What a server tells a {@linkcode ChatClient}: the messages of the protocol, of
 * which `chat/PROTOCOL.md` says when they come. Texts are as they were sent: who
 * shows them in a terminal has to take the control characters out.
 *
 * @example Usage
 * ```ts
 * import type { ChatClientMessage } from "@vnet/net/chat";
 * import { assertEquals } from "@std/assert";
 *
 * const message: ChatClientMessage = { type: "pong" };
 * assertEquals(message.type, "pong");
 * ```
 */
export type ChatClientMessage =
  | ChatRoomRecord
  | {
    /** The first message of a server. */
    readonly type: "greeting";
    /** The version of the protocol. */
    readonly version: number;
    /** What the server is called. */
    readonly server?: string | undefined;
    /** How many are in the chat. */
    readonly online: number;
    /** The sequence that ids belong to. */
    readonly epoch: string;
  }
  | {
    /** A nickname is needed: `nick()` gives one. */
    readonly type: "nickname-request";
  }
  | {
    /** The nickname is taken: the user is in the chat. */
    readonly type: "welcome";
    /** The user. */
    readonly user: UserRef;
    /** The room. */
    readonly room: string;
    /** How many are in it. */
    readonly online: number;
    /** Whether it is the session that was lost before. */
    readonly resumed: boolean;
  }
  | {
    /** The user is in a room, or is again after a lost connection. */
    readonly type: "entered";
    /** The room. */
    readonly room: string;
    /** Its topic, empty if there is none. */
    readonly topic: string;
    /** Who is in it. */
    readonly users: readonly UserEntry[];
    /** What happened before, without what this client has told of already. */
    readonly history: readonly ChatRoomRecord[];
    /** Whether nothing is missing in it; see the protocol. */
    readonly complete: boolean;
  }
  | {
    /** The user has left a room. */
    readonly type: "exited";
    /** The room. */
    readonly room: string;
  }
  | {
    /** A private message, the user's own ones too. */
    readonly type: "private";
    /** Rises with everything that happens on the server. */
    readonly id: number;
    /** When, in milliseconds since the epoch. */
    readonly time: number;
    /** Who wrote it. */
    readonly user: UserRef;
    /** Who it is for. */
    readonly to: UserRef;
    /** The text. */
    readonly text: string;
  }
  | {
    /** Who is in a room. */
    readonly type: "users";
    /** The room. */
    readonly room: string;
    /** All of them. */
    readonly users: readonly UserEntry[];
  }
  | {
    /** Which rooms there are. */
    readonly type: "rooms";
    /** All of them. */
    readonly rooms: readonly ChatRoomInfo[];
  }
  | {
    /** Earlier messages of a room. */
    readonly type: "history";
    /** The room. */
    readonly room: string;
    /** The messages, in the order of their ids. */
    readonly messages: readonly ChatRoomRecord[];
    /** Whether there is nothing before them. */
    readonly complete: boolean;
  }
  | {
    /** A request was refused. */
    readonly type: "error";
    /** Why, for programs. */
    readonly code: string;
    /** What it is about. */
    readonly subject?: string | undefined;
    /** Why, in English. */
    readonly text: string;
  }
  | {
    /** A text for the user: help, a notice to all, or a warning. */
    readonly type: "help" | "notice" | "warning";
    /** The text. */
    readonly text: string;
  }
  | {
    /** The answer to a ping. */
    readonly type: "pong";
  }
  | {
    /** The last message of a connection. */
    readonly type: "goodbye";
    /** Why it ends, for programs. */
    readonly reason: string;
    /** Why, in English. */
    readonly text: string;
  };

/**
 * How far a {@linkcode ChatClient} has come: `"idle"` before it connects,
 * `"connecting"`, `"open"`, `"waiting"` for the next attempt after a connection
 * was lost, `"closed"` for good.
 *
 * @example Usage
 * ```ts
 * import { ChatClient, type ChatClientState } from "@vnet/net/chat";
 * import { assertEquals } from "@std/assert";
 *
 * using client = new ChatClient("127.0.0.1:2020");
 * const state: ChatClientState = client.state;
 * assertEquals(state, "idle");
 * ```
 */
export type ChatClientState =
  | "idle"
  | "connecting"
  | "open"
  | "waiting"
  | "closed";

/**
 * What a {@linkcode ChatClient} tells of: the server's messages, lines of text
 * where it speaks those, and changes of its own state.
 *
 * @example Usage
 * ```ts
 * import type { ChatClientEvent } from "@vnet/net/chat";
 * import { assertEquals } from "@std/assert";
 *
 * const event: ChatClientEvent = { type: "state", state: "open" };
 * assertEquals(event.state, "open");
 * ```
 */
export type ChatClientEvent =
  | ChatClientMessage
  | {
    /** A line of a server that speaks lines of text. */
    readonly type: "line";
    /** The line without its end. */
    readonly text: string;
  }
  | {
    /** The client has come to another state. */
    readonly type: "state";
    /** The state. */
    readonly state: ChatClientState;
    /** Why, if something went wrong. */
    readonly error?: unknown;
  };
