/**
 * Recipe: the counters of a listener for OpenTelemetry, which is built into Deno.
 *
 * Deno exports them when it runs with `OTEL_DENO=true`: by default each minute, to
 * a collector at `http://localhost:4318`. The variables of OpenTelemetry change
 * that: `OTEL_EXPORTER_OTLP_ENDPOINT`, `OTEL_METRIC_EXPORT_INTERVAL`,
 * `OTEL_SERVICE_NAME`. Without a collector nothing is exported, and the server runs
 * all the same. With `OTEL_EXPORTER_OTLP_PROTOCOL=console` Deno prints what it
 * would export.
 *
 * ```sh
 * deno run --allow-net examples/opentelemetry.ts
 * ```
 *
 * @module
 */

import { type ListenerStats, listenTcp } from "../tcp/mod.ts";

/** The part of a meter of OpenTelemetry in use, which Deno declares as `any`. */
interface Meter {
  createObservableCounter(name: string, options: Unit): Instrument;
  createObservableUpDownCounter(name: string, options: Unit): Instrument;
}

interface Unit {
  readonly unit: string;
}

interface Instrument {
  addCallback(callback: (result: Result) => void): void;
}

interface Result {
  observe(value: number, attributes?: Record<string, string>): void;
}

/** Returns Deno's meter, `undefined` if Deno runs without OpenTelemetry. */
function getMeter(): Meter | undefined {
  try {
    return Deno.telemetry.meterProvider.getMeter("vnet");
  } catch {
    return undefined;
  }
}

/** Has the meter ask for the counters whenever it exports. */
function observe(meter: Meter, getStats: () => ListenerStats): void {
  const connections = { unit: "{connection}" };
  const bytes = { unit: "By" };
  meter.createObservableUpDownCounter("tcp.server.open", connections)
    .addCallback((result) => result.observe(getStats().open));
  meter.createObservableCounter("tcp.server.accepted", connections)
    .addCallback((result) => result.observe(getStats().accepted));
  meter.createObservableCounter("tcp.server.refused", connections)
    .addCallback((result) => {
      for (const [reason, count] of Object.entries(getStats().refused)) {
        result.observe(count, { reason });
      }
    });
  meter.createObservableCounter("tcp.server.io", bytes)
    .addCallback((result) => {
      const { bytesRead, bytesWritten } = getStats();
      result.observe(bytesRead, { direction: "receive" });
      result.observe(bytesWritten, { direction: "transmit" });
    });
}

const port = Number(Deno.args[0] ?? 7000);
const listener = listenTcp({ hostname: "127.0.0.1", port });
const meter = getMeter();
if (meter !== undefined) observe(meter, () => listener.stats);
console.log(`OpenTelemetry is ${meter === undefined ? "off" : "on"}`);
console.log(`echo on port ${listener.addr.port}`);
await listener.serve((conn) => conn.readable.pipeTo(conn.writable));
