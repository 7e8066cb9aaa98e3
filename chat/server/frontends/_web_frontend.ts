import { isTimeout } from "../../../internal/errors/error_kinds.ts";
import { TaskCount } from "../../../internal/wait/task_count.ts";
import {
  type AcceptWebSocketOptions,
  type HandshakeSetup,
  openWebSocket,
} from "../../../websocket/accept_websocket.ts";
import type { HttpRequest } from "../../../websocket/handshake/_plain_request.ts";
import {
  formatRefusal,
  type Refusal,
} from "../../../websocket/handshake/_refusal.ts";
import {
  type ProxyTrust,
  toProxyTrust,
} from "../../../websocket/handshake/_trusted_proxies.ts";
import { HandshakeError } from "../../../websocket/handshake_error.ts";
import type { WebSocketConn } from "../../../websocket/websocket_conn.ts";
import { describeGoodbye } from "../../room/text/_goodbye_text.ts";
import type { ChatHub } from "../_chat_hub.ts";
import { maxRequestSize } from "../_client_request.ts";
import { SUBPROTOCOL } from "../../protocol/_version.ts";
import type { ServerSettings } from "../_server_settings.ts";
import { plainResponse } from "../_static_site.ts";
import { ChatSite } from "../_chat_site.ts";
import type { AccessControl } from "../access/_access_control.ts";
import { readSignIn, type SignIn } from "../access/_trusted_header.ts";
import { WebAccessConn } from "../access/_web_access_conn.ts";
import type { Rejection } from "../admission/_admission.ts";
import {
  type ClientAddress,
  describeAddress,
} from "../monitoring/_describe_address.ts";
import { WebUser } from "../users/_web_user.ts";
import { closeWithin } from "./_close_within.ts";
import type { Frontend, NetConn } from "./_frontend.ts";
import type { ListenerContext } from "./_frontend_listener.ts";

/** The most frames of one message. */
const MAX_FRAGMENTS = 256;
/** Milliseconds for a rejected client to read the reason. */
const TELL_TIMEOUT = 1000;
/** Seconds after which a rejected client may try again. */
const RETRY_AFTER = "60";
/** Why a page of another origin is refused. */
const ORIGIN_REASON =
  "Origin not allowed: expected the page of this server or one that --allow-origin (allowedOrigins) gives. Behind a proxy, --trusted-proxy and --forwarded-origin (trustedProxies, forwardedOrigin) let it tell the page's own origin";

/** Why a request without the header field for the user is refused. */
const SIGN_IN_REASON =
  "Sign in first: expected the name of the user from the proxy of this chat";
/** The close code for a client that is not admitted (RFC 6455 section 7.4.1). */
const POLICY = 1008;

/** The parts of a server that a {@linkcode WebFrontend} uses. */
export interface WebFrontendParts {
  readonly access: AccessControl;
  /** The state of the server, for health checks. */
  readonly health: () => string;
}

