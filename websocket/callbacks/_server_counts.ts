import type { ListenerStats } from "../../tcp/listener/listener_stats.ts";
import type { ServerStats } from "./server_stats.ts";

/** The counters of one connection. */
export type SessionCounts = Pick<
  ServerStats,
  "messagesReceived" | "messagesSent" | "bytesRead" | "bytesWritten"
>;

/** A listener, as far as it counts. */
interface CountingListener {
  readonly stats: ListenerStats;
}

/** The open connections. */
interface Sessions {
  readonly size: number;
  each(call: (session: { readonly counts: SessionCounts }) => void): void;
}

/** Sums of the counters, to add to. */
type Sums = { -readonly [Name in keyof SessionCounts]: number } & {
  maxConnections: number;
  maxConnectionsPerIp: number;
  handshakesFailed: number;
};

/** Adds up the counters of a server: of its listeners, requests and clients. */
export class ServerCounts {
  readonly #listeners = new Set<CountingListener>();
  /** The counts of listeners and connections that are over. */
  readonly #ended: Sums = {
    maxConnections: 0,
    maxConnectionsPerIp: 0,
    handshakesFailed: 0,
    messagesReceived: 0,
    messagesSent: 0,
    bytesRead: 0,
    bytesWritten: 0,
  };
  /** Clients that have connected. */
  accepted = 0;
  /** Handshakes of WebSockets that failed. */
  handshakesFailed = 0;
  /** Clients that `onConnect` has refused. */
  refusedByProgram = 0;

  /** Counts the connections of a listener, too. */
  addListener(listener: CountingListener): void {
    this.#listeners.add(listener);
  }

  /** Keeps the counts of a listener that is over. */
  endListener(listener: CountingListener): void {
    if (this.#listeners.delete(listener)) addListener(this.#ended, listener);
  }

  /** Keeps the counts of a connection that is over. */
  endSession(counts: SessionCounts): void {
    addSession(this.#ended, counts);
  }

  /** Counts a request that one of the limits has refused. */
  refuse(limit: "maxConnections" | "maxConnectionsPerIp"): void {
    this.#ended[limit]++;
  }

  /** All counters at this moment. */
  stats(sessions: Sessions): ServerStats {
    const sum = { ...this.#ended };
    for (const listener of this.#listeners) addListener(sum, listener);
    sessions.each(({ counts }) => addSession(sum, counts));
    const { maxConnections, maxConnectionsPerIp, ...rest } = sum;
    const onConnect = this.refusedByProgram;
    return {
      ...rest,
      accepted: this.accepted,
      open: sessions.size,
      refused: { maxConnections, maxConnectionsPerIp, onConnect },
      handshakesFailed: sum.handshakesFailed + this.handshakesFailed,
    };
  }
}

function addListener(sum: Sums, { stats }: CountingListener): void {
  sum.maxConnections += stats.refused.maxConnections;
  sum.maxConnectionsPerIp += stats.refused.maxConnectionsPerIp;
  sum.handshakesFailed += stats.handshakesFailed;
}

function addSession(sum: Sums, counts: SessionCounts): void {
  sum.messagesReceived += counts.messagesReceived;
  sum.messagesSent += counts.messagesSent;
  sum.bytesRead += counts.bytesRead;
  sum.bytesWritten += counts.bytesWritten;
}
