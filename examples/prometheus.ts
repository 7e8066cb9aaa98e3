/**
 * Recipe: the counters of a WebSocket server at `/metrics`, for Prometheus.
 *
 * `stats` is read when Prometheus asks, and costs nothing between. The page with
 * the counters has a port of its own, which should be open to the monitoring only.
 *
 * ```sh
 * deno run --allow-net examples/prometheus.ts
 * ```
 *
 * @module
 */

import {
  dialWebSocket,
  newServer,
  OPCode,
  type ServerStats,
} from "../websocket/mod.ts";

/** Writes the counters in the text format of Prometheus. */
function toMetrics(stats: ServerStats): string {
  const lines: string[] = [];
  const add = (name: string, type: "counter" | "gauge", value: number) =>
    lines.push(`# TYPE ${name} ${type}`, `${name} ${value}`);
  add("websocket_clients", "gauge", stats.open);
  add("websocket_accepted_total", "counter", stats.accepted);
  lines.push("# TYPE websocket_refused_total counter");
  for (const [reason, count] of Object.entries(stats.refused)) {
    lines.push(`websocket_refused_total{reason="${reason}"} ${count}`);
  }
  add("websocket_handshakes_failed_total", "counter", stats.handshakesFailed);
  add("websocket_messages_received_total", "counter", stats.messagesReceived);
  add("websocket_messages_sent_total", "counter", stats.messagesSent);
  add("websocket_read_bytes_total", "counter", stats.bytesRead);
  add("websocket_written_bytes_total", "counter", stats.bytesWritten);
  return `${lines.join("\n")}\n`;
}

const server = newServer(0, "/echo", { hostname: "127.0.0.1" });
server.onMessage((ws, message) => {
  // Pongs come here, too.
  if (message.opcode === OPCode.pong) return;
  ws.write(message.payload, message.opcode);
});
const { promise, resolve } = Promise.withResolvers<Deno.NetAddr>();
const serving = server.listen({ onListen: resolve });
const { port } = await promise;

const metrics = Deno.serve(
  { hostname: "127.0.0.1", port: 0, onListen: () => {} },
  (request) => {
    const { pathname } = new URL(request.url);
    if (pathname !== "/metrics") return new Response(null, { status: 404 });
    return new Response(toMetrics(server.stats), {
      headers: { "content-type": "text/plain; version=0.0.4" },
    });
  },
);

const client = await dialWebSocket(`ws://127.0.0.1:${port}/echo`);
await client.write("hello");
await client.read();

const answer = await fetch(`http://127.0.0.1:${metrics.addr.port}/metrics`);
console.log((await answer.text()).trimEnd());

await client.close();
await server.close();
await serving;
await metrics.shutdown();
