/**
 * What has become of a connection's datagrams so far.
 *
 * @example Usage
 * ```ts
 * import { listenUdp, type UdpStats } from "@vnet/net/udp";
 * import { assertEquals } from "@std/assert";
 *
 * using conn = await listenUdp("127.0.0.1:0");
 * await conn.writeToString(conn.addr, "hello");
 * await conn.receive();
 * const stats: UdpStats = conn.stats;
 * assertEquals([stats.sent, stats.received, stats.bytesReceived], [1, 1, 5]);
 * ```
 */
export interface UdpStats {
  /** Datagrams that arrived, those that were dropped later included. */
  readonly received: number;
  /** Bytes of these. */
  readonly bytesReceived: number;
  /** Datagrams that the system has taken. */
  readonly sent: number;
  /** Bytes of these. */
  readonly bytesSent: number;
  /** Datagrams that wait to be received. */
  readonly queued: number;
  /** Bytes of these. */
  readonly queuedBytes: number;
  /** Datagrams that arrived when the queue was full, or pushed others out. */
  readonly dropped: number;
  /** Datagrams longer than the caller's buffer, or than `maxDatagramSize`. */
  readonly truncated: number;
  /** Datagrams of others that reached a dialled connection. */
  readonly filtered: number;
  /** Replies that `maxReplyRatio` did not let out. */
  readonly refused: number;
}
