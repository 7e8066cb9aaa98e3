import {
  checkOptions,
  isCount,
  isInteger,
  isSignal,
  isStrings,
  isTime,
  isType,
  type OptionChecks,
  WAIT_CHECKS,
} from "../../internal/check_options.ts";
import type { WaitOptions } from "../../internal/wait/wait_options.ts";
import { isAmount, isAtLeast } from "../_option_checks.ts";
import { parseNickname } from "../room/names/nickname.ts";
import { parseRoomName } from "../room/names/room_name.ts";

/**
 * Options for {@linkcode ChatClient}.
 *
 * @example Usage
 * ```ts
 * import { ChatClient, type ChatClientOptions } from "@vnet/net/chat";
 * import { assertEquals } from "@std/assert";
 *
 * const options: ChatClientOptions = { nickname: "alice", reconnect: false };
 * using client = new ChatClient("ws://127.0.0.1:2021", options);
 * assertEquals(client.user, undefined);
 * ```
 */
export interface ChatClientOptions {
  /**
   * The nickname to ask for. Without one, `nick()` has to follow. One that breaks
   * the rules of `parseNickname` is refused.
   */
  nickname?: string;
  /**
   * Rooms to be in, beside the one where everybody begins. Names that break the
   * rules of `parseRoomName` are refused.
   */
  rooms?: readonly string[];
  /** The password, where the server asks for one. */
  password?: string;
  /**
   * The token of an invitation, its whole link, or the `pass` of an earlier client,
   * where the server asks for one.
   */
  invite?: string;
  /**
   * The secret that another device of the same user got by
   * {@linkcode ChatClient.link}: this client joins its session, with its nickname
   * and rooms.
   */
  link?: string;
  /**
   * A random name of this device. Connections of other devices of the same user
   * go on beside this one; that of the same device is replaced.
   *
   * @default {crypto.randomUUID()}
   */
  device?: string;
  /**
   * Whether to connect again when a connection is lost.
   *
   * @default {true}
   */
  reconnect?: boolean;
  /**
   * The most attempts without a stable connection, before the client gives up. A
   * connection is stable after ten seconds in the chat; later ones count anew.
   *
   * @default {Infinity}
   */
  maxAttempts?: number;
  /**
   * The most milliseconds before the first attempt to connect again; they
   * double from one attempt to the next. Each wait is a random part of them, so
   * that the clients of a server that comes back do not all dial at once.
   *
   * @default {1000}
   */
  minDelay?: number;
  /**
   * The most milliseconds before any attempt.
   *
   * @default {30000}
   */
  maxDelay?: number;
  /**
   * Milliseconds that an attempt may take until the server has let the user in,
   * the handshakes included.
   *
   * @default {10000}
   */
  connectTimeout?: number;
  /**
   * Milliseconds without a sign of life after which the server is pinged, and
   * those that it has for the answer; over WebSockets only.
   *
   * @default {20000}
   */
  pingInterval?: number;
  /**
   * How many requests go out at once before `rate` holds.
   *
   * @default {4}
   */
  burst?: number;
  /**
   * How many requests a second go out for ever; the others wait for their turn.
   * The default is within the default limit of servers. A warning of the server
   * halves it for a minute; `Infinity` switches all of this off.
   *
   * @default {1.8}
   */
  rate?: number;
  /** Certificates of authorities to trust beside the runtime's, in PEM. */
  caCerts?: string[];
  /** Closes the client when it aborts. */
  signal?: AbortSignal;
}

/**
 * The outcome of a request.
 *
 * @example Usage
 * ```ts
 * import type { ChatReceipt } from "@vnet/net/chat";
 * import { assertEquals } from "@std/assert";
 *
 * const receipt: ChatReceipt = { id: 7, time: 0 };
 * assertEquals(receipt.id, 7);
 * ```
 */
export interface ChatReceipt {
  /** The id of the message that came of it, if the server tells. */
  readonly id?: number | undefined;
  /** When that was, in milliseconds since the epoch. */
  readonly time?: number | undefined;
}

/**
 * Options for {@linkcode ChatClient.say}.
 *
 * @example Usage
 * ```ts
 * import type { ChatSayOptions } from "@vnet/net/chat";
 * import { assertEquals } from "@std/assert";
 *
 * const options: ChatSayOptions = { room: "cats", replyTo: 7, timeout: 1000 };
 * assertEquals(options.replyTo, 7);
 * ```
 */
