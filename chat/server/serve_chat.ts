import { RunningChatServer } from "./_running_chat_server.ts";
import type { TlsCertificate } from "../../tcp/tls/tls_certificate.ts";
import type { AllowedHosts, AllowedOrigins } from "../../websocket/mod.ts";
import type { ChatServer } from "./chat_server.ts";
import type { ChatServerEvent } from "./chat_server_event.ts";
import type { ChatStore } from "../store/chat_store.ts";
import type { Relay } from "../room/relay.ts";

/**
 * Where {@linkcode serveChat} listens for users with `telnet` or `nc`.
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
   * The address to listen on. By default only the own machine can connect;
   * `"0.0.0.0"` lets everyone in who reaches the machine.
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
  /** The certificate chain in PEM; with `key`, the server listens by TLS. */
  cert?: string;
  /** The private key in PEM. */
  key?: string;
  /**
   * Chooses the certificate by the name that a client asks for, instead of
   * `cert` and `key`: the server listens by TLS. See `listenTls`.
   */
  certificate?: (
    serverName: string,
  ) => TlsCertificate | undefined | Promise<TlsCertificate | undefined>;
  /**
   * What does TLS. `"runtime"` is for servers behind a proxy only, as it frees no
   * socket before its peer does; see `listenTls`.
   *
   * @default {"layer"}
   */
  tlsBackend?: "layer" | "runtime";
}

/**
 * Where {@linkcode serveChat} listens for browsers and other users of
 * WebSockets.
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
   * Whose pages may connect beside that of this server: `"*"` for all, origins
   * such as `"https://example.com"`, or patterns. What sends no `Origin` is no
   * page, and may connect.
   */
  allowedOrigins?: AllowedOrigins;
  /**
   * Which hosts requests may name, beside `localhost` and IP addresses, which
   * always may: `"*"` for all, names such as `"chat.example"`, or
   * `"*.example.com"`. Others are refused with 421, the page and WebSockets
   * alike. So no page of a foreign name that leads to this machine (DNS
   * rebinding) gets to a chat that is meant for this machine only.
   *
   * @default {none on a loopback address, else "*"}
   */
  allowedHosts?: AllowedHosts;
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
   * Where to listen for users with `telnet` or `nc`; `false` for nowhere. If
   * only one of `tcp` and `http` is given, the other side is not served; without
   * both, both are.
   */
  tcp?: ChatTcpOptions | false;
  /** Where to serve the page and WebSockets; `false` for nowhere. */
  http?: ChatHttpOptions | false;
  /**
   * What the server is called: one line of up to 64 characters. The greeting
   * has it, and users of other servers on the relay see it beside the nicknames
   * of the users here, so it must be unique among those. By default the
   * greeting has no name, and the relay a random UUID.
   */
  name?: string;
  /**
   * The connection to other servers with the same rooms: by default there are no
   * others. An {@linkcode InProcessRelay} joins servers of one process.
   */
  relay?: Relay;
  /**
   * Nicknames that nobody may have, nor any that look like them. The default
   * names the server and its operators in English and Chinese.
   */
  reservedNicknames?: Iterable<string>;
  /**
   * Where the history of the rooms is kept, which the caller closes when the
   * server has stopped. By default it is in memory.
   */
  store?: ChatStore;
  /**
   * The secret that makes a user an operator, who may kick, ban and notify. By
   * default nobody can be one.
   */
  operatorToken?: string;
  /**
   * How many connections may be open at once, on both sides together. One more is
   * closed at once and counted.
   *
   * @default {10000}
   */
  maxConnections?: number;
  /**
   * How many connections one address may have at once; of IPv6, one network of 64
   * bits.
   *
   * @default {16}
   */
  maxPerAddress?: number;
  /**
   * How many times one address may enter within ten minutes. Requests for the
   * page do not count.
   *
   * @default {32}
   */
  maxNewPerAddress?: number;
  /**
   * Whether the two limits for an address do not hold for those of this machine.
   *
   * @default {true}
   */
  exemptLoopback?: boolean;
  /**
   * Milliseconds to choose a nickname in, whatever is sent meanwhile. A user
   * without one is disconnected then.
   *
   * @default {30000}
   */
  nicknameTimeout?: number;
  /**
   * Milliseconds that a request to the HTTP port and its answer may take, the
   * handshake of a WebSocket included. Then the connection is closed.
   *
   * @default {10000}
   */
  requestTimeout?: number;
  /**
   * The most bytes of a line, its end not counted, or of a message's text, up to
   * 64 MiB. A longer one is refused; over TCP it disconnects the sender.
   *
   * @default {4096}
   */
  maxLineLength?: number;
  /**
   * How many lines a user may send at once. What comes faster is delayed; a user
   * who goes on is warned, and then has to leave.
   *
   * @default {5}
   */
  burst?: number;
  /**
   * How many lines a second a user may send from then on.
   *
   * @default {2}
   */
  rate?: number;
  /**
   * The most bytes that one user may leave unread, beside what the system holds.
   * A user who has left more when the next message comes is too slow, and is
   * disconnected. What is sent within one turn of the event loop, such as a long
   * history and many who enter, is not held against the user before the system
   * had time to take it, up to 64 MiB or 16 times this, whichever is more.
   *
   * @default {262144}
   */
  maxQueuedBytes?: number;
  /**
   * Milliseconds between pings over a WebSocket, whose user is gone without an
   * answer within 20 s. `Infinity` for none. Over TCP there is nothing that `nc`
   * would not show, so the system's keep-alive finds out there.
   *
   * @default {30000}
   */
  pingInterval?: number;
  /**
   * Milliseconds without any byte taken by the system after which the connection
   * of a user who leaves is cut, though not all was sent; and how long
   * {@linkcode ChatServer.shutdown} takes at most. After the end of what was sent,
   * a user has two minutes to close its side.
   *
   * @default {5000}
   */
  drainTimeout?: number;
  /** Stops the server when it aborts, as {@linkcode ChatServer.shutdown} does. */
  signal?: AbortSignal;
  /** Told of what happens, for a log. What it throws is printed. */
  onEvent?: (event: ChatServerEvent) => void;
  /**
   * Told of what goes wrong on this side: the system can't accept a connection,
   * the relay throws. A user whose connection is lost is no error. Without this
   * and without `onEvent`, what the relay throws is printed.
   */
  onError?: (error: unknown) => void;
}

