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
   * The name of the lobby, the room that all users enter first.
   *
   * @default {"lobby"}
   */
  name?: string;
  /** The name of the server in the greeting: none by default. */
  server?: string;
  /**
   * Nicknames that no user may have, nor any that look like them. The default
   * names the server and its operators in English and Chinese.
   */
  reservedNicknames?: Iterable<string>;
  /**
   * The secret that makes a user an operator, of at least 8 characters. Without
   * one there are no operators.
   */
  operatorToken?: string | undefined;
  /**
   * The most open rooms, including the lobby.
   *
   * @default {200}
   */
  maxRooms?: number;
  /**
   * Milliseconds in which a user may come back after a lost connection.
   *
   * @default {60000}
   */
  sessionTimeout?: number;
  /**
   * The most sessions that are kept after lost connections. Beyond that, the one
   * that was lost first ends, and its nickname becomes free.
   *
   * @default {2000}
   */
  maxSessions?: number;
  /**
   * The most of these sessions from one address.
   *
   * @default {64}
   */
  maxSessionsPerAddress?: number;
  /**
   * Milliseconds in which a user may change or delete an own message.
   *
   * @default {900000}
   */
  editTime?: number;
  /**
   * Whether lines such as `c:NAME:TEXT`, `n:NAME` and `l` are commands (`"full"`) or
   * text (`"plain"`), until a user chooses with `/syntax`.
   *
   * @default {"full"}
   */
  syntax?: "full" | "plain" | undefined;
  /** How fast a user may send. */
  flood?: FloodOptions;
  /**
   * Keeps messages, topics and ids. The default is memory, where a room other than
   * the lobby is forgotten when everyone has left it. The caller closes the store
   * after the last use of the room.
   */
  store?: ChatStore;
}

/**
 * How fast a user may send, for {@linkcode ChatRoomOptions}. A message to others
 * counts as one, entering or leaving a room or a search as half, and another question
 * to the server as a quarter.
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
   * Messages that may be sent at once; `Infinity` for no limits at all.
   *
   * @default {5}
   */
  burst?: number;
  /**
   * Messages a second that may be sent after that.
   *
   * @default {2}
   */
  perSecond?: number;
}

/**
 * Options for {@linkcode ChatRoom.join}.
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
   * Equal for all addresses of the same owner, for bans: the address itself by
   * default.
   */
  addressKey?: string;
  /**
   * Whether the user begins with a `hello`, and is not asked for a nickname before.
   *
   * @default {false}
   */
  expectHello?: boolean;
}

/**
 * The result of {@linkcode ChatRoom.join}.
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
   * The id of the connection in calls and deliveries. It is also the user's id,
   * unless the user resumes an earlier session.
   */
  readonly id: number;
  /** The greeting, and the request for a nickname. */
  readonly deliveries: readonly Delivery[];
}

/**
 * Options for {@linkcode ChatRoom.refuse}.
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
  /** The part of the request that is wrong. */
  subject?: string | undefined;
  /** The `ref` of the request. */
  ref?: string | undefined;
}
