import type { ChatClusterStats } from "../../cluster/chat_cluster_stats.ts";
import type { ChatStats } from "../chat_stats.ts";

/** The content type of {@linkcode formatMetrics}. */
export const METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8";

/** The counter of a metric, its name, its help and the label of its parts. */
type Metric<From> = readonly [
  from: From,
  name: string,
  help: string,
  label?: string,
];

const METRICS: readonly Metric<Exclude<keyof ChatStats, "cluster">>[] = [
  ["uptime", "uptime_seconds", "Time since the start."],
  ["connections", "connections", "Open connections.", "kind"],
  ["accepted", "accepted_total", "Admitted connections."],
  ["refused", "refused_total", "Rejected connections.", "reason"],
  ["users", "users", "Users with a nickname."],
  ["rooms", "rooms", "Open rooms."],
  ["messages", "messages_total", "Messages that users wrote.", "type"],
  ["deliveries", "deliveries_total", "Messages, once for each recipient."],
  ["left", "left_total", "Users who left or were disconnected.", "reason"],
  ["errors", "errors_total", "Errors that users got.", "code"],
  ["bytesReceived", "received_bytes_total", "Bytes received."],
  ["bytesSent", "sent_bytes_total", "Bytes sent."],
  ["queuedBytes", "queue_bytes", "Bytes in outgoing queues."],
];

const CLUSTER_METRICS: readonly Metric<
  Exclude<keyof ChatClusterStats, "origin">
>[] = [
  ["position", "log_position", "The last batch of the log that was applied."],
  ["lag", "log_lag", "Batches of the log that are not applied yet."],
  ["batches", "log_batches_total", "Batches that this server has stored."],
  ["retries", "log_retries_total", "Failed attempts to store a batch."],
  ["queued", "log_queue", "Entries that are not known to be stored."],
  ["isConnected", "log_connected", "1 if the log can be reached."],
  ["appendTime", "log_append_milliseconds", "How long the last batch took."],
];

/** Formats the counters of a server for Prometheus (exposition format 0.0.4). */
export function formatMetrics(stats: ChatStats): string {
  const { cluster } = stats;
  const metrics = METRICS.map((metric) => format(metric, stats[metric[0]]));
  const log = cluster === undefined
    ? []
    : CLUSTER_METRICS.map((metric) =>
      format(metric, Number(cluster[metric[0]]))
    );
  return [...metrics, ...log].join("");
}

function format(
  [, name, help, label]: Metric<string>,
  value: number | Readonly<Record<string, number>>,
): string {
  const full = `chat_${name}`;
  const type = name.endsWith("_total") ? "counter" : "gauge";
  const samples = typeof value === "number"
    ? [`${full} ${value}`]
    : Object.entries(value).map(([part, count]) =>
      `${full}{${label}="${escape(part)}"} ${count}`
    );
  return [`# HELP ${full} ${help}`, `# TYPE ${full} ${type}`, ...samples, ""]
    .join("\n");
}

function escape(value: string): string {
  return value.replaceAll("\\", "\\\\").replaceAll('"', '\\"')
    .replaceAll("\n", "\\n");
}
