import { joinAddress } from "../../../internal/address.ts";
import type { WaitOptions } from "../../../internal/wait_options.ts";
import { toTlsChoice, wantsTls } from "../../../tcp/_tls_choice.ts";
import { listenTcp } from "../../../tcp/listen_tcp.ts";
import { listenTls } from "../../../tcp/listen_tls.ts";
import type { StreamConn } from "../../../tcp/stream_conn.ts";
import type { TcpListener } from "../../../tcp/tcp_listener.ts";
import { type Gate, setListenerGate } from "../../../tcp/net_listener.ts";
import { TlsListener } from "../../../tcp/tls_listener.ts";
import type { Reception, ReceptionFault } from "../admission/_admission.ts";
import type { ChatTcpOptions } from "../serve_chat.ts";

const OF_PEER = [
  Deno.errors.BrokenPipe,
  Deno.errors.ConnectionAborted,
  Deno.errors.ConnectionReset,
  Deno.errors.InvalidData,
  Deno.errors.Interrupted,
  Deno.errors.NotConnected,
  Deno.errors.UnexpectedEof,
];

/** A connection of either kind. */
export type NetConn = StreamConn<Deno.NetAddr>;

/** What a front does with connections. */
export interface FrontHandler {
  readonly kind: "tcp" | "http";
  /** Serves a connection until it ends. */
  serve(conn: NetConn): Promise<void>;
  /** Tells somebody why they may not come in, if that is possible. */
  turnAway(conn: NetConn, reason: ReceptionFault): Promise<void>;
}

/** A port that is listened on, and those who come by it. */
export class Front implements Gate {
  readonly #listener: TcpListener | TlsListener;
  readonly #handler: FrontHandler;
  readonly #reception: Reception;
  readonly #isTls: boolean;
  /** Open connections of those who were turned away, and have not closed yet. */
  #turnedAway = 0;

  /** Listens from now on; {@linkcode Front.serve} has to be called then. */
  constructor(
    options:
      & Required<Pick<ChatTcpOptions, "hostname" | "port">>
      & ChatTcpOptions,
    reception: Reception,
    handler: FrontHandler,
  ) {
    this.#listener = listen(options);
    this.#reception = reception;
    this.#handler = handler;
    this.#isTls = this.#listener instanceof TlsListener;
    if (this.#isTls) setListenerGate(this.#listener, this);
  }

  /** Of the listener, before TLS: a socket costs as much as a connection. */
  enter({ hostname, port }: Deno.NetAddr): boolean {
    const fault = this.#reception.reserve(hostname);
    if (fault === undefined) return true;
    const { kind } = this.#handler;
    this.#reception.refuse(kind, joinAddress(hostname, port), fault);
    return false;
  }

  /** Of the listener: a handshake has failed, or a connection is over. */
  leave({ hostname }: Deno.NetAddr): void {
    this.#reception.cancel(hostname);
  }

  get addr(): Deno.NetAddr {
    return this.#listener.addr;
  }

  /** How many connections are open, without those that were turned away. */
  get connectionCount(): number {
    return Math.max(0, this.#listener.connectionCount - this.#turnedAway);
  }

  /** The connections that are open. */
  get connections(): ReadonlySet<NetConn> {
    return this.#listener.activeConnections;
  }

  /** Serves all who come, until the front is closed and they are gone. */
  async serve(onError: (error: unknown) => void): Promise<void> {
    await this.#listener.serve(
      (conn: NetConn) => this.#receive(conn),
      {
        onError: (error) => {
          if (isOfPeer(error)) this.#reception.countBroken();
          else onError(error);
        },
      },
    );
  }

  /** Lets nobody in any more. */
  close(): void {
    void this.#listener.close();
  }

  /** Waits for all connections, and cuts those that are left at a limit. */
  shutdown(wait: WaitOptions): Promise<number> {
    return this.#listener.shutdown(wait);
  }

  async #receive(conn: NetConn): Promise<void> {
    const { hostname, port } = conn.remoteAddr;
    const { kind } = this.#handler;
    // Behind TLS, everyone has a place by now.
    const fault = this.#isTls
      ? this.#reception.admitReserved(kind, hostname)
      : this.#reception.admit(kind, hostname);
    if (fault !== undefined) {
      this.#turnedAway++;
      conn.closed.then(() => this.#turnedAway--);
      this.#reception.refuse(kind, joinAddress(hostname, port), fault);
      return await this.#reception.telling(
        () => this.#handler.turnAway(conn, fault),
      );
    }
    try {
      await this.#handler.serve(conn);
    } finally {
      this.#reception.countTraffic(conn);
      if (!this.#isTls) this.#reception.cancel(hostname);
    }
  }
}

/**
 * Whether it was a peer who left before it was accepted, or who does not speak
 * TLS: anybody can do that as often as they like, so it is only counted.
 */
function isOfPeer(error: unknown): boolean {
  return OF_PEER.some((type) => error instanceof type) ||
    (error instanceof DOMException && error.name === "TimeoutError");
}

function listen(
  { hostname, port, ...options }:
    & Required<Pick<ChatTcpOptions, "hostname" | "port">>
    & ChatTcpOptions,
): TcpListener | TlsListener {
  const address = { hostname, port };
  if (!wantsTls(options)) return listenTcp(address, { keepAlive: true });
  const { tlsBackend } = options;
  // The runtime's TLS has no such option.
  const keepAlive = tlsBackend === "runtime" ? undefined : true;
  return listenTls(address, { ...toTlsChoice(options), keepAlive });
}
