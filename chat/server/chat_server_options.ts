import type { ProxyProtocolOptions } from "../../tcp/proxy_protocol/proxy_protocol_options.ts";
import type { TlsCertificate } from "../../tcp/tls/tls_certificate.ts";
import type {
  AllowedHosts,
  AllowedOrigins,
  TrustedProxies,
} from "../../websocket/mod.ts";
import type { ChatAccessOptions } from "./access/chat_access_options.ts";
import type { ChatClusterOptions } from "../cluster/chat_cluster_options.ts";
import type { ChatStore } from "../store/chat_store.ts";
import type { ChatServerEvent } from "./chat_server_event.ts";

/**
 * The port of {@linkcode serveChat} for users of `telnet` and `nc`.
 *
 * @example Usage
 * ```ts
 * import { type ChatTcpOptions, serveChat } from "@vnet/net/chat";
 * import { assertEquals } from "@std/assert";
 *
 * const tcp: ChatTcpOptions = { hostname: "127.0.0.1", port: 0 };
 * await using server = serveChat({ tcp });
 * assertEquals(server.tcpAddr.hostname, "127.0.0.1");
 * ```
 */
export interface ChatTcpOptions {
  /**
   * The address to listen on. By default only this machine can connect;
   * `"0.0.0.0"` accepts connections from other machines.
   *
   * @default {"127.0.0.1"}
   */
  hostname?: string;
  /**
   * The port to listen on; `0` lets the system choose one.
   *
   * @default {2020 for lines over TCP, 2021 for HTTP}
   */
  port?: number;
  /** The certificate chain in PEM; with `key`, the server listens with TLS. */
  cert?: string;
  /** The private key in PEM. */
  key?: string;
  /**
   * Chooses the certificate by the server name that a client asks for, instead
   * of `cert` and `key`: the server listens with TLS. See `listenTls`.
   */
  certificate?: (
    serverName: string,
  ) => TlsCertificate | undefined | Promise<TlsCertificate | undefined>;
  /**
   * The TLS implementation. `"runtime"` is only for servers behind a proxy: it
   * frees a socket only after the peer has closed it; see `listenTls`.
   *
   * @default {"layer"}
   */
  tlsBackend?: "layer" | "runtime";
  /**
   * Reads a header of the PROXY protocol from the connections of these proxies.
   * Limits, bans and logs then mean the address of the client.
   */
  proxyProtocol?: ProxyProtocolOptions;
}

/**
 * The port of {@linkcode serveChat} for browsers and other WebSocket clients.
 *
 * @example Usage
 * ```ts
 * import { type ChatHttpOptions, serveChat } from "@vnet/net/chat";
 * import { assertEquals } from "@std/assert";
 *
 * const http: ChatHttpOptions = { port: 0 };
 * await using server = serveChat({ http });
 * const response = await fetch(`http://127.0.0.1:${server.httpAddr.port}/`);
 * assertEquals(response.headers.get("content-type"), "text/html; charset=utf-8");
 * await response.body?.cancel();
 * ```
 */
export interface ChatHttpOptions extends ChatTcpOptions {
  /**
   * The origins whose pages may connect, beside the server's own: `"*"` for all,
   * origins such as `"https://example.com"`, or patterns. A client that sends no
   * `Origin` is not a page, and may connect.
   */
  allowedOrigins?: AllowedOrigins;
  /**
   * The hosts that requests may name, beside `localhost` and IP addresses, which
   * are always allowed: `"*"` for all, names such as `"chat.example"`, or
   * `"*.example.com"`. Other requests are refused with 421, for the page and for
   * WebSockets. This protects a chat that is meant for this machine only from
   * pages whose name resolves to this machine (DNS rebinding).
   *
   * @default {none on a loopback address, else "*"}
   */
  allowedHosts?: AllowedHosts;
  /**
   * The proxies, such as nginx, that tell the address of the client in a header
   * field. Limits, bans and logs then mean that address; the addresses of the
   * proxies have no limit.
   */
  trustedProxies?: TrustedProxies;
  /**
   * Whether these proxies also tell the scheme and the host that the client has
   * used, which make the server's own origin; `allowedHosts` applies to that host.
   * See `acceptWebSocket`.
   *
   * @default {false}
   */
  forwardedOrigin?: boolean;
  /**
   * The path under which the page and the WebSocket are served, such as `"/team"`,
   * for a proxy that passes on only paths with this prefix. `/healthz` is served
   * without it.
   *
   * @default {none}
   */
  basePath?: string;
}

/**
 * Options for {@linkcode serveChat}.
 *
 * @example Usage
 * ```ts
 * import { type ChatServerOptions, serveChat } from "@vnet/net/chat";
 * import { assertEquals } from "@std/assert";
 *
 * const options: ChatServerOptions = {
 *   tcp: { port: 0 },
 *   name: "The Kitchen",
 *   maxConnections: 100,
 * };
 * await using server = serveChat(options);
 * assertEquals(server.addr, server.tcpAddr);
 * ```
 */
