/**
 * The counters of a server at one moment, as of `Server.stats`. All but `open`
 * only grow.
 *
 * @example Usage
 * ```ts
 * import { newServer, type ServerStats } from "@vnet/net/websocket";
 * import { assertEquals } from "@std/assert";
 *
 * const server = newServer(0, "", { hostname: "127.0.0.1" });
 * const stats: ServerStats = server.stats;
 * assertEquals([stats.accepted, stats.open, stats.messagesReceived], [0, 0, 0]);
 * ```
 */
export interface ServerStats {
  /** Clients that have connected, those that have left included. */
  readonly accepted: number;
  /** Clients that are connected. */
  readonly open: number;
  /** Connections and requests that were refused, by reason. */
  readonly refused: ServerRefusals;
  /**
   * Handshakes that failed: of TLS, of a PROXY header, and of the WebSocket. A
   * request that was answered as a page, or that `onConnect` refused, is none, and
   * neither is a connection that ended without a byte.
   */
  readonly handshakesFailed: number;
  /** Messages that the clients have sent. */
  readonly messagesReceived: number;
  /** Messages sent to clients, or queued for them. */
  readonly messagesSent: number;
  /**
   * Bytes received from clients, with their requests and frames, without the
   * framing of TLS. For clients by `handleUpgrade` the runtime tells no bytes.
   */
  readonly bytesRead: number;
  /** Bytes that the system has taken for clients, likewise. */
  readonly bytesWritten: number;
}

/** The clients and requests that a `Server` has refused, by reason. */
export interface ServerRefusals {
  /** Beyond `maxConnections`. */
  readonly maxConnections: number;
  /** Beyond `maxConnectionsPerIp`. */
  readonly maxConnectionsPerIp: number;
  /** By the answer of `onConnect`. */
  readonly onConnect: number;
}
