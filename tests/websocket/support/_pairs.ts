import { pipe } from "../../../tcp/pipe.ts";
import {
  beginWebSocket,
  type WebSocketConn,
} from "../../../websocket/websocket_conn.ts";
import type { WebSocketOptions } from "../../../websocket/websocket_options.ts";

/** Both ends of a WebSocket connection. */
export interface Pair extends Disposable {
  readonly server: WebSocketConn;
  readonly client: WebSocketConn;
}

/** Connects two ends in memory, without a handshake. */
export function pair(options: WebSocketOptions = {}): Pair {
  const [left, right] = pipe();
  const parts = {
    url: "/",
    protocol: "",
    extensions: "",
    fields: { toHeaders: () => new Headers() },
  };
  const limits = { pingInterval: Infinity, ...options };
  const client = beginWebSocket(parts, {
    conn: left,
    role: "client",
    options: limits,
  });
  const server = beginWebSocket(parts, {
    conn: right,
    role: "server",
    options: limits,
  });
  return {
    server,
    client,
    [Symbol.dispose]() {
      client.terminate();
      server.terminate();
    },
  };
}
