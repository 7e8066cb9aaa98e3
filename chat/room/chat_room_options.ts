import type { Delivery } from "./chat_message.ts";
import type { ChatStore } from "../store/chat_store.ts";

/**
 * Options for {@linkcode ChatRoom}.
 *
 * @example Usage
 * ```ts
 * import { ChatRoom, type ChatRoomOptions } from "@vnet/net/chat";
 * import { assertEquals } from "@std/assert";
 *
 * const options: ChatRoomOptions = { name: "kitchen" };
 * assertEquals(new ChatRoom(options).name, "kitchen");
 * ```
 */
export interface ChatRoomOptions {
  /**
   * What the room is called that everyone enters first.
   *
   * @default {"lobby"}
   */
  name?: string;
  /** What the server is called, for the greeting: no name by default. */
  server?: string;
  /**
   * Nicknames that nobody may have, nor any that look like them. The default
   * names the server and its operators in English and Chinese.
   */
  reservedNicknames?: Iterable<string>;
  /**
   * The secret that makes a user an operator, of at least 8 characters. Without
   * one there are no operators.
   */
  operatorToken?: string | undefined;
  /**
   * The most rooms that may be open at once, the lobby counted too.
   *
   * @default {200}
   */
  maxRooms?: number;
  /**
   * Milliseconds for which somebody who lost the connection may come back.
   *
   * @default {60000}
   */
  sessionTimeout?: number;
  /** How fast a user may send. */
  flood?: FloodOptions;
  /**
   * Where messages, topics and ids are kept: in memory by default, so that a room
   * other than the lobby is forgotten when everyone has left it. The caller
   * closes the store when the room is not used any more.
   */
  store?: ChatStore;
}

/**
 * How fast a user may send, for {@linkcode ChatRoomOptions}. What the others hear
 * counts as one message, entering or leaving a room as half, and a question to
 * the server as a quarter.
 *
 * @example Usage
 * ```ts
 * import { ChatRoom, type FloodOptions } from "@vnet/net/chat";
 * import { assertEquals } from "@std/assert";
 *
 * const flood: FloodOptions = { burst: 2, perSecond: 1 };
 * const room = new ChatRoom({ flood });
 * const { id } = room.join("192.0.2.1:50000", 0);
 * room.line(id, "alice", 0);
 * assertEquals(room.delay(id, 0), 0);
 * room.line(id, "hello", 0);
 * assertEquals(room.delay(id, 0), 1000);
 * ```
 */
export interface FloodOptions {
  /**
   * Messages that may come at once; `Infinity` for no limits at all.
   *
   * @default {5}
   */
  burst?: number;
  /**
   * Messages a second that may come for ever.
   *
   * @default {2}
   */
  perSecond?: number;
}

/**
 * What is known of somebody who joins, beside the address.
 *
 * @example Usage
 * ```ts
 * import { ChatRoom, type JoinOptions } from "@vnet/net/chat";
 * import { assertEquals } from "@std/assert";
 *
 * const options: JoinOptions = { expectHello: true };
 * const { deliveries } = new ChatRoom().join("192.0.2.1:1", 0, options);
 * assertEquals(deliveries.map(({ message }) => message.type), ["greeting"]);
 * ```
 */
export interface JoinOptions {
  /**
   * What stands for all addresses of the same owner, for bans: the address as it
   * is by default.
   */
  addressKey?: string;
  /**
   * Whether the user begins with a `hello`, and is not asked for a nickname
   * before that.
   *
   * @default {false}
   */
  expectHello?: boolean;
}

/**
 * What came of {@linkcode ChatRoom.join}.
 *
 * @example Usage
 * ```ts
 * import { ChatRoom, type JoinOutcome } from "@vnet/net/chat";
 * import { assertEquals } from "@std/assert";
 *
 * const outcome: JoinOutcome = new ChatRoom().join("192.0.2.1:50000", 0);
 * assertEquals(outcome.id, 1);
 * ```
 */
export interface JoinOutcome {
  /**
   * The id by which calls and deliveries name the connection from now on. It is
   * the user's id as well, unless the user goes on with an earlier session.
   */
  readonly id: number;
  /** The greeting, and the request for a nickname. */
  readonly deliveries: readonly Delivery[];
}

/**
 * What a request was about that could not be taken, for
 * {@linkcode ChatRoom.refuse}.
 *
 * @example Usage
 * ```ts
 * import { ChatRoom, type RefuseOptions } from "@vnet/net/chat";
 * import { assertObjectMatch } from "@std/assert";
 *
 * const options: RefuseOptions = { subject: "text", ref: "7" };
 * const room = new ChatRoom();
 * const { id } = room.join("192.0.2.1:50000", 0);
 * const [refusal] = room.refuse(id, "invalid-member", 1, options);
 * assertObjectMatch(refusal.message, { type: "error", ...options });
 * ```
 */
export interface RefuseOptions {
  /** The part of it that is wrong. */
  subject?: string | undefined;
  /** Its `ref`. */
  ref?: string | undefined;
}
