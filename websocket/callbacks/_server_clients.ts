import { callOrPrint } from "../../internal/errors/call_safely.ts";
import { ClosedError } from "../../internal/errors/closed_error.ts";
import { isExpectedEnd } from "../../internal/errors/expected_end.ts";
import { handled } from "../../internal/errors/handled.ts";
import { limited } from "../../internal/wait/limited.ts";
import { SlotMap } from "../../internal/slot_map.ts";
import type { TaskCount } from "../../internal/wait/task_count.ts";
import type { StreamConn } from "../../tcp/conn/stream_conn.ts";
import type { PeerLimits } from "../../tcp/listener/_peer_limits.ts";
import { TlsConn } from "../../tcp/tls/tls_conn.ts";
import { failedHandler } from "../../internal/errors/failed_handler.ts";
import { printError } from "../../internal/errors/print_error.ts";
import { DEFAULT_HANDSHAKE_TIMEOUT } from "../_defaults.ts";
import {
  type Accepted,
  acceptHandshake,
  endFailed,
  type HandshakeSetup,
  type RequestDecision,
  type WebSocketRequest,
} from "../accept_websocket.ts";
import { ServerCounts } from "./_server_counts.ts";
import type { ServerStats } from "./server_stats.ts";
import { CallbackList, ClientCallbacks } from "./_callbacks.ts";
import type {
  ClientSession,
  SessionOwner,
  SessionParts,
} from "./_client_session.ts";
import { Engine } from "../engine/_engine.ts";
import { PackedFields } from "../../internal/http/header_fields.ts";
import { checkDecision, isAcceptance } from "../handshake/_request_decision.ts";
import type { ProxyTrust } from "../handshake/_trusted_proxies.ts";
import { readKey, readProtocols } from "../handshake/_upgrade_request.ts";
import {
  attachSession,
  type Client,
  type ClientTopics,
  getSession,
  makeClient,
} from "./client.ts";
import type { ServerOptions } from "./server_options.ts";
import type { WebSocketOptions } from "../websocket_options.ts";

const NO_OPTIONS = {};

/** The outcome of an opening handshake. */
interface Opened extends Pick<SessionParts<Client>, "makeEngine"> {
  readonly protocol: string;
}

/** The outcome of a handshake that has failed. */
export interface Verdict extends Pick<HandshakeSetup, "onFault" | "admit"> {
  /**
   * Whether that is no error, as `onConnect` or a limit has refused the client, or
   * is reported already.
   */
  isExpected: boolean;
  /** Called when the client has been let in, before it counts as one. */
  readonly onOpen?: (() => void) | undefined;
}

/** The origin of the address of a client, such as its connection. */
export interface PeerSource {
  /** The address, of any kind. */
  readonly remoteAddr?: unknown;
}

/** The parts of a server's view of a client. */
export interface PeerParts {
  readonly client: Client;
  readonly request: WebSocketRequest;
  readonly source: PeerSource;
}

/** The parts of {@linkcode ServerClients}. */
interface ServerClientsParts<P> {
  readonly route: string;
  readonly options: ServerOptions;
  readonly topics: ClientTopics;
  readonly proxies: ProxyTrust | undefined;
  /** Makes the view of a client that has sent its request. */
  readonly makePeer: (parts: PeerParts) => P;
  /** Gives such a view the same request in another form. */
  readonly setRequest: (peer: P, request: WebSocketRequest) => void;
}

