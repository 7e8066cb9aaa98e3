import { isTimeout } from "../../../internal/errors/error_kinds.ts";
import { joinAddress } from "../../../internal/address/address.ts";
import type { WaitOptions } from "../../../internal/wait/wait_options.ts";
import { toTlsChoice, wantsTls } from "../../../tcp/tls/_tls_choice.ts";
import { listenTcp } from "../../../tcp/listen_tcp.ts";
import { listenTls } from "../../../tcp/tls/listen_tls.ts";
import type { ListenerStats } from "../../../tcp/listener/listener_stats.ts";
import {
  type Gate,
  type PeerEnds,
  type PeerLimits,
  peerLimitsOf,
} from "../../../tcp/listener/net_listener.ts";
import { faultyProxyOf } from "../../../tcp/proxy_protocol/_proxy_header_reads.ts";
import type { TcpListener } from "../../../tcp/tcp_listener.ts";
import type { TlsCertificate } from "../../../tcp/tls/tls_certificate.ts";
import { TlsListener } from "../../../tcp/tls/tls_listener.ts";
import type { ServerSettings } from "../_server_settings.ts";
import type { Admission, Rejection } from "../admission/_admission.ts";
import type { Monitor } from "../monitoring/_monitor.ts";
import type { Frontend, NetConn } from "./_frontend.ts";

/** The most rejected clients that are told the reason at the same time. */
const MAX_TELLING = 64;

/** Errors that a peer causes. */
const PEER_ERRORS = [
  Deno.errors.BrokenPipe,
  Deno.errors.ConnectionAborted,
  Deno.errors.ConnectionReset,
  Deno.errors.InvalidData,
  Deno.errors.Interrupted,
  Deno.errors.NotConnected,
  Deno.errors.UnexpectedEof,
];

type ListenOptions = NonNullable<ServerSettings["tcp"]>;

/** The state that the listeners of a server share. */
export interface ListenerContext {
  readonly admission: Admission;
  readonly monitor: Monitor;
  /** Clients that are being told why they are rejected, on all ports. */
  telling: number;
}

/** One port of a server, and its connections. */
export class FrontendListener implements Gate {
  readonly #listener: TcpListener | TlsListener;
  readonly #frontend: Frontend;
  readonly #context: ListenerContext;
  readonly #limits: PeerLimits;
  /** Rejected connections that are still open. */
  #rejected = 0;

  /** Listens; {@linkcode FrontendListener.serve} must be called next. */
  constructor(
    options: ListenOptions,
    frontend: Frontend,
    context: ListenerContext,
  ) {
    this.#listener = listen(options);
    this.#frontend = frontend;
    this.#context = context;
    this.#limits = peerLimitsOf(this.#listener);
    this.#limits.proxies = frontend.proxies;
    if (this.isTls) this.#limits.gate = this;
  }

  /** Called by the listener before the TLS handshake. */
  enter(ends: PeerEnds): boolean {
    const fault = this.#context.admission.reserve(this.#addressOf(ends));
    if (fault !== undefined) this.#countRejected(ends.remoteAddr, fault);
    return fault === undefined;
  }

  /** Called by the listener after a failed handshake or the end of a connection. */
  leave(ends: PeerEnds): void {
    this.#context.admission.release(this.#addressOf(ends));
  }

  get isTls(): boolean {
    return this.#listener instanceof TlsListener;
  }

  setCertificate(certificate: TlsCertificate): void {
    if (!(this.#listener instanceof TlsListener)) return;
    this.#listener.setCertificate(certificate);
  }

  get addr(): Deno.NetAddr {
    return this.#listener.addr;
  }

  /** How many connections are open, without rejected ones. */
  get connectionCount(): number {
    return Math.max(0, this.#listener.connectionCount - this.#rejected);
  }

  /** The counters of all connections, rejected and closed ones included. */
  get stats(): ListenerStats {
    return this.#listener.stats;
  }

  /** Serves all connections, until the listener and all of them are closed. */
  async serve(onError: (error: unknown) => void): Promise<void> {
    await this.#listener.serve((conn: NetConn) => this.#receive(conn), {
      onError: (error) => {
        const { monitor } = this.#context;
        const proxy = faultyProxyOf(error);
        if (proxy !== undefined) {
          monitor.refuse(this.#frontend.kind, proxy, "proxy-header");
        } else if (isPeerError(error)) monitor.refused.add("broken");
        else onError(error);
      },
    });
  }

  /** Stops accepting. */
  close(): void {
    void this.#listener.close();
  }

  /** Waits for all connections, and cuts those that are open at a limit. */
  shutdown(wait: WaitOptions): Promise<number> {
    return this.#listener.shutdown(wait);
  }

  async #receive(conn: NetConn): Promise<void> {
    const { admission } = this.#context;
    const hostname = this.#addressOf(conn);
    const { kind } = this.#frontend;
    // With TLS, the place was reserved before the handshake.
    const fault = this.isTls
      ? admission.admitReserved(kind, hostname)
      : admission.admit(kind, hostname);
    if (fault !== undefined) return await this.#reject(conn, fault);
    // The frontend may go on for long: a request may wait for a cluster's log.
    if (!this.isTls) conn.closed.then(() => admission.release(hostname));
    await this.#frontend.serve(conn);
  }

  /** Tells a client why it is rejected, unless many are being told already. */
  async #reject(conn: NetConn, reason: Rejection): Promise<void> {
    const context = this.#context;
    this.#rejected++;
    conn.closed.then(() => this.#rejected--);
    this.#countRejected(conn.remoteAddr, reason);
    if (context.telling >= MAX_TELLING) return;
    context.telling++;
    try {
      await this.#frontend.reject(conn, reason);
    } catch {
      // The client has closed the connection.
    } finally {
      context.telling--;
    }
  }

  /** The address that limits and bans apply to. */
  #addressOf(ends: PeerEnds): string | undefined {
    return this.#limits.isExempt(ends) ? undefined : ends.remoteAddr.hostname;
  }

  #countRejected({ hostname, port }: Deno.NetAddr, reason: Rejection): void {
    const address = joinAddress(hostname, port);
    this.#context.monitor.refuse(this.#frontend.kind, address, reason);
  }
}

/** Whether a peer caused an error: those are only counted, as anyone can cause many. */
function isPeerError(error: unknown): boolean {
  return isTimeout(error) ||
    PEER_ERRORS.some((type) => error instanceof type);
}

function listen(options: ListenOptions): TcpListener | TlsListener {
  const { hostname, port, tlsBackend, proxyProtocol } = options;
  const address = { hostname, port };
  if (!wantsTls(options)) {
    return listenTcp(address, { keepAlive: true, proxyProtocol });
  }
  // The runtime's TLS has no such option.
  const keepAlive = tlsBackend === "runtime" ? undefined : true;
  const tls = { ...toTlsChoice(options), proxyProtocol };
  return listenTls(address, { ...tls, keepAlive });
}
