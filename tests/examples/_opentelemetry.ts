import { assertEquals, equal } from "@std/assert";
import { dialTcp } from "@vnet/net/tcp";
import { Child } from "../chat/_child.ts";
import { describe, readGroup, start } from "./_example.ts";

/** The example's metrics that a collector got: the points of each, by name. */
type Metrics = Map<string, string[]>;

/** Starts the example, which exports to an address. */
async function startExporting(endpoint: string): Promise<Child> {
  const { flags, url } = await describe("opentelemetry.ts");
  const args = ["run", "--no-prompt", ...flags, url.href, "0"];
  return new Child(Deno.execPath(), args, {
    env: {
      NO_COLOR: "1",
      OTEL_DENO: "true",
      OTEL_METRIC_EXPORT_INTERVAL: "20",
      OTEL_EXPORTER_OTLP_PROTOCOL: "http/json",
      OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
    },
  });
}

/** Sends a line to the example and waits for it to come back. */
async function useExample(child: Child): Promise<void> {
  assertEquals(await child.next(), "OpenTelemetry is on");
  const port = await readGroup(child, /^echo on port (\d+)$/);
  using client = await dialTcp(`127.0.0.1:${port}`);
  await client.writeString("hello\n");
  assertEquals(await client.readLine(), "hello");
}

/** Adds what an export has of the example's own meter. */
function collect(metrics: Metrics, exported: unknown): void {
  // deno-lint-ignore no-explicit-any
  const { resourceMetrics } = exported as any;
  for (const { scopeMetrics } of resourceMetrics) {
    for (const { scope, metrics: list } of scopeMetrics) {
      if (scope.name !== "vnet") continue;
      for (const { name, sum } of list) {
        metrics.set(
          name,
          // deno-lint-ignore no-explicit-any
          sum.dataPoints.map(({ asDouble, asInt, attributes }: any) => {
            const [attribute] = attributes;
            const value = Number(asInt ?? asDouble);
            return `${attribute?.value.stringValue ?? ""} ${value}`.trim();
          }).sort(),
        );
      }
    }
  }
}

/** The points that have to come in the end. */
const EXPECTED = {
  "tcp.server.accepted": ["1"],
  "tcp.server.io": ["receive 6", "transmit 6"],
  "tcp.server.open": ["0"],
  "tcp.server.refused": ["maxConnections 0", "maxConnectionsPerIp 0"],
};

/** Waits until a collector has got the counters. */
export async function exportCounters(): Promise<void> {
  const metrics: Metrics = new Map();
  const complete = Promise.withResolvers<void>();
  await using collector = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    async (request) => {
      const exported = await request.json();
      if (request.url.endsWith("/v1/metrics")) collect(metrics, exported);
      if (equal(Object.fromEntries(metrics), EXPECTED)) complete.resolve();
      return Response.json({});
    },
  );
  await using child = await startExporting(
    `http://127.0.0.1:${collector.addr.port}`,
  );
  await useExample(child);
  await complete.promise;
}

/** Runs it where nothing takes its exports. */
export async function runWithoutCollector(): Promise<void> {
  const free = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = free.addr;
  free.close();
  await using child = await startExporting(`http://127.0.0.1:${port}`);
  await useExample(child);
}

/** Runs it as Deno runs by default. */
export async function runWithoutTelemetry(): Promise<void> {
  await using child = await start("opentelemetry.ts", "0");
  assertEquals(await child.next(), "OpenTelemetry is off");
}
