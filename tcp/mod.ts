/**
 * Stream connections: TCP, TLS over TCP, and Unix sockets, each with the same
 * calls and the same rules.
 *
 * ```ts
 * import { dialTcp, listenTcp } from "@vnet/net/tcp";
 * import { assertEquals } from "@std/assert";
 *
 * const listener = listenTcp("127.0.0.1:0");
 * const serving = listener.serve((conn) => conn.readable.pipeTo(conn.writable));
 *
 * using conn = await dialTcp(listener.addr, { timeout: 5000 });
 * conn.setReadTimeout(5000);
 * await conn.writeString("hello\n");
 * assertEquals(await conn.readLine(), "hello");
 *
 * conn.close();
 * await listener.shutdown();
 * await serving;
 * ```
 *
 * | | dial | listen | connection |
 * | --- | --- | --- | --- |
 * | TCP | {@linkcode dialTcp} | {@linkcode listenTcp}, {@linkcode listenTcpShared} | {@linkcode TcpConn} |
 * | TLS | {@linkcode dialTls}, {@linkcode startTls} | {@linkcode listenTls} | {@linkcode TlsConn} |
 * | Unix | {@linkcode dialUnix} | {@linkcode listenUnix} | {@linkcode UnixConn} |
 *
 * Their common base is {@linkcode StreamConn} and {@linkcode StreamListener}.
 *
 * ## Waiting
 *
 * Every call that waits takes `{ signal, timeout, deadline }`, and setters such
 * as `setReadTimeout` and `setReadDeadline` give defaults. The earliest limit
 * ends the wait. A deadline is a moment, as in Go: setting it moves the limit of
 * pending calls too, one in the past fails everything at once, and a later one
 * makes the connection usable again.
 *
 * A read that gives up loses nothing; a write that gives up says on its error,
 * as `bytesWritten`, exactly how much went out. Either way the connection stays
 * usable.
 *
 * ```ts
 * import { dialTcp, listenTcp } from "@vnet/net/tcp";
 * import { assertEquals, assertRejects } from "@std/assert";
 *
 * using listener = listenTcp("127.0.0.1:0");
 * using client = await dialTcp(listener.addr);
 * using server = await listener.accept();
 *
 * await client.writeString("half a li");
 * await assertRejects(() => server.readLine({ timeout: 1 }), DOMException);
 * await client.writeString("ne\n");
 * assertEquals(await server.readLine({ timeout: 5000 }), "half a line");
 * ```
 *
 * ## Concurrency
 *
 * Reads may overlap each other and are served in the order asked, and so are
 * writes, whose bytes never mix. Reads and writes don't wait for each other.
 * While a stream is locked by a reader or writer, the calls of its direction
 * fail.
 *
 * ## Ownership
 *
 * The caller that dials or accepts a connection owns it and closes it, at best by
 * `using`; `serve` closes those of its handlers. A buffer to read into is left
 * alone once the call has settled; one to write from is the caller's again then,
 * whatever the outcome. Constructors such as `new TcpConn(conn)` take an object of
 * Deno over: it must not be used elsewhere from then on.
 *
 * ## Ends
 *
 * | what happened | what a call gets |
 * | --- | --- |
 * | the peer ended its direction | `null` from a read |
 * | a limit passed | a `DOMException` named `TimeoutError` |
 * | a signal aborted | the signal's reason |
 * | the connection was closed on this side | {@linkcode ClosedError} |
 * | a line was too long, everything was too much | {@linkcode LineTooLongError}, {@linkcode ReadAllError} |
 * | a proxy refused, or broke its protocol | {@linkcode ProxyError} |
 * | the system failed | an error of `Deno.errors`, with the address and the cause |
 * | wrong arguments | `TypeError`, `RangeError` or `SyntaxError` |
 *
 * The two directions end apart from each other: `closeWrite()`, or closing
 * `writable`, sends FIN and leaves reading open. The resource is freed when both
 * directions have ended, or by `close()`, `using` or `await using`.
 *
 * ## Servers
 *
 * A listener goes on after resets and when descriptors run out. `serve` runs a
 * handler for each connection; one that throws ends its own connection only, and
 * `onError` is told. The `signal` of its second argument aborts when the
 * connection is closed or cut. `shutdown()` stops accepting, waits for the connections,
 * and cuts them at a limit. `stats` has the counters, for a monitoring.
 *
 * ```ts
 * import { dialTcp, listenTcp } from "@vnet/net/tcp";
 * import { assertEquals } from "@std/assert";
 *
 * const errors: unknown[] = [];
 * const listener = listenTcp("127.0.0.1:0", { maxConnections: 100 });
 * const serving = listener.serve(async (conn) => {
 *   conn.setIdleTimeout(60_000, "close");
 *   const line = await conn.readLine({ maxLength: 1000 });
 *   if (line !== "please") throw new Error("Expected a polite client");
 *   await conn.writeString("welcome\n");
 * }, { onError: (error) => errors.push(error) });
 *
 * using rude = await dialTcp(listener.addr);
 * await rude.writeString("now!\n");
 * assertEquals(await rude.readLine(), null);
 * rude.close();
 * using polite = await dialTcp(listener.addr);
 * await polite.writeString("please\n");
 * assertEquals(await polite.readLine(), "welcome");
 * polite.close();
 *
 * assertEquals(await listener.shutdown({ timeout: 5000 }), 0);
 * await serving;
 * assertEquals(errors.length, 1);
 * ```
 *
 * ## Behind proxies
 *
 * A proxy of streams, such as HAProxy, nginx or a load balancer of a cloud,
 * dials the server itself: the address of the socket is the proxy's. With the
 * PROXY protocol it sends the client's first, which the option `proxyProtocol`
 * of the listeners reads, from the proxies that it names and from nobody else.
 * `remoteAddr`, messages and `maxConnectionsPerIp` then mean the client;
 * `proxyAddr` is the proxy.
 *
 * ```ts
 * import { dialTcp, encodeProxyHeader, listenTcp } from "@vnet/net/tcp";
 * import { assertEquals } from "@std/assert";
 *
 * const listener = listenTcp("127.0.0.1:0", {
 *   proxyProtocol: { from: ["127.0.0.1", "10.0.0.0/8"] },
 * });
 * const serving = listener.serve(async (conn) => {
 *   await conn.writeString(`${conn.peerIp}\n`);
 * });
 *
 * // HAProxy: `server app 127.0.0.1:7000 send-proxy-v2`
 * using proxy = await dialTcp(listener.addr);
 * await proxy.write(encodeProxyHeader({
 *   source: { hostname: "203.0.113.7", port: 50_000 },
 *   destination: { hostname: "192.0.2.1", port: 443 },
 * }));
 * assertEquals(await proxy.readLine(), "203.0.113.7");
 * proxy.close();
 * await listener.shutdown();
 * await serving;
 * ```
 *
 * ## Through proxies
 *
 * `proxy` of {@linkcode dialTcp} and {@linkcode dialTls} is the URL of a proxy to
 * dial through (`http:`, `https:` or `socks5:`), or `"environment"` for the one
 * that `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY` name. The proxy looks names up.
 * TLS is spoken with the target, whose name and certificate count. A proxy that
 * refuses is a {@linkcode ProxyError}.
 *
 * ```ts
 * import { dialTcp, listenTcp } from "@vnet/net/tcp";
 * import { assertEquals } from "@std/assert";
 *
 * const target = listenTcp("127.0.0.1:0");
 * const greeting = target.serve(async (conn) => {
 *   await conn.writeString("hello\n");
 * });
 * // A proxy that sends everybody to the target.
 * const proxy = listenTcp("127.0.0.1:0");
 * const serving = proxy.serve(async (near) => {
 *   assertEquals(await near.readLine(), "CONNECT example.test:80 HTTP/1.1");
 *   while (await near.readLine());
 *   using far = await dialTcp(target.addr);
 *   await near.writeString("HTTP/1.1 200 OK\r\n\r\n");
 *   await far.readable.pipeTo(near.writable);
 * });
 *
 * using conn = await dialTcp("example.test:80", {
 *   proxy: `http://127.0.0.1:${proxy.addr.port}`,
 *   timeout: 5000,
 * });
 * assertEquals(await conn.readLine(), "hello");
 * assertEquals(conn.remoteAddr, proxy.addr);
 *
 * conn.close();
 * await proxy.shutdown();
 * await target.shutdown();
 * await Promise.all([serving, greeting]);
 * ```
 *
 * ## Limits
 *
 * | what | default | set by |
 * | --- | --- | --- |
 * | any wait | none | options of the call, `set…Timeout`, `set…Deadline` |
 * | silence | none | `setIdleTimeout` |
 * | read-ahead | one buffer: 128 bytes, under load up to 256 KiB | |
 * | backpressure of `writable` | from 64 KiB on | |
 * | writes that are not awaited | none: `bufferedBytes` tells | |
 * | a line of `readLine()` | 64 KiB | `maxLength` |
 * | size of `readAll()` | none | `maxBytes` |
 * | open connections, in all and of one address | none | `maxConnections`, `maxConnectionsPerIp` |
 * | a TLS handshake on accept | 10 s, 1,024 at a time | `handshakeTimeout` |
 * | the answer of a proxy that is dialled through | 16 KiB | |
 * | a PROXY header | 3 s, 4 KiB, 1,024 at a time | `proxyProtocol.timeout` |
 * | backlog of a listener | 511 | `backlog` |
 *
 * ## Permissions
 *
 * `--allow-net`, or `--allow-net=host:port` for the address that is dialled or
 * listened on: `[::]:port` for a port without a host, which with `0.0.0.0:port`
 * alone listens on IPv4 only. Unix sockets also take `--allow-read` and `--allow-write`: for
 * their path, and to listen, better for its folder (see {@linkcode listenUnix}).
 * Through a proxy, the permission is for the proxy's address; `"environment"`
 * takes `--allow-env` for its variables.
 *
 * @module
 */

