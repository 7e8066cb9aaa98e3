import { checkMessage, opcodeOf } from "./engine/_message_data.ts";
import { Broadcast } from "./frame/_broadcast.ts";

/** The frame and the payload of a prepared message. */
export let takeBroadcast: (message: PreparedMessage) => Broadcast;

/**
 * A message for many connections, of which each form is made only once: see
 * {@linkcode WebSocketConn.send}. A string is text, bytes are binary; bytes must
 * not change as long as the message is in use.
 *
 * @example Usage
 * ```ts
 * import { acceptWebSocket, dialWebSocket, PreparedMessage } from "@vnet/net/websocket";
 * import { listenTcp } from "@vnet/net/tcp";
 * import { assertEquals } from "@std/assert";
 *
 * using listener = listenTcp("127.0.0.1:0");
 * const url = `ws://127.0.0.1:${listener.addr.port}/`;
 * const accepting = listener.accept().then((conn) => acceptWebSocket(conn));
 * await using client = await dialWebSocket(url);
 * await using server = await accepting;
 *
 * const message = new PreparedMessage("to all of you");
 * for (const conn of [server]) assertEquals(conn.send(message), true);
 * assertEquals(await client.read(), "to all of you");
 * ```
 */
export class PreparedMessage {
  static {
    takeBroadcast = (message) => message.#broadcast;
  }

  readonly #broadcast: Broadcast;

  /**
   * Prepares a message.
   *
   * @param data The message.
   * @throws {TypeError} If it is neither string nor bytes, or its memory was
   * transferred away.
   */
  constructor(data: string | Uint8Array) {
    const error = checkMessage(data, "prepare");
    if (error !== undefined) throw error;
    this.#broadcast = new Broadcast(opcodeOf(data), data);
  }

  /** How many bytes it adds to `bufferedBytes` of a server's connection. */
  get byteLength(): number {
    return this.#broadcast.frame.length;
  }
}
