import type { ChatStats } from "../chat_stats.ts";

/** The content type of {@linkcode formatMetrics}. */
export const METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8";

/** A metric: where its value is, its name, its help and the label of its parts. */
interface Metric {
  readonly from: keyof ChatStats;
  readonly name: string;
  readonly help: string;
  readonly label?: string;
}

const METRICS: readonly Metric[] = [
  { from: "uptime", name: "uptime_seconds", help: "Time since the start." },
  {
    from: "connections",
    name: "connections",
    help: "Open connections.",
    label: "kind",
  },
  { from: "accepted", name: "accepted_total", help: "Admitted connections." },
  {
    from: "refused",
    name: "refused_total",
    help: "Rejected connections.",
    label: "reason",
  },
  { from: "users", name: "users", help: "Users with a nickname." },
  { from: "rooms", name: "rooms", help: "Open rooms." },
  {
    from: "messages",
    name: "messages_total",
    help: "Messages that users wrote.",
    label: "type",
  },
  {
    from: "deliveries",
    name: "deliveries_total",
    help: "Messages of any kind, counted once for each recipient.",
  },
  {
    from: "left",
    name: "left_total",
    help: "Users who left or were disconnected.",
    label: "reason",
  },
  {
    from: "errors",
    name: "errors_total",
    help: "Errors that users got.",
    label: "code",
  },
  {
    from: "bytesReceived",
    name: "received_bytes_total",
    help: "Bytes received.",
  },
  { from: "bytesSent", name: "sent_bytes_total", help: "Bytes sent." },
  { from: "queuedBytes", name: "queue_bytes", help: "Bytes in queues." },
];

/** Formats the counters of a server for Prometheus (exposition format 0.0.4). */
export function formatMetrics(stats: ChatStats): string {
  return METRICS.map((metric) => format(metric, stats[metric.from])).join("");
}

function format(
  { name, help, label }: Metric,
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
