import { isBoolean } from "./_option_checks.ts";
import { checkNetEnds, describeAddr } from "../internal/address/address.ts";
import {
  checkOptions,
  isInteger,
  isType,
  type OptionChecks,
} from "../internal/check_options.ts";
import { NodeSocket } from "./node/_node_socket.ts";
import { TunnelConn } from "./proxy/_tunnel_conn.ts";
import { StreamConn } from "./conn/stream_conn.ts";

/** Options for {@linkcode TcpConn}, and for functions that make one. */
export interface TcpConnOptions {
  /**
   * Whether small writes go out at once (`TCP_NODELAY`). `false` turns Nagle's
   * algorithm on: fewer packets, and up to 40 ms more for each exchange.
   *
   * @default {true}
   */
  noDelay?: boolean;
  /**
   * Whether the system probes a silent peer (`SO_KEEPALIVE`), at its own times.
   *
   * @default {false}
   */
  keepAlive?: boolean;
}

/**
 * When the system probes a silent peer (`TCP_KEEPIDLE`).
 *
 * @example Usage
 * ```ts
 * import { dialTcp, type KeepAliveOptions, listenTcp } from "@vnet/net/tcp";
 * import { assertEquals } from "@std/assert";
 *
 * using listener = listenTcp("127.0.0.1:0");
 * const keepAlive: KeepAliveOptions = { delay: 60_000 };
 * using conn = await dialTcp(listener.addr, { keepAlive });
 * assertEquals(conn.state, "open");
 * ```
 */
export interface KeepAliveOptions {
  /**
   * Milliseconds of silence before the first probe, rounded up to whole seconds;
   * from 1 to 32,767,000.
   */
  delay: number;
}

/** The checks of {@linkcode TcpConnOptions}. */
export const TCP_CONN_CHECKS: OptionChecks<TcpConnOptions> = {
  noDelay: isBoolean,
  keepAlive: isBoolean,
};

/** The longest silence in milliseconds before a probe, of Linux. */
const MAX_KEEP_ALIVE = 32_767_000;

const KEEP_ALIVE_CHECKS: OptionChecks<KeepAliveOptions> = {
  delay: isKeepAliveDelay,
};

/** An option check: how long a peer may be silent before it is probed. */
export function isKeepAliveDelay(value: unknown, name: string): void {
  isInteger(1, MAX_KEEP_ALIVE)(value, name);
}

/**
 * A TCP connection (V's and Go's `TcpConn`). It is a `Deno.TcpConn` too: functions
 * that take one of those take this.
 *
 * @example Usage
 * ```ts
 * import { dialTcp, listenTcp } from "@vnet/net/tcp";
 * import { assertEquals } from "@std/assert";
 *
 * using listener = listenTcp("127.0.0.1:0");
 * using client = await dialTcp(listener.addr);
 * using server = await listener.accept();
 * await client.writeString("hello\n");
 * assertEquals(await server.readLine(), "hello");
 * assertEquals(server.peerIp, "127.0.0.1");
 * ```
 */
export class TcpConn extends StreamConn<Deno.NetAddr> implements Deno.TcpConn {
  readonly #raw: Deno.TcpConn;

  /**
   * Takes over a connection of Deno, which must not be used elsewhere from then on.
   *
   * @param conn The connection. One that is not of the runtime must not keep or
   * transfer the buffers that it is given.
   * @param options Its socket options.
   *
   * @example Usage
   * ```ts
   * import { listenTcp, TcpConn } from "@vnet/net/tcp";
   * import { assertEquals } from "@std/assert";
   *
   * using listener = listenTcp("127.0.0.1:0");
   * const { hostname, port } = listener.addr;
   * using conn = new TcpConn(await Deno.connect({ hostname, port }));
   * assertEquals(conn.remoteAddr, listener.addr);
   * ```
   */
  constructor(conn: Deno.TcpConn, options: TcpConnOptions = {}) {
    checkOptions(options, TCP_CONN_CHECKS);
    super({ raw: conn, ends: checkNetEnds(conn), keepsAlive: false });
    this.#raw = conn;
    applyTcpOptions(conn, options);
  }

  /** The peer's numeric address without its port (V's `peer_ip`). */
  get peerIp(): string {
    return this.remoteAddr.hostname;
  }

  /**
   * Turns Nagle's algorithm off or on; see {@linkcode TcpConnOptions.noDelay}.
   *
   * @param noDelay Whether small writes go out at once.
   * @throws {ClosedError} If the connection is closed.
   */
  setNoDelay(noDelay = true): void {
    isType("boolean")(noDelay, "noDelay");
    this.#set(() => this.#raw.setNoDelay(noDelay));
  }

  /**
   * Turns keep-alive probes on or off. Their times are the system's, on Linux a
   * first probe after two hours of silence, unless a delay is given, which takes
   * a connection that was dialled with one, or with a local address: the runtime
   * has no call for it.
   *
   * @param keepAlive Whether the system probes a silent peer, or when.
   * @throws {ClosedError} If the connection is closed.
   * @throws {Deno.errors.NotSupported} If a delay is given, and the connection
   * was accepted, or dialled without these options.
   */
  setKeepAlive(keepAlive: boolean | KeepAliveOptions = true): void {
    if (typeof keepAlive === "boolean") {
      return this.#set(() => this.#raw.setKeepAlive(keepAlive));
    }
    checkOptions(keepAlive, KEEP_ALIVE_CHECKS);
    this.#set(() => {
      const raw: unknown = this.#raw;
      const socket: unknown = raw instanceof TunnelConn ? raw.socket : raw;
      if (socket instanceof NodeSocket) {
        return socket.setKeepAlive(true, toSeconds(keepAlive.delay));
      }
      throw new Deno.errors.NotSupported(
        `Cannot set the keep-alive delay of ${this.describePeer()}: expected a connection that was dialled with the option "keepAlive: { delay }"`,
      );
    });
  }

  /** Names the other end, for messages. */
  protected override describePeer(): string {
    return describeAddr(this.remoteAddr);
  }

  #set(apply: () => void): void {
    this.assertOpen("set an option of");
    apply();
  }
}

/** Sets the options on a raw connection. */
export function applyTcpOptions(
  conn: Pick<Deno.TcpConn, "setNoDelay" | "setKeepAlive">,
  options: TcpConnOptions,
): void {
  try {
    if (options.noDelay ?? true) conn.setNoDelay(true);
    if (options.keepAlive) conn.setKeepAlive(true);
  } catch {
    // Some systems refuse options once the peer has gone, which the first read
    // or write will tell.
  }
}

/** A delay in milliseconds that is one in whole seconds for the system. */
export function toSeconds(delay: number): number {
  return Math.ceil(delay / 1000) * 1000;
}
