import type { WaitOptions } from "../../internal/wait/wait_options.ts";
import type { ChatRoom } from "../room/chat_room.ts";
import type { ChatStats } from "./chat_stats.ts";

/**
 * A chat server that runs: what {@linkcode serveChat} returns.
 *
 * @example Usage
 * ```ts
 * import { type ChatServer, serveChat } from "@vnet/net/chat";
 * import { assertEquals } from "@std/assert";
 *
 * const server: ChatServer = serveChat({ tcp: { port: 0 } });
 * assertEquals(server.connectionCount, 0);
 * await server.shutdown();
 * ```
 */
export interface ChatServer extends AsyncDisposable {
  /**
   * Where the server listens, with the port that the system chose for 0: for lines
   * over TCP, or if it does not, for HTTP.
   */
  readonly addr: Deno.NetAddr;
  /**
   * Where it listens for lines over TCP.
   *
   * @throws {TypeError} If it does not.
   */
  readonly tcpAddr: Deno.NetAddr;
  /**
   * Where it serves the page and WebSockets.
   *
   * @throws {TypeError} If it does not.
   */
  readonly httpAddr: Deno.NetAddr;
  /** The room of all users, to look at: who is in it, and how many. */
  readonly room: ChatRoom;
  /** How many connections are open, those of users who leave included. */
  readonly connectionCount: number;
  /** How many connections were turned away because there were too many. */
  readonly droppedCount: number;
  /** What it has counted up to now, for a monitor. */
  readonly stats: ChatStats;
  /**
   * Resolves when the server has stopped and all its connections are closed. It
   * never rejects.
   */
  readonly finished: Promise<void>;

  /**
   * Tells everyone on this server something, such as that it will stop.
   *
   * @param text One line.
   *
   * @example Usage
   * ```ts
   * import { serveChat } from "@vnet/net/chat";
   * import { dialTcp } from "@vnet/net/tcp";
   * import { assertMatch } from "@std/assert";
   *
   * await using server = serveChat({ tcp: { port: 0 } });
   * using alice = await dialTcp(server.tcpAddr);
   * await alice.writeString("alice\n");
   * for await (const line of alice.lines()) {
   *   if (line.includes("Welcome, alice")) break;
   * }
   * server.notify("We stop at midnight.");
   * for await (const line of alice.lines()) {
   *   if (!line.includes("midnight")) continue;
   *   assertMatch(line, /^[*]{3} .*We stop at midnight/);
   *   break;
   * }
   * ```
   */
  notify(text: string): void;

  /**
   * Stops the server: lets nobody in, says goodbye to everyone, and closes each
   * connection when what waits for that user has been sent. What is still open
   * at a limit is cut. It may be called again, with other limits.
   *
   * @param wait How long that may take: `drainTimeout` of the server's options
   * unless there is a timeout here.
   * @returns How many connections were cut.
   *
   * @example Usage
   * ```ts
   * import { serveChat } from "@vnet/net/chat";
   * import { dialTcp } from "@vnet/net/tcp";
   * import { assertEquals, assertMatch } from "@std/assert";
   *
   * const server = serveChat({ tcp: { port: 0 } });
   * using alice = await dialTcp(server.tcpAddr);
   * assertMatch(await alice.readLine() ?? "", /Welcome/);
   * const stopped = server.shutdown({ timeout: 1000 });
   * const lines = await Array.fromAsync(alice.lines());
   * assertEquals(lines.at(-1), "*** Goodbye: the server is stopping.");
   * alice.close();
   * assertEquals(await stopped, 0);
   * ```
   */
  shutdown(wait?: WaitOptions): Promise<number>;
}
