import type { ChatClusterStats } from "../cluster/chat_cluster_stats.ts";

/**
 * The counters of a chat server, as of {@linkcode ChatServer.stats}. The names in
 * the records are those of the protocol; a name with count 0 is left out.
 *
 * @example Usage
 * ```ts
 * import { type ChatStats, serveChat } from "@vnet/net/chat";
 * import { assertEquals } from "@std/assert";
 *
 * await using server = serveChat({ tcp: { port: 0 } });
 * const stats: ChatStats = server.stats;
 * assertEquals(stats.connections, { tcp: 0, websocket: 0, http: 0 });
 * assertEquals(stats.users, 0);
 * ```
 */
export interface ChatStats {
  /** Seconds since the server started. */
  readonly uptime: number;
  /** Open connections, by kind. */
  readonly connections: {
    /** Lines of text over TCP or TLS. */
    readonly tcp: number;
    /** WebSockets. */
    readonly websocket: number;
    /** Other requests, such as for the page. */
    readonly http: number;
  };
  /** Admitted connections. */
  readonly accepted: number;
  /** Rejected connections, by reason. */
  readonly refused: Readonly<Record<string, number>>;
  /** Connected users with a nickname, on all servers of a cluster. */
  readonly users: number;
  /** Open rooms. */
  readonly rooms: number;
  /** Messages that users wrote, by kind: `said`, `action`, `private`. */
  readonly messages: Readonly<Record<string, number>>;
  /** Messages of any kind, counted once for each recipient. */
  readonly deliveries: number;
  /**
   * Users who have left or were disconnected, by reason. Connections that ended
   * before they had a nickname, such as a proxy's health checks, do not count.
   */
  readonly left: Readonly<Record<string, number>>;
  /** Errors that users got, by code. */
  readonly errors: Readonly<Record<string, number>>;
  /** Bytes received on all connections. */
  readonly bytesReceived: number;
  /** Bytes sent on all connections. */
  readonly bytesSent: number;
  /** Bytes in outgoing queues. */
  readonly queuedBytes: number;
  /** The state of this server in its cluster, if it is in one. */
  readonly cluster?: ChatClusterStats;
}
