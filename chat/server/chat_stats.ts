/**
 * What a chat server has counted up to now, as of {@linkcode ChatServer.stats}.
 * The names in the records are those of the protocol; what has not happened yet
 * is not in them.
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
  /** Seconds since the server began. */
  readonly uptime: number;
  /** Connections that are open now, by kind. */
  readonly connections: {
    /** Lines of text over TCP or TLS. */
    readonly tcp: number;
    /** WebSockets. */
    readonly websocket: number;
    /** Other requests, such as for the page. */
    readonly http: number;
  };
  /** All connections that were let in. */
  readonly accepted: number;
  /** Connections that were turned away, by reason. */
  readonly refused: Readonly<Record<string, number>>;
  /** Users with a nickname who are in the chat now. */
  readonly users: number;
  /** Rooms that there are now. */
  readonly rooms: number;
  /** Messages that users wrote, by kind: `said`, `action`, `private`. */
  readonly messages: Readonly<Record<string, number>>;
  /** Messages of any kind, each counted once for everyone it was sent to. */
  readonly deliveries: number;
  /** Users who have left, by reason: those who had to are among them. */
  readonly left: Readonly<Record<string, number>>;
  /** What users asked for and did not get, by code of the error. */
  readonly errors: Readonly<Record<string, number>>;
  /** Bytes received on all connections. */
  readonly bytesReceived: number;
  /** Bytes sent on all connections. */
  readonly bytesSent: number;
  /** Bytes that wait to go out now. */
  readonly queuedBytes: number;
}
