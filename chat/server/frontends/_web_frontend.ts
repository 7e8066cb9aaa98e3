import { joinAddress } from "../../../internal/address.ts";
import {
  acceptWebSocket,
  type AcceptWebSocketOptions,
} from "../../../websocket/accept_websocket.ts";
import { HandshakeError } from "../../../websocket/handshake_error.ts";
import type { WebSocketConn } from "../../../websocket/websocket_conn.ts";
import type { ChatHub } from "../_chat_hub.ts";
import { maxRequestSize } from "../_client_request.ts";
import type { FrontHandler, NetConn } from "./_frontend.ts";
import { closeWithin } from "./_close_within.ts";
import { pageFiles } from "../../page/page.ts";
import type { Reception, ReceptionFault } from "../admission/_admission.ts";
import type { ServerSettings } from "../_server_settings.ts";
import { plainResponse, StaticSite } from "../_static_site.ts";
import { describeGoodbye } from "../../room/text/_text_format.ts";
import { WebUser } from "../users/_web_user.ts";

/** The path of the WebSocket. */
const ROUTE = "/chat";
/** The subprotocol of those who speak JSON. */
export const PROTOCOL = "vnet-chat.1";
/** The most frames of one message: nobody has a reason for many. */
const MAX_FRAGMENTS = 256;
/** Milliseconds that somebody who is turned away gets to read why. */
const TELL_TIMEOUT = 1000;
/** Seconds after which somebody may try again who came too often. */
const RETRY_AFTER = "60";

/**
 * Takes in those who come by HTTP: browsers get the page, users of WebSockets the
 * chat. A connection has one request, and so none is ever idle between two: what
 * is not a WebSocket is over within the time for the handshake.
 */
export class WebDesk implements FrontHandler {
  readonly kind = "http";
  readonly #hub: ChatHub;
  readonly #reception: Reception;
  readonly #settings: ServerSettings;
  readonly #stop = new AbortController();
  #site: StaticSite | undefined;
  #openCount = 0;

  constructor(hub: ChatHub, reception: Reception, settings: ServerSettings) {
    this.#hub = hub;
    this.#reception = reception;
    this.#settings = settings;
  }

  /** How many WebSockets are open. */
  get openCount(): number {
    return this.#openCount;
  }

  /** Ends the handshakes that are under way, and lets nobody in any more. */
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
      await new WebUser(conn, socket, this.#hub, this.#settings).run();
    } finally {
      this.#openCount--;
    }
  }

  async turnAway(conn: NetConn, reason: ReceptionFault): Promise<void> {
    await conn.write(refusal(reason), { timeout: TELL_TIMEOUT });
    await closeWithin(conn, TELL_TIMEOUT);
  }

  async #accept(conn: NetConn): Promise<WebSocketConn | undefined> {
    try {
      return await acceptWebSocket(conn, this.#optionsFor(conn));
    } catch (error) {
      const reason = reasonOf(error);
      if (reason !== undefined && !this.#stop.signal.aborted) {
        const { hostname, port } = conn.remoteAddr;
        this.#reception.refuse("http", joinAddress(hostname, port), reason);
      }
      return undefined;
    }
  }

  #optionsFor(conn: NetConn): AcceptWebSocketOptions {
    const { http, maxLineLength, pingInterval, requestTimeout } =
      this.#settings;
    return {
      route: ROUTE,
      protocols: [PROTOCOL],
      allowedOrigins: http?.allowedOrigins,
      allowedHosts: http?.allowedHosts,
      maxMessageSize: maxRequestSize(maxLineLength),
      maxFragments: MAX_FRAGMENTS,
      pingInterval,
      handshakeTimeout: requestTimeout,
      signal: this.#stop.signal,
      onHttpRequest: (request) =>
        (this.#site ??= new StaticSite(pageFiles())).answer(request),
      onRequest: () =>
        this.#reception.enter(conn.remoteAddr.hostname) &&
        plainResponse(429, "Too many attempts", { "retry-after": RETRY_AFTER }),
    };
  }
}

/** The answer to somebody whose request is not even read. */
function refusal(reason: ReceptionFault): Uint8Array {
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

/** Why somebody was not let in; nothing if they got what they asked for. */
function reasonOf(error: unknown): string | undefined {
  if (error instanceof HandshakeError) {
    const { status } = error;
    if (status === undefined || status < 400) return undefined;
    if (status === 403) return "origin";
    if (status === 421) return "host";
    return status === 429 ? "too-many-attempts" : "bad-request";
  }
  const isTimeout = error instanceof DOMException &&
    error.name === "TimeoutError";
  return isTimeout ? "timeout" : undefined;
}
