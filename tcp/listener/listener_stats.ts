/**
 * The counters of a listener at one moment, as of
 * {@linkcode StreamListener.stats}. All but `open` only grow.
 *
 * @example Usage
 * ```ts
 * import { dialTcp, type ListenerStats, listenTcp } from "@vnet/net/tcp";
 * import { assertEquals } from "@std/assert";
 *
 * using listener = listenTcp("127.0.0.1:0");
 * using client = await dialTcp(listener.addr);
 * using server = await listener.accept();
 * await client.writeString("hello\n");
 * await server.readLine();
 *
 * const stats: ListenerStats = listener.stats;
 * assertEquals([stats.accepted, stats.open, stats.bytesRead], [1, 1, 6]);
 * ```
 */
export interface ListenerStats {
  /** Connections that have come in, those that are over included. */
  readonly accepted: number;
  /** Accepted connections that are open, those that are closing included. */
  readonly open: number;
  /** Connections that were closed at once, by the limit that they exceeded. */
  readonly refused: ListenerRefusals;
  /**
   * Connections that came in and failed before a call got them: in the handshake
   * of TLS, or in the PROXY header. One that ended without a byte, as those of
   * health checks, is not counted here.
   */
  readonly handshakesFailed: number;
  /** Accepts, handshakes and handlers that have failed. */
  readonly errors: number;
  /**
   * Bytes that the connections have received, without the framing of TLS. Those
   * of a connection that `startTls` or `acceptTls` has taken over later count up
   * to then.
   */
  readonly bytesRead: number;
  /** Bytes that the system has taken from the connections, likewise. */
  readonly bytesWritten: number;
}

/** Refused connections, by the limit that they exceeded. */
export interface ListenerRefusals {
  /** Beyond `maxConnections`. */
  readonly maxConnections: number;
  /** Beyond `maxConnectionsPerIp`. */
  readonly maxConnectionsPerIp: number;
}