export {
  joinAddress,
  splitAddress,
  type TcpAddress,
} from "../internal/address/address.ts";
export {
  type AddressFamily,
  addressFamily,
} from "../internal/address/address_family.ts";
export * from "../internal/reconnect/shared_exports.ts";
export * from "../internal/shared_exports.ts";
export { acceptTls, type AcceptTlsOptions } from "./tls/accept_tls.ts";
export { copy, type CopyOptions } from "./copy.ts";
export { dialTcp, type DialTcpOptions, type TcpNetwork } from "./dial_tcp.ts";
export { dialTls, type DialTlsOptions } from "./tls/dial_tls.ts";
export { dialUnix } from "./unix/dial_unix.ts";
export { LineTooLongError } from "./conn/line_too_long_error.ts";
export { listenTcp, type ListenTcpOptions } from "./listen_tcp.ts";
export {
  listenTcpShared,
  type ListenTcpSharedOptions,
} from "./listen_tcp_shared.ts";
export { listenTls, type ListenTlsOptions } from "./tls/listen_tls.ts";
export { listenUnix, type ListenUnixOptions } from "./unix/listen_unix.ts";
export {
  NetListener,
  type NetListenerOptions,
} from "./listener/net_listener.ts";
export {
  encodeProxyHeader,
  type ProxyHeader,
  type ProxyHeaderAddress,
} from "./proxy_protocol/encode_proxy_header.ts";
export { ProxyError, type ProxyErrorOptions } from "./proxy/proxy_error.ts";
export type { ProxyProtocolOptions } from "./proxy_protocol/proxy_protocol_options.ts";
export { readAll, ReadAllError, type ReadAllOptions } from "./read_all.ts";
export type { Reader, Writer } from "./reader.ts";
export {
  reconnecting,
  type ReconnectingConns,
} from "./reconnect/reconnecting.ts";
export {
  type LineHeartbeat,
  reconnectingLines,
  type ReconnectingLinesOptions,
} from "./reconnect/reconnecting_lines.ts";
export { resolveTcpAddress } from "./resolve_tcp_address.ts";
export { startTls, type StartTlsOptions } from "./tls/start_tls.ts";
export {
  type ConnState,
  type ReadLineOptions,
  StreamConn,
} from "./conn/stream_conn.ts";
export type {
  ListenerRefusals,
  ListenerStats,
} from "./listener/listener_stats.ts";
export {
  type ListenerOptions,
  type ServeHandlerInfo,
  type ServeOptions,
  StreamListener,
} from "./listener/stream_listener.ts";
export {
  type KeepAliveOptions,
  TcpConn,
  type TcpConnOptions,
} from "./tcp_conn.ts";
export { TcpListener } from "./tcp_listener.ts";
export { infiniteTimeout, noTimeout } from "./timeouts.ts";
export type { PeerCertificate, TlsCertificate } from "./tls/tls_certificate.ts";
export { TlsConn } from "./tls/tls_conn.ts";
export { TlsListener } from "./tls/tls_listener.ts";
export type { TlsServerOptions } from "./tls/tls_server_options.ts";
export { UnixConn } from "./unix/unix_conn.ts";
export { UnixListener } from "./unix/unix_listener.ts";