/** A connection, and the details of the client in its request. */
interface Visit {
  readonly conn: NetConn;
  /** The client, which is the proxy's until its request has been read. */
  client: ClientAddress;
  /** Whether the request has come from a trusted proxy. */
  isProxied: boolean;
  /** The user that the proxy has told. */
  signIn: SignIn | undefined;
  /** Why the client is rejected. */
  rejection: Rejection | "sign-in-needed" | undefined;
}

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
  readonly #access: AccessControl;
  readonly #stop = new AbortController();
  readonly #site: ChatSite;
  readonly #open = new TaskCount();
  readonly proxies: ProxyTrust | undefined;

  constructor(
    hub: ChatHub,
    context: ListenerContext,
    settings: ServerSettings,
    { access, health }: WebFrontendParts,
  ) {
    this.#hub = hub;
    this.#access = access;
    this.#context = context;
    this.#settings = settings;
    this.#site = new ChatSite({
      basePath: settings.http?.basePath ?? "",
      signsIn: access.userHeader !== undefined,
      health,
    });
    this.proxies = settings.http && toProxyTrust(settings.http);
  }

  /** How many WebSockets are open. */
  get openCount(): number {
    return this.#open.count;
  }

  /** Cancels pending handshakes, and refuses new ones. */
  stop(): void {
    this.#stop.abort();
  }

  /** Resolves when no WebSocket is open. */
  drained(): Promise<void> {
    return this.#open.whenIdle();
  }

  async serve(conn: NetConn): Promise<void> {
    const visit: Visit = {
      conn,
      client: conn.remoteAddr,
      isProxied: false,
      signIn: undefined,
      rejection: undefined,
    };
    const end = performance.now() + this.#settings.requestTimeout;
    const socket = await this.#accept(visit);
    if (socket === undefined) {
      const left = Math.max(0, end - performance.now());
      const most = visit.rejection === undefined ? left : TELL_TIMEOUT;
      return await closeWithin(conn, Math.min(left, most));
    }
    if (this.#hub.isStopping) return socket.terminate();
    this.#open.enter();
    try {
      await this.#serveSocket(visit, socket);
    } finally {
      this.#open.leave();
    }
  }

  async #serveSocket(
    { client, signIn }: Visit,
    socket: WebSocketConn,
  ): Promise<void> {
    const { nickname: account, refused: refusedName } = signIn ?? {};
    const isOpen = this.#access.isOpen("http") && refusedName === undefined;
    const entered = isOpen
      // A client without JSON would not know that it has to send something.
      ? { account, first: socket.protocol === "" ? account : undefined }
      : await this.#access.pass(new WebAccessConn(socket), {
        kind: "http",
        isJson: socket.protocol !== "",
        address: client,
        refusedName,
      });
    if (entered === undefined) {
      const timeout = TELL_TIMEOUT;
      await socket.close(POLICY, "", { timeout }).catch(() => {});
      return;
    }
    const user = new WebUser(
      client,
      socket,
      this.#hub,
      this.#settings,
      entered,
    );
    await user.run(entered.first);
  }

  async reject(conn: NetConn, reason: Rejection): Promise<void> {
    const response = formatRefusal(refusalOf(reason));
    await conn.write(response, { timeout: TELL_TIMEOUT });
    await closeWithin(conn, TELL_TIMEOUT);
  }

  async #accept(visit: Visit): Promise<WebSocketConn | undefined> {
    const options = this.#optionsFor(visit);
    try {
      return await openWebSocket(visit.conn, options, this.#setupFor(visit));
    } catch (error) {
      const reason = visit.rejection ??
        reasonOf(error, this.#hub.isBanned(visit.client.hostname));
      if (reason !== undefined && !this.#stop.signal.aborted) {
        const address = describeAddress(visit.client);
        this.#context.monitor.refuse("http", address, reason);
      }
      return undefined;
    }
  }

  /** Answers a client that may not enter the chat, which is known only now. */
  #refusal(visit: Visit, headers: Headers): Response | undefined {
    const { hostname } = visit.client;
    if (this.#hub.isBanned(hostname)) {
      return plainResponse(403, describeGoodbye("banned"));
    }
    const { userHeader } = this.#access;
    if (userHeader !== undefined) {
      visit.signIn = readSignIn(headers, userHeader, visit.isProxied);
      if (visit.signIn === undefined) {
        visit.rejection = "sign-in-needed";
        return plainResponse(403, SIGN_IN_REASON);
      }
    }
    const fault = this.#context.admission.enter(hostname);
    return fault &&
      plainResponse(429, "Too many attempts", { "retry-after": RETRY_AFTER });
  }

  #setupFor(visit: Visit): HandshakeSetup {
    return {
      proxies: this.proxies,
      originReason: ORIGIN_REASON,
      admit: ({ isProxied, clientAddress }) => {
        visit.isProxied = isProxied;
        // Any other client was admitted with its connection.
        if (!isProxied || clientAddress === undefined) return undefined;
        visit.client = { hostname: clientAddress };
        const rejection = this.#admitClient(visit, clientAddress);
        visit.rejection = rejection;
        return rejection && refusalOf(rejection);
      },
    };
  }

  /** Counts the client of a proxy until its connection ends. */
  #admitClient({ conn }: Visit, clientAddress: string): Rejection | undefined {
    if (this.proxies?.has(clientAddress)) return undefined;
    const { admission } = this.#context;
    const rejection = admission.admitClient(clientAddress);
    if (rejection === undefined) {
      conn.closed.then(() => admission.releaseClient(clientAddress));
    }
    return rejection;
  }

  #optionsFor(visit: Visit): AcceptWebSocketOptions {
    const { http, maxLineLength, pingInterval, requestTimeout } =
      this.#settings;
    return {
      route: this.#site.route,
      protocols: [SUBPROTOCOL],
      allowedOrigins: http?.allowedOrigins,
      allowedHosts: http?.allowedHosts,
      maxMessageSize: maxRequestSize(maxLineLength),
      maxFragments: MAX_FRAGMENTS,
      pingInterval,
      handshakeTimeout: requestTimeout,
      signal: this.#stop.signal,
      onHttpRequest: (request: HttpRequest) => this.#site.answer(request),
      onRequest: ({ headers }) => this.#refusal(visit, headers),
    };
  }
}

/** The response to a client that is rejected. */
function refusalOf(rejection: Rejection): Refusal {
  return {
    status: statusOf(rejection),
    reason: describeGoodbye(rejection),
    headers: { "retry-after": RETRY_AFTER },
  };
}

function statusOf(reason: Rejection): number {
  if (reason === "banned") return 403;
  return reason === "full" || reason === "shutdown" ? 503 : 429;
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