export interface ChatSayOptions extends WaitOptions {
  /** The room: by default the one that was entered last. */
  room?: string | undefined;
  /** The id of the message in this room that is answered. */
  replyTo?: number | undefined;
}

/**
 * Options for {@linkcode ChatClient.msg}.
 *
 * @example Usage
 * ```ts
 * import type { ChatMsgOptions } from "@vnet/net/chat";
 * import { assertEquals } from "@std/assert";
 *
 * const options: ChatMsgOptions = { replyTo: 7, timeout: 1000 };
 * assertEquals(options.replyTo, 7);
 * ```
 */
export interface ChatMsgOptions extends WaitOptions {
  /** The id of the private message that is answered. */
  replyTo?: number | undefined;
}

/**
 * Options for {@linkcode ChatClient.users}.
 *
 * @example Usage
 * ```ts
 * import type { ChatUsersOptions } from "@vnet/net/chat";
 * import { assertEquals } from "@std/assert";
 *
 * const options: ChatUsersOptions = { limit: 1000, timeout: 1000 };
 * assertEquals(options.limit, 1000);
 * ```
 */
export interface ChatUsersOptions extends WaitOptions {
  /**
   * The most users; a request is sent for each 1,000.
   *
   * @default {100_000}
   */
  limit?: number | undefined;
}

/**
 * Options for {@linkcode ChatClient.history}.
 *
 * @example Usage
 * ```ts
 * import type { ChatHistoryOptions } from "@vnet/net/chat";
 * import { assertEquals } from "@std/assert";
 *
 * const options: ChatHistoryOptions = { before: 500, limit: 200 };
 * assertEquals(options.limit, 200);
 * ```
 */
export interface ChatHistoryOptions extends WaitOptions {
  /** The id before which the messages end; by default they end with the last. */
  before?: number | undefined;
  /**
   * The most messages, or `Infinity` for all that are kept: a request is sent for
   * each 100, or fewer long ones. Without it, one request is sent.
   */
  limit?: number | undefined;
}

/**
 * Options for {@linkcode ChatClient.search}.
 *
 * @example Usage
 * ```ts
 * import type { ChatSearchOptions } from "@vnet/net/chat";
 * import { assertEquals } from "@std/assert";
 *
 * const options: ChatSearchOptions = { room: "cats", limit: 10 };
 * assertEquals(options.room, "cats");
 * ```
 */
export interface ChatSearchOptions extends ChatHistoryOptions {
  /** The room; by default all rooms of the user, and private messages. */
  room?: string | undefined;
}

/** A nickname that follows the rules. */
function isNickname(value: unknown, name: string): void {
  isType("string")(value, name);
  refuseFault(parseNickname(value as string), name, value as string);
}

/** Names that rooms can have. */
function areRooms(value: unknown, name: string): void {
  isStrings(value, name);
  for (const room of value as string[]) {
    refuseFault(parseRoomName(room), name, room);
  }
}

/** Throws if a name breaks a rule, which the parser has told. */
function refuseFault(parsed: unknown, option: string, name: string): void {
  if (typeof parsed !== "string") return;
  throw new SyntaxError(
    `Cannot use ${option} "${name}": no server takes it (${parsed})`,
  );
}

/** The checks of all options. */
const CHECKS: OptionChecks<ChatClientOptions> = {
  nickname: isNickname,
  rooms: areRooms,
  password: isType("string"),
  invite: isType("string"),
  link: isType("string"),
  device: isType("string"),
  reconnect: isType("boolean"),
  maxAttempts: isCount(1),
  minDelay: isTime,
  maxDelay: isAmount,
  connectTimeout: isTime,
  pingInterval: isTime,
  burst: isAtLeast(1),
  rate: isAmount,
  caCerts: isStrings,
  signal: isSignal,
};

/** The checks of the options of `users()`, `history()` and `search()`. */
const PAGE_CHECKS: OptionChecks<ChatSearchOptions> = {
  ...WAIT_CHECKS,
  room: isType("string"),
  before: isInteger(0, Number.MAX_SAFE_INTEGER),
  limit: isCount(1),
};

/**
 * Checks the options of a request for a list.
 *
 * @throws {RangeError | TypeError} If one is not valid.
 */
export function checkPageOptions(options: ChatSearchOptions): void {
  checkOptions(options, PAGE_CHECKS);
}

/**
 * Checks the options.
 *
 * @throws {RangeError | TypeError | SyntaxError} If one is not valid.
 */
export function checkClientOptions(options: ChatClientOptions): void {
  checkOptions(options, CHECKS);
}
