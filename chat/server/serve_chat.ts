import { RunningChatServer } from "./_running_chat_server.ts";
import type { ChatServer } from "./chat_server.ts";
import type { ChatServerOptions } from "./chat_server_options.ts";

/**
 * Starts a chat server: the same rooms for users of `telnet`, `nc` or any other
 * program that sends lines of text, for browsers, which get a page to chat with,
 * and for WebSocket clients.
 *
 * It listens when the call returns, and runs until
 * {@linkcode ChatServer.shutdown}. It writes nothing to the console.
 *
 * Users never wait for each other: each has a bounded queue of outgoing messages.
 * A user who leaves too much unread is disconnected with a last notice. Pasted
 * text is processed in portions, so that readers keep up.
 *
 * @param options Where to listen, the name and the limits.
 * @returns The server.
 * @throws {SyntaxError} If the name is not one line of 1 to 64 characters, or an
 * allowed host is not a host.
 * @throws {TypeError} If neither side is to be served, a certificate has no key,
 * an option has the wrong type, or the store belongs to another log than the
 * cluster's.
 * @throws {RangeError} If a port or a limit is out of range, or a line may not fit
 * into a batch of the cluster's log.
 * @throws {Deno.errors.AddrInUse} If the address is already in use.
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
 *   "*** Welcome! 1 person is online, including you.",
 * );
 * ```
 */
export function serveChat(options: ChatServerOptions = {}): ChatServer {
  return new RunningChatServer(options);
}