/**
 * Starts a chat server: the same rooms for all who connect with `telnet`, `nc` or
 * anything else that sends lines of text, with a browser, which gets a page to
 * chat with, or with a WebSocket.
 *
 * It listens when the call returns, and runs until
 * {@linkcode ChatServer.shutdown}. It writes nothing to the console.
 *
 * Users never wait for each other: each has a queue of outgoing messages. A
 * user who leaves too much unread gets a last notice in place of what waits, and
 * is disconnected. What somebody pastes is taken in portions, between which those
 * who read catch up.
 *
 * @param options Where to listen, the name and the limits.
 * @returns The server.
 * @throws {SyntaxError} If the name is not one line of 1 to 64 characters, or an
 * allowed host is none.
 * @throws {TypeError} If neither side is to be served, a certificate is without its
 * key, or an option is of another type.
 * @throws {RangeError} If the port or a limit is out of range.
 * @throws {Deno.errors.AddrInUse} If somebody else listens there.
 *
 * @example Usage
 * ```ts
 * import { serveChat } from "@vnet/net/chat";
 * import { dialTcp } from "@vnet/net/tcp";
 * import { assertEquals } from "@std/assert";
 *
 * await using server = serveChat({ tcp: { port: 0 } });
 * using alice = await dialTcp(server.tcpAddr);
 * assertEquals(
 *   await alice.readLine(),
 *   "*** Welcome! 1 person is online, you included.",
 * );
 * ```
 */
export function serveChat(options: ChatServerOptions = {}): ChatServer {
  return new RunningChatServer(options);
}
