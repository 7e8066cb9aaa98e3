import { TCP_LISTENER_CHECKS } from "../tcp_listener.ts";
import { isBacklog, isNetwork } from "../_option_checks.ts";
import {
  joinAddress,
  type TcpAddress,
} from "../../internal/address/address.ts";
import {
  checkOptions,
  isOneOf,
  isTime,
  type OptionChecks,
} from "../../internal/check_options.ts";
import { cannot } from "../../internal/errors/system_error.ts";
import { keepZone } from "../../internal/address/zone.ts";
import { listenOn } from "../listener/_listen_on.ts";
import { TlsServer } from "./_tls_server.ts";
import type { TcpNetwork } from "../dial_tcp.ts";
import type { NetListenerOptions } from "../listener/net_listener.ts";
import type { TcpConnOptions } from "../tcp_conn.ts";
import { takeOver } from "../listener/stream_listener.ts";
import {
  makeTlsListener,
  type TlsListener,
  type TlsListenerBase,
} from "./tls_listener.ts";
import {
  TLS_SERVER_CHECKS,
  type TlsServerOptions,
} from "./tls_server_options.ts";

/** Milliseconds that a client gets for the handshake. */
const DEFAULT_HANDSHAKE_TIMEOUT = 10_000;

/** The options that the runtime's TLS has nothing for. */
const LAYER_ONLY = [
  "certificate",
  "minVersion",
  "clientCaCerts",
  "requireClientCertificate",
  "noDelay",
  "keepAlive",
  "proxyProtocol",
] as const;

/** Options for {@linkcode listenTls}. */
export interface ListenTlsOptions
  extends NetListenerOptions, TcpConnOptions, TlsServerOptions {
  /**
   * Milliseconds that a client gets for the handshake, from its connection on,
   * or from the end of its PROXY header. It counts as a connection for so long at
   * most, and its socket is freed then.
   *
   * @default {10000}
   */
  handshakeTimeout?: number;
  /**
   * The implementation of TLS: a layer over the connections (of `node:tls`), or the
   * runtime's own TLS.
   *
   * `"runtime"` moves bulk data faster, and is for programs that stand behind a
   * proxy or in a closed network, as it frees no socket before the peer does: a
   * client that was given up in its handshake, was one too many, or does not
   * read while its connection is closed keeps its socket, which no limit counts.
   * A connection that is cut, or whose handler fails, ends with a `close_notify`
   * like any other: its peer can't tell half an answer from a whole one.
   * Nagle's algorithm stays on there, which can cost 40 ms for each exchange. It
   * has no `certificate` function, `setCertificate()`, client certificates,
   * `minVersion`, `serverName`, `noDelay`, `keepAlive` and `proxyProtocol`, and
   * `unref()` has no effect. A client that leaves within its handshake is not
   * reported, as health checks do so, and the runtime does not tell them apart.
   *
   * @default {"layer"}
   */
  tlsBackend?: "layer" | "runtime";
  /**
   * How many connections wait in the system, at most, to be accepted.
   *
   * @default {511}
   */
  backlog?: number;
  /**
   * Which interfaces an address without a host stands for, as for `listenTcp`.
   *
   * @default {"tcp"}
   */
  network?: TcpNetwork;
}

const LISTEN_TLS_CHECKS: OptionChecks<ListenTlsOptions> = {
  ...TCP_LISTENER_CHECKS,
  ...TLS_SERVER_CHECKS,
  handshakeTimeout: isTime,
  tlsBackend: isOneOf("layer", "runtime"),
  backlog: isBacklog,
  network: isNetwork,
};

/**
 * Listens for TLS connections over TCP (RFC 8446, RFC 5246). The caller owns the
 * listener, which listens at once; its connections have their handshake done.
 *
 * Handshakes run beside each other, each under its limit. `maxConnections` and
 * `maxConnectionsPerIp` act on the socket, before TLS: one too many is closed at
 * once. A client that stays silent costs a place for `handshakeTimeout` at most,
 * and its socket is freed then. While 1,024 handshakes are under way, or the
 * system has no descriptor left, one that has taken more than a second is given
 * up for the next, the oldest first.
 *
 * A handshake that fails is told to `onError` of `serve`, once, and counted in
 * `errorCount`: a plain HTTP request on the port, a client that refuses the
 * certificate (as it has expired, say), a client certificate that is not valid.
 *
 * Sessions are resumed by TLS's own means (RFC 8446 section 2.2); with client
 * certificates, only those of clients that were verified by this listener. Early
 * data (0-RTT) is not accepted. The validity dates of the listener's certificate
 * are checked by the clients only.
 *
 * @param address The port or address, as for `listenTcp`.
 * @param options The certificate, and options of the listener.
 * @returns The listener, which listens already.
 * @throws {Deno.errors.AddrInUse} If another process listens there.
 * @throws {Deno.errors.InvalidData} If the certificate or the key is no PEM, the
 * key is not that of the certificate, or `clientCaCerts` has something else.
 * @throws {TypeError} If options are missing, or do not go together.
 *
 * @example Usage
 * ```ts
 * import { dialTls, listenTls } from "@vnet/net/tcp";
 * import { testCertificate } from "@vnet/net/testing";
 * import { assertEquals } from "@std/assert";
 *
 * // Out of tests, Deno.readTextFile() reads these from files.
 * const { cert, key, caCert } = testCertificate;
 * const listener = listenTls("127.0.0.1:0", { cert, key });
 * const serving = listener.serve((conn) => conn.readable.pipeTo(conn.writable));
 *
 * using client = await dialTls(listener.addr, { caCerts: [caCert] });
 * await client.writeString("hello\n");
 * assertEquals(await client.readLine(), "hello");
 * await client.closeWrite();
 * await client.read(new Uint8Array(1));
 * await listener.shutdown();
 * await serving;
 * ```
 */
export function listenTls(
  address: TcpAddress | number,
  options: ListenTlsOptions,
): TlsListener {
  checkOptions(options, LISTEN_TLS_CHECKS);
  const { handshakeTimeout = DEFAULT_HANDSHAKE_TIMEOUT } = options;
  return listenOn(address, options.network, ({ hostname, port }) => {
    const name = joinAddress(hostname, port);
    const what = cannot({ operation: "listen", name });
    const base = listen(hostname, port, options, what);
    keepZone(base.raw, hostname);
    return takeOver(
      base.raw,
      () => makeTlsListener(base, handshakeTimeout, options),
    );
  });
}

/** Checks the certificates, then listens. */
function listen(
  hostname: string,
  port: number,
  options: ListenTlsOptions,
  what: string,
): TlsListenerBase {
  const { cert, key, alpnProtocols, backlog: tcpBacklog } = options;
  const server = new TlsServer(options, what);
  if (options.tlsBackend !== "runtime") {
    return { raw: Deno.listen({ hostname, port, tcpBacklog }), server };
  }
  for (const name of LAYER_ONLY) {
    if (options[name] === undefined) continue;
    throw new TypeError(`${what}: the runtime's TLS has no option "${name}"`);
  }
  if (cert === undefined || key === undefined) {
    throw new TypeError(`${what}: expected the options "cert" and "key"`);
  }
  return {
    raw: Deno.listenTls({
      hostname,
      port,
      cert,
      key,
      alpnProtocols,
      tcpBacklog,
    }),
  };
}
