/**
 * Counters of a connection's datagrams.
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
  /** Datagrams that arrived, dropped ones included. */
  readonly received: number;
  /** Bytes of these. */
  readonly bytesReceived: number;
  /** Datagrams that the system has accepted. */
  readonly sent: number;
  /** Bytes of these. */
  readonly bytesSent: number;
  /** Datagrams that wait to be received. */
  readonly queued: number;
  /** Bytes of these. */
  readonly queuedBytes: number;
  /** Datagrams that were dropped because a queue was full. */
  readonly dropped: number;
  /** Datagrams longer than the caller's buffer, or than `maxDatagramSize`. */
  readonly truncated: number;
  /** Datagrams from others than the peer of a dialled connection. */
  readonly filtered: number;
  /** Replies that `maxReplyRatio` refused. */
  readonly refused: number;
}

/** The counters that a connection and its sessions share. */
export class Counters {
  received = 0;
  bytesReceived = 0;
  sent = 0;
  bytesSent = 0;
  dropped = 0;
  truncated = 0;
  filtered = 0;
}
