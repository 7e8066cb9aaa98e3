import { utf8Length } from "../internal/bytes/utf8_length.ts";
import type { DialAttempt } from "../internal/reconnect/reconnect_options.ts";
import type {
  ReconnectingStream,
  ReconnectingStreamOptions,
} from "../internal/reconnect/reconnecting_stream.ts";
import type { SendResult } from "../internal/reconnect/send_buffer.ts";
import {
  type Encoded,
  UnitStream,
  type UnitTransport,
} from "../internal/reconnect/unit_stream.ts";
import { checkMessage } from "./engine/_message_data.ts";
import { State } from "./state.ts";
import {
  hasTornMessage,
  type WebSocketConn,
  writeThrough,
} from "./websocket_conn.ts";
import { makeWebSocketError } from "./websocket_error.ts";

/** A message: text, or binary. */
type Data = string | Uint8Array;

/**
 * Messages that go on over WebSocket connections: when one is lost, the next one
 * is dialled, and writes wait meanwhile. See
 * {@linkcode ReconnectingStream} for the possible losses at a cut, and
 * {@linkcode ReconnectOptions} for the pauses.
 *
 * A close frame of the server ends a connection as a lost link does; the reason
 * is then a {@linkcode WebSocketError} with its code, and `isRetriable` decides
 * whether it is the end. A message that arrives in part is dropped, and counts as
 * `torn`; one on its way out, and those handed to the system together with
 * it (16 KiB at most, or one larger message), reject with
 * {@linkcode UncertainWriteError}.
 *
 * Dead links are found by the pings of the connection: pass `pingInterval` and
 * `pongTimeout` to `dialWebSocket`. Its `sendPolicy` should be left at `"wait"`.
 *
 * @param dial Makes a connection.
 * @param options How to connect again, and how much may wait.
 * @returns The messages, in both directions.
 *
 * @example Usage
 * ```ts
 * import { dialWebSocket, newServer, reconnecting, WebSocketError } from "@vnet/net/websocket";
 * import { assertEquals } from "@std/assert";
 *
 * // This server closes each connection after one answer.
 * const server = newServer(0, "/", { hostname: "127.0.0.1" });
 * server.onMessage(async (ws, message) => {
 *   await ws.writeString(`got ${message.text()}`);
 *   await ws.close(1012, "restart");
 * });
 * const { promise, resolve } = Promise.withResolvers<Deno.NetAddr>();
 * const serving = server.listen({ onListen: resolve });
 * const url = `ws://127.0.0.1:${(await promise).port}/`;
 *
 * const messages = reconnecting(
 *   ({ signal }) => dialWebSocket(url, { signal, pingInterval: 20_000 }),
 *   { initialDelay: 1 },
 * );
 * await messages.write("one");
 * assertEquals(await messages.read({ timeout: 5000 }), "got one");
 * for await (const state of messages.states) {
 *   if (state.type !== "lost") continue;
 *   assertEquals((state.reason as WebSocketError).closeCode, 1012);
 *   break;
 * }
 * await messages.write("two");
 * assertEquals(await messages.read({ timeout: 5000 }), "got two");
 *
 * await messages.close();
 * await server.close();
 * await serving;
 * ```
 */
export function reconnecting(
  dial: (attempt: DialAttempt) => Promise<WebSocketConn>,
  options: ReconnectingStreamOptions<WebSocketConn> = {},
): ReconnectingStream<WebSocketConn, string | Uint8Array, string | Uint8Array> {
  return new UnitStream(dial, new MessageTransport(), options);
}

class MessageTransport
  implements UnitTransport<WebSocketConn, Data, Data, Data> {
  torn = 0;
  readonly encode = encode;
  readonly send = send;

  async receive(
    conn: WebSocketConn,
    push: (message: Data, size: number) => Promise<void> | undefined,
  ): Promise<never> {
    try {
      return await receive(conn, push);
    } finally {
      if (hasTornMessage(conn)) this.torn++;
    }
  }
}

function encode(message: Data): Encoded<Data> {
  const error = checkMessage(message);
  if (error !== undefined) throw error;
  if (typeof message === "string") {
    return { data: message, size: sizeOf(message) };
  }
  // The caller may use the buffer again.
  return { data: new Uint8Array(message), size: message.length };
}

/** How many bytes a message has on its way. */
function sizeOf(message: Data): number {
  return typeof message === "string" ? utf8Length(message) : message.length;
}

/** Hands messages over in one turn: the connection sends them with one write. */
async function send(
  conn: WebSocketConn,
  messages: readonly Data[],
): Promise<SendResult> {
  const writes: Promise<void>[] = [];
  for (const message of messages) {
    if (conn.state !== State.open) break;
    writes.push(writeThrough(conn, message));
  }
  let sent = 0;
  try {
    for (; sent < writes.length; sent++) await writes[sent];
  } catch (error) {
    return { sent, uncertain: writes.length - sent, isOver: true, error };
  }
  return { sent, uncertain: 0, isOver: conn.state !== State.open };
}

async function receive(
  conn: WebSocketConn,
  push: (message: Data, size: number) => Promise<void> | undefined,
): Promise<never> {
  for (;;) {
    const message = await conn.read();
    if (message === null) break;
    const room = push(message, sizeOf(message));
    if (room !== undefined) await room;
  }
  const { code, reason } = await conn.closed;
  throw makeWebSocketError(
    `Cannot read from WebSocket "${conn.url}": the peer has closed it with ${code}`,
    { closeCode: code, reason },
    undefined,
  );
}
