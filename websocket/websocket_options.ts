import {
  isCount,
  isInteger,
  isOneOf,
  isTime,
  type OptionChecks,
  typeOf,
} from "../internal/check_options.ts";
import {
  checkDeflateOptions,
  type DeflateOptions,
} from "./deflate/_deflate_negotiation.ts";

/**
 * The treatment of a message when as many bytes wait to be sent as may: it waits
 * (`"wait"`), the connection is cut (`"close"`), or the message is not sent
 * (`"drop"`).
 *
 * @example Usage
 * ```ts
 * import type { SendPolicy } from "@vnet/net/websocket";
 * import { assertEquals } from "@std/assert";
 *
 * const policy: SendPolicy = "close";
 * assertEquals(policy, "close");
 * ```
 */
export type SendPolicy = "wait" | "close" | "drop";

/** Options of a WebSocket connection on either side. */
export interface WebSocketOptions {
  /**
   * The most bytes of a message from the peer, inflated. A larger one ends the
   * connection with 1009 before it is stored.
   *
   * @default {1048576}
   */
  maxMessageSize?: number;
  /**
   * The most frames of a message from the peer, empty ones counted. More of them
   * end the connection with 1008.
   *
   * @default {131072}
   */
  maxFragments?: number;
  /**
   * How many bytes may wait to be sent before `sendPolicy` applies. For the
   * policies `"close"` and `"drop"`, and for broadcasts, a peer is judged by the
   * bytes it has left unread: they count when the system was offered them and has
   * not taken them, and not while they wait only because this turn of the event
   * loop has queued them. Beyond 64 MiB, or 16 times this bound if that is more,
   * all bytes count.
   *
   * @default {1048576}
   */
  maxBufferedBytes?: number;
  /**
   * The treatment of a message beyond `maxBufferedBytes`.
   *
   * @default {"wait"}
   */
  sendPolicy?: SendPolicy;
  /**
   * Milliseconds from a pong to the next ping; `Infinity` for no pings. A ping may
   * be later by a thirtieth of them or of `pongTimeout`, by 1 s at most, as all
   * connections are looked at together. The first may be sooner, at random, after
   * an eighth of them at least: otherwise all that connect again after a restart
   * would be pinged at once for ever.
   *
   * @default {30000 on a server, Infinity on a client}
   */
  pingInterval?: number;
  /**
   * Milliseconds without any sign of life after a ping, before the connection is
   * cut, which may be later as a ping may be. A sign of
   * life is the pong, any other byte of the peer, and that the system takes own
   * bytes while more wait to be sent. Bytes sent before the ping give a slow peer
   * more time: that which they take at 8 KiB/s, at most two minutes. Time in
   * which this process does not read, or stands still, does not count.
   *
   * @default {20000}
   */
  pongTimeout?: number;
  /**
   * Milliseconds without progress in which a closing connection is given up:
   * progress is that the system takes bytes of this side. When it has all of
   * them, the close frame included, the peer gets these milliseconds for its own
   * close frame, and beside them the time that the bytes sent since its last pong
   * take at 8 KiB/s, up to two minutes in all.
   *
   * It should not be short where peers are slow: Linux lets a writer go on when
   * a third of its send buffer of up to some megabytes is free.
   *
   * @default {30000}
   */
  closeTimeout?: number;
  /**
   * Whether, and how, to compress messages (permessage-deflate, RFC 7692) if the
   * peer can. It costs memory and time, and gives nothing for short messages.
   *
   * @default {false}
   */
  deflate?: boolean | DeflateOptions;
}

/**
 * How a WebSocket connection has ended.
 *
 * @example Usage
 * ```ts
 * import type { CloseInfo } from "@vnet/net/websocket";
 * import { assert } from "@std/assert";
 *
 * const info: CloseInfo = { code: 1000, reason: "bye", wasClean: true };
 * assert(info.wasClean);
 * ```
 */
export interface CloseInfo {
  /**
   * The code of the close frame that was received: 1005 if it had none. 1006 if
   * the link was lost without one, or before all own messages were sent, and the code that was sent if the peer broke
   * the protocol.
   */
  readonly code: number;
  /** The reason of the close frame. */
  readonly reason: string;
  /** Whether both sides have sent a close frame, and none broke the protocol. */
  readonly wasClean: boolean;
}

/** Makes options of `deflate`, `undefined` for none. */
export function toDeflateOptions(
  deflate: boolean | DeflateOptions | undefined,
): DeflateOptions | undefined {
  if (typeof deflate === "object") return deflate;
  return deflate ? {} : undefined;
}

/** No message can be larger: it is the longest string that V8 can make. */
const MAX_MESSAGE_SIZE = 2 ** 29 - 24;

/** The checks of all options. */
export const WEBSOCKET_CHECKS: OptionChecks<WebSocketOptions> = {
  maxMessageSize: isInteger(1, MAX_MESSAGE_SIZE),
  maxFragments: isInteger(1, Number.MAX_SAFE_INTEGER),
  maxBufferedBytes: isCount(0),
  sendPolicy: isOneOf("wait", "close", "drop"),
  pingInterval: isTime,
  pongTimeout: isTime,
  closeTimeout: isTime,
  deflate: isDeflate,
};

function isDeflate(value: unknown, name: string): void {
  if (typeof value === "boolean") return;
  if (typeof value !== "object" || value === null) {
    throw new TypeError(
      `Cannot use ${name} of type ${
        typeOf(value)
      }: expected a boolean or options`,
    );
  }
  checkDeflateOptions(value);
}
