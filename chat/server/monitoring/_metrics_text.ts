import type { ChatStats } from "../chat_stats.ts";

/** The content type of {@linkcode formatMetrics}. */
export const METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8";

/** The counter of a metric, its name, its help and the label of its parts. */
type Metric = readonly [
  from: keyof ChatStats,
  name: string,
  help: string,
  label?: string,
];

const METRICS: readonly Metric[] = [
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

/** Formats the counters of a server for Prometheus (exposition format 0.0.4). */
export function formatMetrics(stats: ChatStats): string {
  return METRICS.map((metric) => format(metric, stats[metric[0]])).join("");
}

function format(
  [, name, help, label]: Metric,
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
