import type { HostPort } from "../../../internal/address/address.ts";
import { listenTcp } from "../../../tcp/listen_tcp.ts";
import { acceptWebSocket } from "../../../websocket/accept_websocket.ts";
import type { AllowedHosts } from "../../../websocket/mod.ts";
import { plainResponse, type SiteRequest } from "../_static_site.ts";
import { hostsFor } from "../admission/_served_hosts.ts";
import type { ChatStats } from "../chat_stats.ts";
import { closeWithin } from "../frontends/_close_within.ts";
import { formatMetrics, METRICS_TYPE } from "./_metrics_text.ts";

/** Milliseconds for a client to close its side. */
const CLOSE_TIMEOUT = 1000;
const MAX_CONNECTIONS = 16;

/** A metrics server that listens. */
export interface MetricsServer extends AsyncDisposable {
  readonly addr: Deno.NetAddr;
}

/** Serves the counters of a chat server at `/metrics`. */
export function serveMetrics(
  address: HostPort,
  stats: () => ChatStats,
  options: { readonly allowedHosts?: AllowedHosts | undefined } = {},
): MetricsServer {
  const allowedHosts = hostsFor(address.hostname, options.allowedHosts);
  const listener = listenTcp(address, { maxConnections: MAX_CONNECTIONS });
  const serving = listener.serve(async (conn) => {
    try {
      await acceptWebSocket(conn, {
        allowedHosts,
        onRequest: () => 404,
        onHttpRequest: (request) => respond(request, stats),
      });
    } catch {
      // Every request ends here, as no WebSocket is accepted.
      await closeWithin(conn, CLOSE_TIMEOUT);
    }
  });
  return {
    addr: listener.addr,
    async [Symbol.asyncDispose]() {
      await listener.shutdown({ timeout: 0 });
      await serving;
    },
  };
}

function respond(
  { method, path }: SiteRequest,
  stats: () => ChatStats,
): Response {
  if (path !== "/metrics") return plainResponse(404, "Not found");
  if (method !== "GET" && method !== "HEAD") {
    return plainResponse(405, "Method not allowed", { allow: "GET, HEAD" });
  }
  return new Response(formatMetrics(stats()), {
    headers: { "content-type": METRICS_TYPE, "cache-control": "no-store" },
  });
}