/** Accepts the clients of a `Server`, and keeps them and their callbacks. */
export class ServerClients<P extends { readonly client: Client }>
  implements SessionOwner<Client> {
  readonly #parts: ServerClientsParts<P>;
  readonly #route: string | undefined;
  readonly #options: ServerOptions;
  readonly #byId = new SlotMap<string, P>();
  readonly #sessions = new SlotMap<string, ClientSession<Client>>();
  #connOptions: WebSocketOptions = {};
  /** Ends the handshakes that are under way. */
  #stop = new AbortController();

  /** The counters of the server. */
  readonly counts = new ServerCounts();
  /** The callbacks for all clients. */
  readonly callbacks = new ClientCallbacks<Client>();
  readonly #shared: readonly ClientCallbacks<Client>[] = [this.callbacks];
  /** For a client whose connection is open. */
  readonly attached: CallbackList<[peer: P]> = new CallbackList();
  /** For errors that have no open connection. */
  readonly errors: CallbackList<[ws: Client | undefined, error: unknown]> =
    new CallbackList();
  /** Decides about a client that wants to connect. */
  decide:
    | ((peer: P) => RequestDecision | Promise<RequestDecision>)
    | undefined;

  constructor(parts: ServerClientsParts<P>) {
    this.#parts = parts;
    this.#route = parts.route === "" ? undefined : parts.route;
    this.#options = parts.options;
  }

  /** The connected clients, by their id. */
  get byId(): ReadonlyMap<string, P> {
    return this.#byId;
  }

  /** All counters at this moment. */
  get stats(): ServerStats {
    return this.counts.stats(this.#sessions);
  }

  /** Calls back for the connection of each. */
  eachSession(call: (session: ClientSession<Client>) => void): void {
    this.#sessions.each(call);
  }

  /** Sets the pings of all clients, connected ones too, in milliseconds. */
  setPingInterval(pingInterval: number, pongTimeout: number): void {
    this.#connOptions = { ...this.#options, pingInterval, pongTimeout };
    this.eachSession((session) => {
      session.setPingInterval(pingInterval, pongTimeout);
    });
  }

  /** Ends the handshakes that are under way, and those of now only. */
  stopHandshakes(): void {
    const stop = this.#stop;
    this.#stop = new AbortController();
    stop.abort(new ClosedError("Cannot accept a WebSocket: the server closes"));
  }

  /**
   * Serves a connection until it ends.
   *
   * @param conn The connection, which it ends in any case.
   * @param conns The count of connections that it is in.
   * @param limits The limits of its listener.
   */
  serve(
    conn: StreamConn<unknown>,
    conns: TaskCount,
    limits: PeerLimits,
  ): void {
    const { signal } = this.#stop;
    const verdict: Verdict = {
      isExpected: false,
      onFault: (error) => {
        verdict.isExpected = true;
        this.report(undefined, error, "a request handler");
      },
      admit: ({ isProxied, clientAddress }) => {
        // Any other connection was counted when it was accepted.
        if (!isProxied || clientAddress === undefined) return undefined;
        if (limits.enterClient(clientAddress)) {
          conn.closed.then(() => limits.leaveClient(clientAddress));
          return undefined;
        }
        verdict.isExpected = true;
        return { status: 503, reason: "Too many connections" };
      },
    };
    conns.enter();
    this.accept(conn, undefined, verdict).then((peer) => {
      const session = getSession(peer.client);
      if (session === undefined) conns.leave();
      else session.whenEnded(conns.leave);
    }, (error) => {
      const isExpected = signal.aborted || verdict.isExpected ||
        isExpectedEnd(error);
      if (!isExpected) this.report(undefined, error);
      conns.leave();
    });
  }

  /** Makes the view of a client that wants to connect. */
  make(
    request: WebSocketRequest,
    isSsl: boolean,
    source: PeerSource,
  ): P {
    const { resourceName } = request;
    const client = makeClient({
      uri: resourceName,
      resourceName,
      isSsl,
      options: NO_OPTIONS,
      shared: this.#shared,
      topics: this.#parts.topics,
    });
    return this.#parts.makePeer({ client, request, source });
  }

  /** Whether handshakes that began under a signal are still wanted; it aborts. */
  get stopSignal(): AbortSignal {
    return this.#stop.signal;
  }

  /**
   * Asks the program whether a client may connect.
   *
   * @param peer The client.
   * @param makeGone Makes a signal that aborts when the client leaves, if the
   * program takes its time. Nobody waits for its answer then.
   */
  async ask(
    peer: P,
    makeGone?: () => AbortSignal | undefined,
  ): Promise<RequestDecision> {
    const { signal: stop } = this.#stop;
    let signal = stop;
    let decision: RequestDecision;
    try {
      const answer = this.decide?.(peer);
      if (answer instanceof Promise) {
        const gone = makeGone?.();
        if (gone !== undefined) signal = AbortSignal.any([stop, gone]);
        decision = checkDecision(await this.#limit(answer, signal));
      } else decision = checkDecision(answer);
      if (!isAcceptance(decision)) this.counts.refusedByProgram++;
    } catch (error) {
      if (!signal.aborted) this.report(peer.client, error, "onConnect");
      decision = signal.aborted ? 503 : 500;
    }
    // It is not "connecting" any more.
    if (!isAcceptance(decision)) peer.client.terminate();
    return decision;
  }

  /** Lets a client in, and returns its connection. */
  attach(peer: P, opened: Opened): ClientSession<Client> {
    const { client } = peer;
    const session = attachSession(client, {
      ...opened,
      options: this.#connOptions,
      owner: this,
    });
    this.#byId.set(client.id, peer);
    this.#sessions.set(client.id, session);
    this.counts.accepted++;
    session.open(() => {
      for (const callback of this.attached.items) {
        session.guard(() => callback(peer));
      }
    });
    session.start();
    return session;
  }

  /** Of a session: it is over. */
  onSessionEnd(session: ClientSession<Client>): void {
    const { id } = session.client;
    this.#byId.delete(id);
    if (this.#sessions.delete(id)) this.counts.endSession(session.counts);
  }

  /**
   * Reports an error that is not one of an open connection.
   *
   * @param client The client, if there is a view of it.
   * @param error The error.
   * @param source The handler that has thrown it, if it is one's.
   */
  report(
    client: Client | undefined,
    error: unknown,
    source = failedHandler(error),
  ): void {
    const { items } = this.errors;
    if (items.length === 0 && source !== undefined) {
      printError(`Uncaught error in ${source}`, error);
    }
    for (const callback of items) {
      // Their errors must not end the server.
      callOrPrint("onError", () => callback(client, error));
    }
  }

  #limit<T>(answer: Promise<T>, signal: AbortSignal): Promise<T> {
    handled(answer);
    const timeout = this.#options.handshakeTimeout ?? DEFAULT_HANDSHAKE_TIMEOUT;
    const limits = { signal, timeout };
    return limited("Cannot await onConnect", limits, () => answer);
  }

  /** Does the handshake, and lets the client in. */
  async accept(
    conn: StreamConn<unknown>,
    own?: AbortSignal,
    verdict: Verdict = { isExpected: false },
  ): Promise<P> {
    const { signal: stop } = this.#stop;
    const signal = own === undefined ? stop : AbortSignal.any([stop, own]);
    const isSsl = conn instanceof TlsConn;
    let peer: P | undefined;
    const onRequest = async (request: WebSocketRequest) => {
      peer = this.make(request, isSsl, conn);
      const decision = await this.ask(peer);
      verdict.isExpected = !isAcceptance(decision);
      return decision;
    };
    try {
      const { request, accepted, setup } = await acceptHandshake(conn, {
        ...this.#options,
        route: this.#route,
        onRequest: this.decide && onRequest,
        signal,
      }, {
        hasOwnLimits: true,
        onFault: verdict.onFault,
        admit: verdict.admit,
        proxies: this.#parts.proxies,
      });
      signal.throwIfAborted();
      const packed = new PackedRequest(request);
      if (peer === undefined) peer = this.make(packed, isSsl, conn);
      else this.#parts.setRequest(peer, packed);
      verdict.onOpen?.();
      this.attach(peer, {
        protocol: accepted.protocol,
        makeEngine: (handler) =>
          new Engine(handler, { ...setup, textAs: "bytes" }),
      });
      return peer;
    } catch (error) {
      const isExpected = signal.aborted || verdict.isExpected ||
        isExpectedEnd(error);
      if (!isExpected) this.counts.handshakesFailed++;
      peer?.client.terminate();
      endFailed(conn, error);
      throw error;
    }
  }
}

/** A request whose fields are unpacked only if they are asked for. */
class PackedRequest extends PackedFields implements WebSocketRequest {
  readonly resourceName: string;
  readonly clientAddress: string | undefined;

  constructor({ resourceName, fields, clientAddress }: Accepted["request"]) {
    super(fields);
    this.resourceName = resourceName;
    this.clientAddress = clientAddress;
  }

  get key(): string {
    return readKey(this.unpack()) ?? "";
  }

  get origin(): string | undefined {
    return this.unpack().get("origin");
  }

  get protocols(): readonly string[] {
    return readProtocols(this.unpack()) ?? [];
  }

  get headers(): Headers {
    return this.toHeaders();
  }
}
