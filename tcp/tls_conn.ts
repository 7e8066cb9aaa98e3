import { checkNetEnds, describeAddr } from "../internal/address.ts";
import { StreamConn } from "./stream_conn.ts";

/**
 * A TLS connection over TCP, its handshake done. It is a `Deno.TlsConn` too.
 *
 * A peer that ends the TCP connection without ending the TLS one (a truncation,
 * perhaps by an attacker) makes reads fail with `Deno.errors.UnexpectedEof`,
 * not end.
 *
 * The runtime has no socket options for these: Nagle's algorithm is off on the
 * side that dials, and stays on where the system has it on the side that
 * accepts. There, write what belongs together with one `write` or `writev`.
 *
 * @example Usage
 * ```ts
 * import { dialTls, listenTls } from "@vnet/net/tcp";
 * import { testCertificate } from "@vnet/net/testing";
 * import { assertEquals } from "@std/assert";
 *
 * const { cert, key, caCert } = testCertificate;
 * const alpnProtocols = ["http/1.1"];
 * using listener = listenTls("127.0.0.1:0", { cert, key, alpnProtocols });
 * const accepting = listener.accept();
 * using client = await dialTls(listener.addr, { caCerts: [caCert], alpnProtocols });
 * using server = await accepting;
 * assertEquals(client.alpnProtocol, "http/1.1");
 * assertEquals(server.peerIp, "127.0.0.1");
 * ```
 */
export class TlsConn extends StreamConn<Deno.NetAddr> implements Deno.TlsConn {
  readonly #info: Deno.TlsHandshakeInfo;

  /**
   * Takes over a connection of Deno, which nobody else may use from then on.
   *
   * @param conn The connection. One that is not of the runtime must not keep or
   * transfer the buffers that it is given.
   * @param info What its `handshake()` resolved to.
   */
  constructor(conn: Deno.TlsConn, info: Deno.TlsHandshakeInfo) {
    super({ raw: conn, ends: checkNetEnds(conn), keepsAlive: false });
    this.#info = { alpnProtocol: info.alpnProtocol };
  }

  /** The peer's numeric address without its port (V's `peer_ip`). */
  get peerIp(): string {
    return this.remoteAddr.hostname;
  }

  /** The protocol agreed on by ALPN, if any (V's `negotiated_alpn`). */
  get alpnProtocol(): string | undefined {
    return this.#info.alpnProtocol ?? undefined;
  }

  /** What was agreed on. The handshake is over before anybody gets this. */
  handshake(): Promise<Deno.TlsHandshakeInfo> {
    return Promise.resolve(this.#info);
  }

  /** Names the other end, for messages. */
  protected override describePeer(): string {
    return describeAddr(this.remoteAddr);
  }
}
