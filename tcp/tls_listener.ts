import { joinAddress } from "../internal/address.ts";
import { checkOptions } from "../internal/check_options.ts";
import { closeRaw } from "../internal/close_raw.ts";
import { limited } from "../internal/limited.ts";
import { type Attempt, cannot, systemError } from "../internal/system_error.ts";
import { TLS_LISTENER_CHECKS } from "./_option_checks.ts";
import { NetListener, type NetListenerOptions } from "./net_listener.ts";
import { TlsConn } from "./tls_conn.ts";

/** Milliseconds that a client gets for the handshake. */
const DEFAULT_HANDSHAKE_TIMEOUT = 10_000;

/** Options for {@linkcode TlsListener}. */
export interface TlsListenerOptions extends NetListenerOptions {
  /**
   * Milliseconds that a client gets for the handshake.
   *
   * @default {10000}
   */
  handshakeTimeout?: number;
}

/**
 * Listens for TLS connections; see `listenTls`. The connections it gives have
 * their handshake done.
 *
 * @example Usage
 * ```ts
 * import { dialTls, TlsListener } from "@vnet/net/tcp";
 * import { testCertificate } from "@vnet/net/testing";
 * import { assertEquals } from "@std/assert";
 *
 * const { cert, key, caCert } = testCertificate;
 * const raw = Deno.listenTls({ hostname: "127.0.0.1", port: 0, cert, key });
 * using listener = new TlsListener(raw, { handshakeTimeout: 5000 });
 * const accepting = listener.accept();
 * using client = await dialTls(listener.addr, { caCerts: [caCert] });
 * using server = await accepting;
 * assertEquals(server.remoteAddr, client.localAddr);
 * ```
 */
export class TlsListener extends NetListener<TlsConn> {
  /**
   * Takes over a listener of Deno, which nobody else may use from then on.
   *
   * @param listener The listener.
   * @param options Options of the listener.
   */
  constructor(listener: Deno.TlsListener, options: TlsListenerOptions = {}) {
    checkOptions(options, TLS_LISTENER_CHECKS);
    const { hostname, port } = listener.addr as Deno.NetAddr;
    const { handshakeTimeout: timeout = DEFAULT_HANDSHAKE_TIMEOUT } = options;
    super({
      raw: listener,
      name: joinAddress(hostname, port),
      prepare: (raw: Deno.TlsConn) => handshake(raw, timeout),
    }, options);
  }
}

async function handshake(raw: Deno.TlsConn, timeout: number): Promise<TlsConn> {
  const { hostname, port } = raw.remoteAddr;
  const name = joinAddress(hostname, port);
  const attempt: Attempt = {
    operation: "start TLS",
    name,
    what: `Cannot complete the TLS handshake with ${name}`,
  };
  try {
    const info = await limited(
      cannot(attempt),
      { timeout },
      () => raw.handshake(),
      () => {},
    );
    return new TlsConn(raw, info);
  } catch (error) {
    closeRaw(raw);
    throw systemError(attempt, error);
  }
}
