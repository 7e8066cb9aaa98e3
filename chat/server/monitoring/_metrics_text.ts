import type { ChatStats } from "../chat_stats.ts";

/** The content type of {@linkcode formatMetrics}. */
export const METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8";

type Samples = number | Readonly<Record<string, number>>;

/**
 * Makes text for Prometheus (exposition format 0.0.4) of what a server has
 * counted.
 */
export function formatMetrics(stats: ChatStats): string {
  return [
    metric("gauge", "uptime_seconds", "Time since the start.", stats.uptime),
    metric(
      "gauge",
      "connections",
      "Connections that are open.",
      { ...stats.connections },
      "kind",
    ),
    metric(
      "counter",
      "accepted_total",
      "Connections that were let in.",
      stats.accepted,
    ),
    metric(
      "counter",
      "refused_total",
      "Connections that were turned away.",
      stats.refused,
      "reason",
    ),
    metric("gauge", "users", "Users with a nickname.", stats.users),
    metric("gauge", "rooms", "Rooms that there are.", stats.rooms),
    metric(
      "counter",
      "messages_total",
      "Messages that users wrote.",
      stats.messages,
      "type",
    ),
    metric(
      "counter",
      "deliveries_total",
      "Messages of any kind, once for everyone they were sent to.",
      stats.deliveries,
    ),
    metric(
      "counter",
      "left_total",
      "Users who left or had to.",
      stats.left,
      "reason",
    ),
    metric(
      "counter",
      "errors_total",
      "What users asked for and did not get.",
      stats.errors,
      "code",
    ),
    metric(
      "counter",
      "received_bytes_total",
      "Bytes received.",
      stats.bytesReceived,
    ),
    metric("counter", "sent_bytes_total", "Bytes sent.", stats.bytesSent),
    metric(
      "gauge",
      "queue_bytes",
      "Bytes that wait to go out.",
      stats.queuedBytes,
    ),
  ].join("");
}

function metric(
  type: "gauge" | "counter",
  name: string,
  help: string,
  samples: Samples,
  label = "",
): string {
  const full = `chat_${name}`;
  const lines = typeof samples === "number"
    ? [`${full} ${samples}`]
    : Object.entries(samples).map(([value, count]) =>
      `${full}{${label}="${escape(value)}"} ${count}`
    );
  return [`# HELP ${full} ${help}`, `# TYPE ${full} ${type}`, ...lines, ""]
    .join("\n");
}

function escape(value: string): string {
  return value.replaceAll("\\", "\\\\").replaceAll('"', '\\"')
    .replaceAll("\n", "\\n");
}