export interface ChatServerOptions {
  /**
   * The port for users of `telnet` and `nc`; `false` for none. If only
   * one of `tcp` and `http` is given, the other side is not served; if neither is
   * given, both are served.
   */
  tcp?: ChatTcpOptions | false;
  /** The port for the page and WebSockets; `false` for none. */
  http?: ChatHttpOptions | false;
  /**
   * The server's name, which the greeting shows: one line of up to 64 characters.
   * By default the greeting shows no name.
   */
  name?: string;
  /**
   * Makes this server one of several that share their users, rooms and messages:
   * see {@linkcode ChatLog}. Connections wait until it has read the log. A server that
   * can't follow the others any more tells its users, reports the error to `onError`,
   * and stops.
   */
  cluster?: ChatClusterOptions;
  /**
   * The language of the texts for users of lines, as a tag (BCP 47): English, or
   * Simplified Chinese, such as `"zh-CN"`. The page and the client for the terminal
   * choose their own.
   *
   * @default {"en"}
   */
  language?: string | undefined;
  /**
   * Milliseconds in which a user may change or delete an own message.
   *
   * @default {900000}
   */
  editTime?: number;
  /**
   * Whether lines such as `c:NAME:TEXT`, `n:NAME` and `l` are commands (`"full"`) or
   * text (`"plain"`), until a user chooses with `/syntax`.
   *
   * @default {"full"}
   */
  syntax?: "full" | "plain" | undefined;
  /**
   * Nicknames that no user may have, nor any that look like them. The default
   * names the server and its operators in English and Chinese.
   */
  reservedNicknames?: Iterable<string>;
  /**
   * Keeps the history of the rooms; the caller closes it after the server has
   * stopped. By default the history is in memory.
   */
  store?: ChatStore;
  /** Access to the chat, which is open to all clients by default. */
  access?: ChatAccessOptions;
  /**
   * The secret, of at least 8 characters, that makes a user an operator, who may
   * kick, ban, mute and notify users, and delete messages. By default there are no
   * operators.
   */
  operatorToken?: string;
  /**
   * The most open rooms, including the lobby.
   *
   * @default {200}
   */
  maxRooms?: number;
  /**
   * The most open connections, on both sides together. Further ones are told so,
   * closed and counted.
   *
   * @default {10000}
   */
  maxConnections?: number;
  /**
   * The most open connections of one address; for IPv6, of one /64 network.
   *
   * @default {16}
   */
  maxPerAddress?: number;
  /**
   * How many times one address may enter the chat within ten minutes. Requests
   * for the page do not count.
   *
   * @default {32}
   */
  maxNewPerAddress?: number;
  /**
   * Whether addresses of this machine are exempt from the two limits per address.
   *
   * @default {true}
   */
  exemptLoopback?: boolean;
  /**
   * Milliseconds in which a user must choose a nickname, whatever else is sent.
   * Then the user is disconnected; after twice the time, if the nickname waits for
   * the log of a cluster.
   *
   * @default {30000}
   */
  nicknameTimeout?: number;
  /**
   * Milliseconds that a request to the HTTP port and its response may take,
   * including the handshake of a WebSocket. Then the connection is closed.
   *
   * @default {10000}
   */
  requestTimeout?: number;
  /**
   * The most bytes of a line, without its end, or of a message's text, up to
   * 64 MiB. A longer one is refused. A longer line of text over TCP disconnects
   * the sender, and so does a message (or a line in JSON) of more than four times
   * that plus 1024 bytes.
   *
   * In a cluster, six times that plus 2 KiB must fit into `maxBatchBytes` of its log.
   *
   * @default {4096}
   */
  maxLineLength?: number;
  /**
   * How many lines a user may send at once. Further lines are delayed; a user who
   * goes on sending is warned, and then disconnected.
   *
   * @default {5}
   */
  burst?: number;
  /**
   * How many lines a second a user may send after that burst.
   *
   * @default {2}
   */
  rate?: number;
  /**
   * The most unread bytes of one user, beside what the system buffers. A user who
   * has left more unread when the next message comes is disconnected as too slow.
   * Bytes queued within one turn of the event loop, such as a long history, count
   * only after the system had time to take them, up to 64 MiB or 16 times this
   * limit, whichever is more.
   *
   * @default {262144}
   */
  maxQueuedBytes?: number;
  /**
   * Milliseconds between pings over a WebSocket; a user who does not answer
   * within 20 s is disconnected. `Infinity` sends none. Over TCP, `nc` would show
   * any ping, so lost connections are found by the system's keep-alive.
   *
   * @default {30000}
   */
  pingInterval?: number;
  /**
   * Milliseconds without progress after which the connection of a leaving user is
   * cut, even if not everything was sent; also the longest time that
   * {@linkcode ChatServer.shutdown} takes. Once everything was sent, the user has
   * two minutes to close the connection.
   *
   * @default {5000}
   */
  drainTimeout?: number;
  /** Stops the server when it aborts, as {@linkcode ChatServer.shutdown} does. */
  signal?: AbortSignal;
  /** Called with each event, for a log. An error that it throws is printed. */
  onEvent?: (event: ChatServerEvent) => void;
  /**
   * Called with each failure on this side, such as that the system can't accept a
   * connection. A lost connection of a user is not an error.
   */
  onError?: (error: unknown) => void;
}
