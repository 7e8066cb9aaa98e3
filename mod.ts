/**
 * Networking in the manner of V's `net` module, on Deno's own primitives: every
 * connection is a pair of Web Streams and has direct calls beside them, and
 * every wait ends at a deadline or an `AbortSignal` without losing a byte.
 *
 * ```ts
 * import { dialTcp, listenTcp, readAll } from "@vnet/net";
 * import { assertEquals } from "@std/assert";
 *
 * const listener = listenTcp("127.0.0.1:0");
 * const serving = listener.serve(async (conn) => {
 *   for await (const line of conn.lines({ timeout: 5000 })) {
 *     await conn.writeString(`you said: ${line}\n`);
 *   }
 * });
 *
 * using conn = await dialTcp(listener.addr, { timeout: 5000 });
 * await conn.writeString("hello\n");
 * await conn.closeWrite();
 * const reply = await readAll(conn);
 * assertEquals(new TextDecoder().decode(reply), "you said: hello\n");
 *
 * await listener.shutdown();
 * await serving;
 * ```
 *
 * The parts have entry points of their own, with a guide each:
 * `@vnet/net/tcp` for stream connections (TCP, TLS, Unix), `@vnet/net/udp` for
 * datagrams, `@vnet/net/websocket`, which is the namespace `websocket` here, as
 * in V, and `@vnet/net/chat`, a chat server. `@vnet/net/testing` has connections
 * in memory.
 *
 * @module
 */

export * from "./tcp/mod.ts";
export * from "./udp/mod.ts";
export * as websocket from "./websocket/mod.ts";
