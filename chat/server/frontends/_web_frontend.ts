import { isTimeout } from "../../../internal/errors/error_kinds.ts";
import { joinAddress } from "../../../internal/address/address.ts";
import {
  acceptWebSocket,
  type AcceptWebSocketOptions,
} from "../../../websocket/accept_websocket.ts";
import { HandshakeError } from "../../../websocket/handshake_error.ts";
import type { WebSocketConn } from "../../../websocket/websocket_conn.ts";
import { pageFiles } from "../../page/page.ts";
import { describeGoodbye } from "../../room/text/_sentences.ts";
import type { ChatHub } from "../_chat_hub.ts";
import { maxRequestSize } from "../_client_request.ts";
import { SUBPROTOCOL } from "../../protocol/_server_messages.ts";
import type { ServerSettings } from "../_server_settings.ts";
import { plainResponse, StaticSite } from "../_static_site.ts";
import type { Rejection } from "../admission/_admission.ts";
import { WebUser } from "../users/_web_user.ts";
import { closeWithin } from "./_close_within.ts";
import type { Frontend, NetConn } from "./_frontend.ts";
import type { ListenerContext } from "./_frontend_listener.ts";

/** The path of the WebSocket. */
const ROUTE = "/chat";
/** The most frames of one message. */
const MAX_FRAGMENTS = 256;
/** Milliseconds for a rejected client to read the reason. */
const TELL_TIMEOUT = 1000;
/** Seconds after which a rejected client may try again. */
const RETRY_AFTER = "60";

/**
 * HTTP: the page for browsers, and WebSockets for users. A connection has one
 * request, so none is idle between requests, and one that is not a WebSocket ends
 * within the request timeout.
 */
export class WebFrontend implements Frontend {
  readonly kind = "http";
  readonly #hub: ChatHub;
  readonly #context: ListenerContext;
  readonly #settings: ServerSettings;
  readonly #stop = new AbortController();
  #site: StaticSite | undefined;
  #openCount = 0;

  constructor(
    hub: ChatHub,
    context: ListenerContext,
    settings: ServerSettings,
  ) {
    this.#hub = hub;
    this.#context = context;
    this.#settings = settings;
  }

  /** How many WebSockets are open. */
  get openCount(): number {
    return this.#openCount;
  }

  /** Cancels pending handshakes, and refuses new ones. */
  stop(): void {
    this.#stop.abort();
  }

  async serve(conn: NetConn): Promise<void> {
    const end = performance.now() + this.#settings.requestTimeout;
    const socket = await this.#accept(conn);
    if (socket === undefined) {
      return await closeWithin(conn, Math.max(0, end - performance.now()));
    }
    if (this.#hub.isStopping) return socket.terminate();
    this.#openCount++;
    try {
      const user = new WebUser(
        conn.remoteAddr,
        socket,
        this.#hub,
        this.#settings,
      );
      await user.run();
    } finally {
      this.#openCount--;
    }
  }

  async reject(conn: NetConn, reason: Rejection): Promise<void> {
    await conn.write(rejectionResponse(reason), { timeout: TELL_TIMEOUT });
    await closeWithin(conn, TELL_TIMEOUT);
  }

  async #accept(conn: NetConn): Promise<WebSocketConn | undefined> {
    try {
      return await acceptWebSocket(conn, this.#optionsFor(conn));
    } catch (error) {
      const { hostname, port } = conn.remoteAddr;
      const reason = reasonOf(error, this.#hub.isBanned(hostname));
      if (reason !== undefined && !this.#stop.signal.aborted) {
        const address = joinAddress(hostname, port);
        this.#context.monitor.refuse("http", address, reason);
      }
      return undefined;
    }
  }

  /** Answers a client that may not enter the chat, which is known only now. */
  #refusal(hostname: string): Response | undefined {
    if (this.#hub.isBanned(hostname)) {
      return plainResponse(403, describeGoodbye("banned"));
    }
    const fault = this.#context.admission.enter(hostname);
    return fault &&
      plainResponse(429, "Too many attempts", { "retry-after": RETRY_AFTER });
  }

  #optionsFor(conn: NetConn): AcceptWebSocketOptions {
    const { http, maxLineLength, pingInterval, requestTimeout } =
      this.#settings;
    return {
      route: ROUTE,
      protocols: [SUBPROTOCOL],
      allowedOrigins: http?.allowedOrigins,
      allowedHosts: http?.allowedHosts,
      maxMessageSize: maxRequestSize(maxLineLength),
      maxFragments: MAX_FRAGMENTS,
      pingInterval,
      handshakeTimeout: requestTimeout,
      signal: this.#stop.signal,
      onHttpRequest: (request) =>
        (this.#site ??= new StaticSite(pageFiles())).answer(request),
      onRequest: () => this.#refusal(conn.remoteAddr.hostname),
    };
  }
}

/** The response to a client whose request is not read. */
function rejectionResponse(reason: Rejection): Uint8Array {
  const status = reason === "banned"
    ? "403 Forbidden"
    : reason === "full" || reason === "shutdown"
    ? "503 Service Unavailable"
    : "429 Too Many Requests";
  const body = `${describeGoodbye(reason)}\n`;
  const bytes = new TextEncoder().encode(body);
  return new TextEncoder().encode([
    `HTTP/1.1 ${status}`,
    "content-type: text/plain; charset=utf-8",
    `content-length: ${bytes.length}`,
    `retry-after: ${RETRY_AFTER}`,
    "connection: close",
    "",
    body,
  ].join("\r\n"));
}

/** Why a request was refused; `undefined` if it was answered. */
function reasonOf(error: unknown, isBanned: boolean): string | undefined {
  if (error instanceof HandshakeError) {
    const { status } = error;
    if (status === undefined || status < 400) return undefined;
    if (status === 403) return isBanned ? "banned" : "origin";
    if (status === 421) return "host";
    return status === 429 ? "too-many-attempts" : "bad-request";
  }
  return isTimeout(error) ? "timeout" : undefined;
}
