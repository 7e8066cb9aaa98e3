import { RunningChatServer } from "./_running_chat_server.ts";
import type { ChatServer } from "./chat_server.ts";
import type { Relay } from "./relay.ts";

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
   * @default {2020}
   */
  port?: number;
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
 * assertEquals(server.room.name, "lobby");
 * ```
 */
export interface ChatServerOptions {
  /** Where to listen for users with `telnet` or `nc`. */
  tcp?: ChatTcpOptions;
  /**
   * What the server is called: one line of up to 64 characters. The greeting
   * has it, and users of other servers on the relay see it beside the nicknames
   * of the users here, so it must be unique among those. By default the
   * greeting has no name, and the relay a random UUID.
   */
  name?: string;
  /**
   * The connection to other servers with the same room: by default there are no
   * others. An {@linkcode InProcessRelay} joins servers of one process.
   */
  relay?: Relay;
  /**
   * Nicknames that nobody may have, nor any that look like them. The default
   * names the server and its operators in English and Chinese.
   */
  reservedNicknames?: Iterable<string>;
  /**
   * How many connections may be open at once. One more is closed at once and
   * counted.
   *
   * @default {10000}
   */
  maxConnections?: number;
  /**
   * The most bytes of a line, its end not counted. Who sends a longer one is
   * told so and has to leave.
   *
   * @default {4096}
   */
  maxLineLength?: number;
  /**
   * The most bytes that may wait to go out to one user, beside what the system
   * holds. Who has no room for the next message is too slow and has to leave.
   *
   * @default {262144}
   */
  maxQueuedBytes?: number;
  /**
   * Milliseconds in which a user who leaves may still be sent what waits, a
   * user who has to leave and everyone at {@linkcode ChatServer.shutdown}
   * included.
   *
   * @default {5000}
   */
  drainTimeout?: number;
  /** Stops the server when it aborts, as {@linkcode ChatServer.shutdown} does. */
  signal?: AbortSignal;
  /**
   * Told of what goes wrong on this side: the system can't accept a connection,
   * the relay throws. A user whose connection is lost is no error.
   */
  onError?: (error: unknown) => void;
}

/**
 * Starts a chat server: one room for all who connect with `telnet`, `nc` or
 * anything else that sends lines of text.
 *
 * It listens when the call returns, and runs until
 * {@linkcode ChatServer.shutdown}. It writes nothing to the console.
 *
 * Users never wait for each other: each has a queue of outgoing messages. Who
 * does not read until it is full gets a last notice in place of what waits, and
 * has to leave. What somebody pastes is taken in portions, between which those
 * who read catch up.
 *
 * @param options Where to listen, the name and the limits.
 * @returns The server.
 * @throws {SyntaxError} If the name is not one line of 1 to 64 characters.
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
