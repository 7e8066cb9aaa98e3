import { joinAddress } from "../../internal/address/address.ts";
import { checkOptions } from "../../internal/check_options.ts";
import { systemError } from "../../internal/errors/system_error.ts";
import { handshakeByRuntime, TlsSource } from "./_incoming_tls.ts";
import type { TlsServer } from "./_tls_server.ts";
import {
  NetListener,
  type NetListenerOptions,
} from "../listener/net_listener.ts";
import type { TcpConnOptions } from "../tcp_conn.ts";
import { CERTIFICATE_CHECKS, type TlsCertificate } from "./tls_certificate.ts";
import type { TlsConn } from "./tls_conn.ts";

/** The source of connections: a listener with a layer over it, or the runtime's. */
export type TlsListenerBase =
  | { readonly raw: Deno.TcpListener; readonly server: TlsServer }
  | { readonly raw: Deno.TlsListener; readonly server?: undefined };

let make: (
  base: TlsListenerBase,
  handshakeTimeout: number,
  options: NetListenerOptions & TcpConnOptions,
) => TlsListener;

/** Makes a listener, which owns the raw one. */
export function makeTlsListener(
  base: TlsListenerBase,
  handshakeTimeout: number,
  options: NetListenerOptions & TcpConnOptions,
): TlsListener {
  return make(base, handshakeTimeout, options);
}

/**
 * Listens for TLS connections; see {@linkcode listenTls}, which makes it. The
 * connections it gives have their handshake done.
 *
 * @example Usage
 * ```ts
 * import { dialTls, listenTls, type TlsListener } from "@vnet/net/tcp";
 * import { testCertificate } from "@vnet/net/testing";
 * import { assertEquals } from "@std/assert";
 *
 * const { cert, key, caCert } = testCertificate;
 * using listener: TlsListener = listenTls("127.0.0.1:0", { cert, key });
 * const accepting = listener.accept();
 * using client = await dialTls(listener.addr, { caCerts: [caCert] });
 * using server = await accepting;
 * assertEquals(server.remoteAddr, client.localAddr);
 * ```
 */
export class TlsListener extends NetListener<TlsConn> {
  static {
    make = (...parts) => new TlsListener(...parts);
  }

  readonly #server: TlsServer | undefined;

  private constructor(
    base: TlsListenerBase,
    timeout: number,
    options: NetListenerOptions & TcpConnOptions,
  ) {
    const { server } = base;
    const { hostname, port } = base.raw.addr as Deno.NetAddr;
    const name = joinAddress(hostname, port);
    super(
      server === undefined
        ? {
          raw: base.raw,
          name,
          prepare: (raw: Deno.TlsConn) => handshakeByRuntime(raw, timeout),
        }
        : {
          raw: new TlsSource(base.raw),
          name,
          prepare: (raw, client) =>
            raw.handshake(server, timeout, options, client),
        },
      options,
    );
    this.#server = server;
  }

  /**
   * Uses another certificate from the next connection on, as when it has been
   * renewed. The connections that are open, and the handshakes under way, keep
   * theirs.
   *
   * @param certificate The new certificate, with its key.
   * @throws {Deno.errors.InvalidData} If they are no PEM, or do not fit; the
   * certificate stays what it was.
   * @throws {Deno.errors.NotSupported} If the TLS is the runtime's.
   * @throws {TypeError} If the certificates come from a function.
   *
   * @example Usage
   * ```ts
   * import { listenTls } from "@vnet/net/tcp";
   * import { testCertificate } from "@vnet/net/testing";
   * import { assertEquals } from "@std/assert";
   *
   * const { cert, key } = testCertificate;
   * using listener = listenTls("127.0.0.1:0", { cert, key });
   * // When the files have changed, for which Deno.watchFs() can wait:
   * listener.setCertificate({ cert, key });
   * assertEquals(listener.connectionCount, 0);
   * ```
   */
  setCertificate(certificate: TlsCertificate): void {
    const { hostname, port } = this.addr;
    const name = joinAddress(hostname, port);
    const what = `Cannot set the certificate of ${name}`;
    if (this.#server === undefined) {
      throw new Deno.errors.NotSupported(
        `${what}: the runtime's TLS keeps what it began with`,
      );
    }
    checkOptions(certificate, CERTIFICATE_CHECKS);
    try {
      this.#server.setCertificate(certificate, what);
    } catch (error) {
      throw systemError({ operation: "set an option", name, what }, error);
    }
  }
}
