import { listenTcp } from "../../../tcp/listen_tcp.ts";
import type { TcpListener } from "../../../tcp/tcp_listener.ts";
import { acceptWebSocket } from "../../../websocket/accept_websocket.ts";
import { closeWithin } from "../frontends/_close_within.ts";
import { formatMetrics, METRICS_TYPE } from "./_metrics_text.ts";
import { hostsFor } from "../admission/_served_hosts.ts";
import { plainResponse, type SiteRequest } from "../_static_site.ts";
import type { AllowedHosts } from "../../../websocket/mod.ts";
import type { ChatStats } from "../chat_stats.ts";

/** Where it listens. */
const HOSTNAME = "127.0.0.1";
/** Milliseconds that a client gets to end its side. */
const CLOSE_TIMEOUT = 1000;
/** How many may ask at once. */
const MAX_CONNECTIONS = 16;

/**
 * Serves what a chat server has counted, at `/metrics` on this machine only: it
 * is nobody else's business. It listens when it is made.
 */
export class MetricsServer implements AsyncDisposable {
  readonly #listener: TcpListener;
  readonly #serving: Promise<void>;
  readonly #stats: () => ChatStats;

  constructor(
    port: number,
    stats: () => ChatStats,
    options: { readonly allowedHosts?: AllowedHosts | undefined } = {},
  ) {
    this.#stats = stats;
    const allowedHosts = hostsFor(HOSTNAME, options.allowedHosts);
    const address = { hostname: HOSTNAME, port };
    this.#listener = listenTcp(address, { maxConnections: MAX_CONNECTIONS });
    this.#serving = this.#listener.serve(async (conn) => {
      try {
        await acceptWebSocket(conn, {
          allowedHosts,
          onRequest: () => 404,
          onHttpRequest: (request) => this.#answer(request),
        });
      } catch {
        // Every request ends so: nobody gets a WebSocket here.
        await closeWithin(conn, CLOSE_TIMEOUT);
      }
    });
  }

  /** Where it listens. */
  get addr(): Deno.NetAddr {
    return this.#listener.addr;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#listener.shutdown({ timeout: 0 });
    await this.#serving;
  }

  #answer({ method, path }: SiteRequest): Response {
    if (path !== "/metrics") return plainResponse(404, "Not found");
    if (method !== "GET" && method !== "HEAD") {
      return plainResponse(405, "Method not allowed", { allow: "GET, HEAD" });
    }
    return new Response(formatMetrics(this.#stats()), {
      headers: { "content-type": METRICS_TYPE, "cache-control": "no-store" },
    });
  }
}
