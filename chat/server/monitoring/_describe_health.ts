import type { ChatClusterStats } from "../../cluster/chat_cluster_stats.ts";

/**
 * The answer to a health check. A server whose log is out of reach is healthy: its
 * users stay connected, and no other server could do more for them.
 */
export function describeHealth(cluster: ChatClusterStats | undefined): string {
  if (cluster === undefined) return "ok";
  const { origin, position, lag, batches, isConnected } = cluster;
  return [
    "ok",
    `server: ${origin}`,
    `log: ${isConnected ? "connected" : "out of reach"}`,
    `position: ${position}`,
    `lag: ${lag}`,
    `batches: ${batches}`,
  ].join("\n");
}
