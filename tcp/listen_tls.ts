import type { TcpAddress } from "../internal/address.ts";
import { checkOptions } from "../internal/check_options.ts";
import { systemError } from "../internal/system_error.ts";
import { keepZone } from "../internal/zone.ts";
import { LISTEN_TLS_CHECKS } from "./_option_checks.ts";
import { parseListenAddress } from "./listen_tcp.ts";
import type { NetListenerOptions } from "./net_listener.ts";
import type { TcpNetwork } from "./dial_tcp.ts";
import { takeOver } from "./stream_listener.ts";
import { TlsListener } from "./tls_listener.ts";

/** Options for {@linkcode listenTls}. */
export interface ListenTlsOptions extends NetListenerOptions {
  /** The certificate chain in PEM, the server's own first. */
  cert: string;
  /** The private key in PEM (RSA, EC or PKCS 8). */
  key: string;
  /** The protocols to agree on by ALPN, the preferred one first. */
  alpnProtocols?: string[];
  /**
   * Milliseconds that a client gets for the handshake.
   *
   * @default {10000}
   */
  handshakeTimeout?: number;
  /**
   * How many connections wait in the system, at most, to be accepted.
   *
   * @default {511}
   */
  backlog?: number;
  /**
   * What no host stands for, as for `listenTcp`.
   *
   * @default {"tcp"}
   */
  network?: TcpNetwork;
}

/**
 * Listens for TLS connections over TCP. The caller owns the listener.
 *
 * Handshakes run beside each other, up to 128 at a time, each under its limit:
 * a client that stays silent holds nobody up, and one whose handshake fails is
 * given up and counted in `errorCount`. While all 128 places are taken, one that
 * has taken more than a second is given up for the next. What is accepted has
 * its handshake done.
 *
 * The runtime does not let go of the socket of a client that was given up, or
 * dropped as one too many, before that client ends it: where strangers can reach
 * the port, a limit on connections in front of the process is still needed.
 *
 * @param address The port or address, as for `listenTcp`.
 * @param options The certificate, and options of the listener.
 * @returns The listener, which listens already.
 * @throws {Deno.errors.AddrInUse} If somebody else listens there.
 * @throws {Deno.errors.InvalidData} If the certificate or the key is no PEM.
 *
 * @example Usage
 * ```ts
 * import { dialTls, listenTls } from "@vnet/net/tcp";
 * import { testCertificate } from "@vnet/net/testing";
 * import { assertEquals } from "@std/assert";
 *
 * // Out of tests, these are what Deno.readTextFile() gives for the files.
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
  const { hostname, port, name } = parseListenAddress(address, options.network);
  const { cert, key, alpnProtocols, backlog } = options;
  if (cert === undefined || key === undefined) {
    throw new TypeError(
      `Cannot listen on ${name}: expected the options "cert" and "key"`,
    );
  }
  try {
    const raw = Deno.listenTls({
      hostname,
      port,
      cert,
      key,
      alpnProtocols,
      tcpBacklog: backlog,
    });
    return takeOver(
      keepZone(raw, hostname),
      (raw) => new TlsListener(raw, options),
    );
  } catch (error) {
    throw systemError({ operation: "listen", name }, error);
  }
}
