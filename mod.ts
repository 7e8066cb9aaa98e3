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
 * ## The parts
 *
 * Each has an entry point of its own, with a guide:
 *
 * | entry point | what is there | in this module |
 * | --- | --- | --- |
 * | `@vnet/net/tcp` | stream connections and listeners: TCP, TLS, Unix sockets | all of it |
 * | `@vnet/net/udp` | datagrams | all of it |
 * | `@vnet/net/websocket` | WebSockets | as `websocket`, as in V |
 * | `@vnet/net/chat` | a chat server | |
 * | `@vnet/net/testing` | connections in memory, a certificate for tests | |
 *
 * ## What holds everywhere
 *
 * **Waiting.** Every call that waits takes {@linkcode WaitOptions}: a `timeout`,
 * a `deadline`, a `signal`. Setters give defaults. The earliest limit ends the
 * wait, and nothing is lost by it.
 *
 * **Concurrency.** Calls may overlap. Those of one direction are served in the
 * order asked, and what they send never mixes; the two directions don't wait for
 * each other.
 *
 * **Ownership.** Whoever dials or accepts owns the connection and closes it, at
 * best by `using`; `serve` and a WebSocket server own theirs. A buffer is the
 * caller's own again when its call has settled.
 *
 * **Errors.** A limit is a `DOMException` named `TimeoutError`; an abort is the
 * signal's own reason; anything after `close()` is a {@linkcode ClosedError}; the
 * system's failures are errors of `Deno.errors`, with the cause and the fields of
 * {@linkcode SystemErrorInfo}: the operation, the address and a stable code.
 * The end of a stream is no error, but `null`.
 *
 * ```ts
 * import { ClosedError, dialTcp, listenTcp, websocket } from "@vnet/net";
 * import { assert, assertRejects } from "@std/assert";
 *
 * using listener = listenTcp("127.0.0.1:0");
 * const conn = await dialTcp(listener.addr);
 * const buffer = new Uint8Array(16);
 * const late = await assertRejects(() => conn.read(buffer, { timeout: 1 }));
 * assert(late instanceof DOMException && late.name === "TimeoutError");
 *
 * conn.close();
 * await assertRejects(() => conn.read(buffer), ClosedError);
 * listener.close();
 * await assertRejects(
 *   () => websocket.dialWebSocket(`ws://127.0.0.1:${listener.addr.port}/`),
 *   Deno.errors.ConnectionRefused,
 * );
 * ```
 *
 * **Limits.** Nothing grows without a bound that is stated where it is. Limits on
 * time and on the number of connections are off until they are set: set them on
 * a server that strangers can reach.
 *
 * **Permissions.** `--allow-net`; for Unix sockets, `--allow-read` and
 * `--allow-write` for their path as well.
 *
 * @module
 */

export * from "./tcp/mod.ts";
export * from "./udp/mod.ts";
export * as websocket from "./websocket/namespace.ts";
export { tuneProcess } from "./internal/tune_process.ts";
