/**
 * WebSockets (RFC 6455), as streams and with callbacks, over one engine that is
 * strict about the protocol and bounded in all it holds.
 *
 * With callbacks, in the manner of V's `websocket` module:
 *
 * ```ts
 * import { newClient, newServer, OPCode } from "@vnet/net/websocket";
 * import { assertEquals } from "@std/assert";
 *
 * const server = newServer(0, "/echo", { hostname: "127.0.0.1" });
 * server.onMessage((ws, message) => {
 *   // Pongs come here, too.
 *   if (message.opcode === OPCode.pong) return;
 *   ws.write(message.payload, message.opcode);
 * });
 * const { promise, resolve } = Promise.withResolvers<Deno.NetAddr>();
 * const serving = server.listen({ onListen: resolve });
 *
 * const client = newClient(`ws://127.0.0.1:${(await promise).port}/echo`);
 * const received: string[] = [];
 * client.onMessage((ws, message) => {
 *   received.push(message.text());
 *   return ws.close();
 * });
 * await client.connect();
 * await client.writeString("hello");
 * await client.listen();
 * assertEquals(received, ["hello"]);
 *
 * await server.close();
 * await serving;
 * ```
 *
 * As streams, over any connection of `@vnet/net/tcp`:
 *
 * ```ts
 * import { acceptWebSocket, dialWebSocket } from "@vnet/net/websocket";
 * import { listenTcp } from "@vnet/net/tcp";
 * import { assertEquals } from "@std/assert";
 *
 * const listener = listenTcp("127.0.0.1:0");
 * const serving = listener.serve(async (conn) => {
 *   const socket = await acceptWebSocket(conn);
 *   await socket.readable.pipeTo(socket.writable);
 *   await socket.closed;
 * });
 *
 * const client = await dialWebSocket(`ws://127.0.0.1:${listener.addr.port}/`);
 * await client.write("hello");
 * assertEquals(await client.read(), "hello");
 * await client.close();
 * listener.close();
 * await serving;
 * ```
 *
 * **Which one.** `newServer` and `newClient` are the fastest, and the shortest
 * where messages are answered as they come. `dialWebSocket` and
 * `acceptWebSocket` give streams, and reads with limits. `WebSocketStream` is
 * the web platform's class. Inside `Deno.serve` there are `upgradeWebSocket` and
 * `Server.handleUpgrade`, which can do less: see there.
 *
 * **Ownership.** The code that dials or accepts a WebSocket owns it and closes it, at
 * best by `await using`; `acceptWebSocket` takes the connection over that it is
 * given, and a server owns its clients. Messages belong to their receiver. A
 * buffer that was written is the caller's again when its call has settled.
 *
 * **Concurrency.** Any call may be made while any other is pending. Messages go
 * out whole, in the order of the calls, behind all of them the close frame.
 * Callbacks are called one after the other, right as messages are parsed; those
 * that return a promise overlap.
 *
 * **Backpressure.** A slow reader stops the peer: a
 * connection reads no more while 1,024 messages or 1 MiB wait to be read, or to
 * be done with by callbacks that have returned a promise. Outward, a write
 * settles when its message is queued, beyond 64 KiB when the system has taken it,
 * and `sendPolicy` applies beyond `maxBufferedBytes`. A broadcast does not wait.
 *
 * **Large messages.** `WebSocketConn.readMessage` and `writeMessage` give one
 * message as a stream of chunks, in both directions, in bounded memory.
 *
 * **Limits**, all of them options:
 *
 * | option | default | beyond it |
 * | --- | --- | --- |
 * | `maxMessageSize` | 1 MiB, inflated; none for `readMessage` | 1009, before it is stored |
 * | `maxFragments` | 131,072, empty ones counted | 1008 |
 * | `maxBufferedBytes` | 1 MiB waiting to be sent | `sendPolicy`: wait, close, drop |
 * | `handshakeTimeout` | 10 s | the connection is closed |
 * | `pingInterval` | 30 s on a server, none on a client | |
 * | `pongTimeout` | 20 s | the connection is cut: 1006 |
 * | `closeTimeout` | 30 s without progress | the connection is cut: 1006 |
 * | `maxTopicsPerConnection`, `maxTopicLength` of topics | 1,000; 255 bytes | a `RangeError` |
 * | `maxConnections`, `maxConnectionsPerIp` of a server | none | closed at once; 503 by `handleUpgrade`, `handleHandshake` |
 * | not an option: head of a handshake | 16 KiB, 100 fields | 431 |
 * | not an option: body of a refusal, for a client | 16 KiB, 2 s | cut off |
 *
 * `pingInterval` is in milliseconds everywhere but on `Server`, where it is in
 * seconds, as in V. `Server.stats` has the counters, for a monitoring.
 *
 * **Topics.** {@linkcode Topics}, and each server, publish to the connections that
 * have subscribed, in this process and by {@linkcode natsTopics} in others.
 *
 * **Close codes.** The end is told exactly once, with the code of the peer's
 * close frame; 1005 if that had none; 1006 if there was no close frame; the code
 * that was sent if the peer broke the protocol (1002), sent text that is not
 * UTF-8 (1007) or passed a limit. A callback that fails ends its own connection
 * with 1011.
 *
 * **Errors.** An option that can't be right is refused when it is given. A refused
 * or broken handshake is a {@linkcode HandshakeError} with the status, and for a
 * client with the body of the answer; a failure of a proxy on the way, or its
 * refusal by SOCKS5, is a {@linkcode ProxyError}; a limit is a `DOMException`
 * named `TimeoutError`; a call on a connection that is or gets closed is a
 * {@linkcode ClosedError}. The end of the
 * messages is `null`, unless the peer broke the protocol
 * ({@linkcode ProtocolError}) or left without a close frame
 * (`Deno.errors.UnexpectedEof`). No end has to be caught: `closed`, or `onError`
 * and `onClose`, tell it too. An error of a handler that no `onError` takes is
 * printed with `console.error`. Health checks that connect and go, and pages that
 * were asked for, are no errors.
 *
 * ```ts
 * import { dialWebSocket, HandshakeError, newServer } from "@vnet/net/websocket";
 * import { assertEquals, assertRejects } from "@std/assert";
 *
 * const server = newServer(0, "/chat", { hostname: "127.0.0.1" });
 * server.onConnect((peer) => peer.headers.get("authorization") === "Bearer 1");
 * server.onMessage((ws) => ws.close(4000, "enough"));
 * const { promise, resolve } = Promise.withResolvers<Deno.NetAddr>();
 * const serving = server.listen({ onListen: resolve });
 * const url = `ws://127.0.0.1:${(await promise).port}/chat`;
 *
 * const refused = await assertRejects(() => dialWebSocket(url), HandshakeError);
 * assertEquals([refused.status, refused.body], [403, "Refused\n"]);
 *
 * const socket = await dialWebSocket(url, {
 *   headers: { authorization: "Bearer 1" },
 * });
 * await socket.write("hello");
 * assertEquals(await socket.read(), null);
 * const end = { code: 4000, reason: "enough", wasClean: true };
 * assertEquals(await socket.closed, end);
 *
 * await server.close();
 * await serving;
 * ```
 *
 * **Security.** Browsers let any page open a WebSocket to any server, with the
 * cookies of that server. So a request with an `Origin` is refused with 403
 * unless the page is of the same origin or `allowedOrigins` names it. Programs
 * send no `Origin`, or any they like: `onConnect` or `onRequest` authenticates
 * them, by a header field or, with `clientCaCerts`, by
 * {@linkcode ServerClient.peerCertificate}. Certificates of servers are verified;
 * `caCerts` adds authorities.
 * permessage-deflate is off unless asked for: an attacker who sees the
 * traffic and chooses a part of a message can guess the rest.
 *
 * **Behind proxies.** With `trustedProxies`, the client's address comes from the
 * header field that these proxies set, as `clientAddress` of the request and of the
 * connection; `remoteAddr` is always the address of the socket. With
 * `forwardedOrigin`, the proxies tell the server's own origin too. For proxies that
 * speak the PROXY protocol there is `proxyProtocol` of `newServer` and of
 * listeners.
 *
 * **Permissions.** `--allow-net`.
 *
 * @module
 */
