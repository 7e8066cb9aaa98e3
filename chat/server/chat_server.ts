import type { WaitOptions } from "../../internal/wait/wait_options.ts";
import type { TlsCertificate } from "../../tcp/tls/tls_certificate.ts";
import type { ChatRoom } from "../room/chat_room.ts";
import type { ChatStats } from "./chat_stats.ts";

/**
 * A running chat server, as {@linkcode serveChat} returns it.
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
   * The address for lines over TCP, or else for HTTP, with the port that the
   * system chose for 0.
   */
  readonly addr: Deno.NetAddr;
  /**
   * The address for lines over TCP.
   *
   * @throws {TypeError} If the server does not listen for them.
   */
  readonly tcpAddr: Deno.NetAddr;
  /**
   * The address for the page and WebSockets.
   *
   * @throws {TypeError} If the server does not listen for them.
   */
  readonly httpAddr: Deno.NetAddr;
  /** The room of all users, to inspect. */
  readonly room: ChatRoom;
  /** How many connections are open, including those of leaving users. */
  readonly connectionCount: number;
  /** How many connections were rejected because there were too many. */
  readonly droppedCount: number;
  /** The counters of the server, for monitoring. */
  readonly stats: ChatStats;
  /**
   * Resolves when the server has stopped and all its connections are closed. It
   * never rejects.
   */
  readonly finished: Promise<void>;

  /**
   * Sends a notice to everyone in the chat, such as that it will stop. In a cluster,
   * these are the users of all servers.
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
   * Sets the certificate of both sides, for the connections from now on.
   *
   * @param certificate The certificate chain and the key in PEM.
   * @throws {Deno.errors.NotSupported} If no side listens by the TLS of `"layer"`.
   * @throws {TypeError} If the certificates come from a function.
   *
   * @example Usage
   * ```ts
   * import { serveChat } from "@vnet/net/chat";
   * import { testCertificate } from "@vnet/net/testing";
   * import { assertThrows } from "@std/assert";
   *
   * const { cert, key } = testCertificate;
   * await using server = serveChat({ tcp: { port: 0, cert, key } });
   * server.setCertificate({ cert, key });
   * assertThrows(() => server.setCertificate({ cert, key: "" }));
   * ```
   */
  setCertificate(certificate: TlsCertificate): void;

  /**
   * Stops the server gracefully: rejects new connections, says goodbye to everyone,
   * and closes each connection after its queue was sent. Connections that are still
   * open at a limit are cut. While users are leaving, requests get 503. It may be
   * called again, with other limits.
   *
   * @param wait How long that may take; the timeout is by default the server's
   * `drainTimeout`.
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
   * assertEquals(lines.at(-1), "*** Goodbye: the server is shutting down.");
   * alice.close();
   * assertEquals(await stopped, 0);
   * ```
   */
  shutdown(wait?: WaitOptions): Promise<number>;
}
