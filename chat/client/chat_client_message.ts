import type { ClientMessage } from "../protocol/_client_messages.ts";
import type { ServerMessage } from "../protocol/_server_messages.ts";
import type { RoomEntry } from "../room/chat_message.ts";

/**
 * An event in a room, at its place in the room's order.
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
export type ChatRoomRecord = Extract<
  ServerMessage,
  {
    readonly type:
      | "said"
      | "action"
      | "topic"
      | "joined"
      | "left"
      | "renamed"
      | "edited";
  }
>;

/**
 * A message that a search has found: in a `room`, or a private one to the user `to`.
 *
 * @example Usage
 * ```ts
 * import type { ChatFoundMessage } from "@vnet/net/chat";
 * import { assertEquals } from "@std/assert";
 *
 * const found: ChatFoundMessage = {
 *   type: "private",
 *   id: 7,
 *   time: Date.UTC(2026, 0, 1),
 *   user: { id: 1, nickname: "alice" },
 *   to: { id: 2, nickname: "bob" },
 *   text: "Happy new year",
 * };
 * assertEquals(found.room, undefined);
 * ```
 */
export type ChatFoundMessage = Extract<
  ServerMessage,
  { readonly type: "found" }
>["messages"][number];

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
export type ChatRoomInfo = RoomEntry;

/**
 * A message of the server. `chat/PROTOCOL.md` lists the types, their members and
 * when they are sent. Texts are as they were sent: remove control characters before
 * you show them in a terminal.
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
  | Exclude<ServerMessage, { readonly type: "ack" | "welcome" }>
  | Omit<Extract<ServerMessage, { readonly type: "welcome" }>, "session">;

/**
 * A message of the server as it comes over a {@linkcode ChatConn}, with the `ref` of
 * the request that it answers.
 *
 * @example Usage
 * ```ts
 * import type { ChatServerMessage } from "@vnet/net/chat";
 * import { assertEquals } from "@std/assert";
 *
 * const message: ChatServerMessage = { type: "ack", ref: "1", id: 7, time: 0 };
 * assertEquals(message.ref, "1");
 * ```
 */
export type ChatServerMessage = ServerMessage & {
  /** The `ref` of the request. */
  readonly ref?: string | undefined;
};

/**
 * A request to the server over a {@linkcode ChatConn}. With a `ref` of 1 to 64
 * characters, its answer has the same.
 *
 * @example Usage
 * ```ts
 * import type { ChatRequest } from "@vnet/net/chat";
 * import { assertEquals } from "@std/assert";
 *
 * const request: ChatRequest = { type: "say", text: "hello", ref: "1" };
 * assertEquals(request.type, "say");
 * ```
 */
export type ChatRequest = ClientMessage & {
  /** Repeated in the answer. */
  readonly ref?: string | undefined;
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
 * An event of a {@linkcode ChatClient}: a message of the server, or a change of
 * the client's own state.
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
    /** The client has come to another state. */
    readonly type: "state";
    /** The state. */
    readonly state: ChatClientState;
    /** Why, if something went wrong. */
    readonly error?: unknown;
  };