export * from "../internal/reconnect/shared_exports.ts";
export * from "../internal/shared_exports.ts";
export type {
  ConnState,
  ReadLineOptions,
  StreamConn,
} from "../tcp/conn/stream_conn.ts";
export type { DeflateOptions } from "./deflate/_deflate_negotiation.ts";
export type { AllowedHosts } from "./handshake/_allowed_hosts.ts";
export type { AllowedOrigins } from "./handshake/_origin.ts";
export type { HttpRequest } from "./handshake/_plain_request.ts";
export type { TrustedProxies } from "./handshake/_trusted_proxies.ts";
export {
  acceptWebSocket,
  type AcceptWebSocketOptions,
  type RequestDecision,
  type WebSocketRequest,
} from "./accept_websocket.ts";
export { Client, type ClientOptions, newClient } from "./callbacks/client.ts";
export { CloseCode, isWireCloseCode } from "./close_code.ts";
export { dialWebSocket, type DialWebSocketOptions } from "./dial_websocket.ts";
export {
  HandshakeError,
  type HandshakeErrorOptions,
} from "./handshake_error.ts";
export { Message } from "./message.ts";
export type { MessageConn } from "./message_conn.ts";
export { OPCode } from "./opcode.ts";
export { PreparedMessage } from "./prepared_message.ts";
export { ProtocolError } from "./protocol_error.ts";
export {
  ProxyError,
  type ProxyErrorOptions,
} from "../tcp/proxy/proxy_error.ts";
export { newServer, Server, ServerClient } from "./callbacks/server.ts";
export type {
  BroadcastOptions,
  HandleUpgradeOptions,
  ServerListenOptions,
  ServerOptions,
} from "./callbacks/server_options.ts";
export type { ServerRefusals, ServerStats } from "./callbacks/server_stats.ts";
export { reconnecting } from "./reconnecting.ts";
export { State } from "./state.ts";
export {
  type NatsTopics,
  natsTopics,
  type NatsTopicsConnection,
  type NatsTopicsOptions,
} from "./topics/nats_topics.ts";
export type { TopicAdapter } from "./topics/topic_adapter.ts";
export { type TopicConn, Topics } from "./topics/topics.ts";
export type { TopicsOptions } from "./topics/topics_options.ts";
export {
  type UpgradedWebSocket,
  upgradeWebSocket,
  type UpgradeWebSocketOptions,
  type WebSocketUpgrade,
} from "./upgrade_websocket.ts";
export {
  type IncomingWebSocketMessage,
  type ReadMessageOptions,
  type WebSocketCloseOptions,
  WebSocketConn,
} from "./websocket_conn.ts";
export { type WebSocketCloseInfo, WebSocketError } from "./websocket_error.ts";
export type {
  CloseInfo,
  SendPolicy,
  WebSocketOptions,
} from "./websocket_options.ts";
export {
  type WebSocketOpenInfo,
  WebSocketStream,
  type WebSocketStreamOptions,
} from "./websocket_stream.ts";
