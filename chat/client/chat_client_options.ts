import {
  checkOptions,
  isCount,
  isSignal,
  isStrings,
  isTime,
  isType,
  type OptionChecks,
} from "../../internal/check_options.ts";
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
  /**
   * Whether to connect again when a connection is lost.
   *
   * @default {true}
   */
  reconnect?: boolean;
  /**
   * The most attempts to connect again, before the client gives up.
   *
   * @default {Infinity}
   */
  maxAttempts?: number;
  /**
   * Milliseconds before the second attempt to connect again; they double from
   * one attempt to the next, and are shortened by chance by up to a half.
   *
   * @default {1000}
   */
  minDelay?: number;
  /**
   * The most milliseconds between two attempts.
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

/**
 * Checks the options.
 *
 * @throws {RangeError | TypeError | SyntaxError} If one is not valid.
 */
export function checkClientOptions(options: ChatClientOptions): void {
  checkOptions(options, CHECKS);
}
