import { checkTimeout } from "../../internal/wait_options.ts";

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
  /** The nickname to ask for. Without one, `nick()` has to follow. */
  nickname?: string;
  /** Rooms to be in, beside the one where everybody begins. */
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
   * The default is what a server takes that has not been told otherwise. A
   * warning of the server halves it; `Infinity` switches all of this off.
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
 * What became of a request.
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
 * Checks the options that have bounds.
 *
 * @throws {RangeError | TypeError} If one is out of bounds.
 */
export function checkClientOptions(options: ChatClientOptions): void {
  for (
    const name of [
      "minDelay",
      "maxDelay",
      "connectTimeout",
      "pingInterval",
    ] as const
  ) {
    const value = options[name];
    if (value !== undefined) checkTimeout(value, name);
  }
  const { maxAttempts = 1, maxDelay = 1, burst = 1, rate = 1 } = options;
  if (!(burst >= 1 && rate > 0)) {
    throw new RangeError(
      `Cannot use burst ${burst} and rate ${rate}: expected at least 1, and more than 0`,
    );
  }
  const isWhole = maxAttempts === Infinity || Number.isInteger(maxAttempts);
  if (!isWhole || maxAttempts < 1) {
    throw new RangeError(
      `Cannot use maxAttempts ${maxAttempts}: expected an integer from 1 on, or Infinity`,
    );
  }
  if (maxDelay === 0) {
    throw new RangeError("Cannot use maxDelay 0: expected more");
  }
}
