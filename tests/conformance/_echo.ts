import type { WebSocketConn } from "../../websocket/websocket_conn.ts";
import type { WebSocketOptions } from "../../websocket/websocket_options.ts";

/** Limits wide enough for the largest cases of the Autobahn suite. */
export const SUITE_LIMITS: WebSocketOptions = {
  maxMessageSize: 17 * 2 ** 20,
  maxFragments: 2 ** 20,
  pingInterval: Infinity,
};

/** Sends every message back as what it came, until the connection has ended. */
export async function echoMessages(socket: WebSocketConn): Promise<void> {
  try {
    for await (const message of socket.readable) await socket.write(message);
  } catch {
    // A peer that breaks the protocol is what the suite is about.
  }
  await socket.closed;
}
