import type { WebSocketConn } from "./websocket_conn.ts";

/**
 * The members of a `WebSocketConn` that most code needs: the type for code that
 * takes other implementations too, such as those of tests.
 *
 * @example Usage
 * ```ts
 * import {
 *   acceptWebSocket,
 *   dialWebSocket,
 *   type MessageConn,
 * } from "@vnet/net/websocket";
 * import { listenTcp } from "@vnet/net/tcp";
 * import { assertEquals } from "@std/assert";
 *
 * async function greet(conn: MessageConn): Promise<void> {
 *   await conn.write("hello");
 *   await conn.close();
 * }
 *
 * using listener = listenTcp("127.0.0.1:0");
 * const greeting = listener.accept().then(acceptWebSocket).then(greet);
 * await using client = await dialWebSocket(`ws://127.0.0.1:${listener.addr.port}/`);
 * assertEquals(await client.read(), "hello");
 * await client.close();
 * await greeting;
 * ```
 */
export type MessageConn = Pick<
  WebSocketConn,
  Exclude<
    keyof WebSocketConn,
    "send" | "flushed" | "readMessage" | "writeMessage"
  >
>;
