import {
  checkNetEnds,
  describeAddr,
  type Ends,
  isNetAddr,
} from "../../internal/address/address.ts";
import type { RawConn } from "../conn/_raw_conn.ts";
import { StreamConn } from "../conn/stream_conn.ts";
import type { PeerCertificate } from "./tls_certificate.ts";

/** The results of the handshake of a connection. */
export interface TlsDetails {
  readonly alpnProtocol: string | undefined;
  readonly serverName?: string | undefined;
  readonly peerCertificate?: PeerCertificate | undefined;
}

/** The parts of a connection, its handshake done. */
export interface TlsConnParts<A> {
  readonly raw: RawConn;
  readonly ends: Ends<A>;
  /** The peer, for messages, where it has no address of the Internet. */
  readonly peerName?: string | undefined;
  /** Whether timers have to keep the process alive, for want of a socket. */
  readonly keepsAlive: boolean;
  readonly details: TlsDetails;
}

let make: <A>(parts: TlsConnParts<A>) => TlsConn<A>;

/** Makes a connection of a raw one whose handshake is done. */
export function makeTlsConn<A>(parts: TlsConnParts<A>): TlsConn<A> {
  return make(parts);
}

/** Makes a connection of one of the runtime's. */
export function fromRuntimeTls(
  conn: Deno.TlsConn,
  info: Deno.TlsHandshakeInfo,
  serverName?: string,
): TlsConn {
  const alpnProtocol = info.alpnProtocol ?? undefined;
  return make({
    raw: conn,
    ends: checkNetEnds(conn),
    keepsAlive: false,
    details: { alpnProtocol, serverName },
  });
}

/**
 * A TLS connection, its handshake done: over TCP, which makes it a `Deno.TlsConn`
 * too, or over any other connection that carries a stream of bytes.
 *
 * A peer that ends the connection below without ending the TLS one (a
 * truncation, perhaps by an attacker) makes reads fail with
 * `Deno.errors.UnexpectedEof`, not end (RFC 8446 section 6.1). This side ends TLS
 * by {@linkcode StreamConn.closeWrite} and {@linkcode StreamConn.close} only:
 * {@linkcode StreamConn.terminate}, aborting {@linkcode StreamConn.writable}, and a
 * limit that cuts send no `close_notify`, and neither does a handler of a
 * listener's `serve` that fails: so the peer can tell half an answer from a whole
 * one. Not all do: `curl` with OpenSSL takes any end for a good one where the
 * answer does not say its length. With `tlsBackend: "runtime"` all ends look like
 * good ones.
 *
 * After a write that was cut or has failed, `bytesWritten` is exact for whole
 * records of 16 KiB: a part of a shorter one does not count.
 *
 * Nagle's algorithm is off; the connection has no call for socket options, which
 * are set before TLS begins.
 *
 * @typeParam A The type of the addresses.
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
export class TlsConn<A = Deno.NetAddr> extends StreamConn<A> {
  static {
    make = (parts) => new TlsConn(parts);
  }

  readonly #details: TlsDetails;
  readonly #peerName: string | undefined;

  private constructor(parts: TlsConnParts<A>) {
    super(parts);
    this.#details = parts.details;
    this.#peerName = parts.peerName;
  }

  /**
   * The peer's numeric address without its port (V's `peer_ip`); `""` where the
   * connection is not over TCP.
   */
  get peerIp(): string {
    const { remoteAddr } = this;
    return isNetAddr(remoteAddr) ? remoteAddr.hostname : "";
  }

  /** The protocol agreed on by ALPN, if any (V's `negotiated_alpn`). */
  get alpnProtocol(): string | undefined {
    return this.#details.alpnProtocol;
  }

  /**
   * The server's name, as the client has asked for it (SNI, RFC 6066 section 3);
   * `undefined` if it has not, or the runtime's TLS does not tell.
   */
  get serverName(): string | undefined {
    return this.#details.serverName;
  }

  /**
   * The certificate that the peer has shown, if one was asked for and it is
   * valid: of a dialled connection that of the server, of an accepted one that of
   * the client, where the listener has `clientCaCerts`.
   *
   * @example A server that knows its clients by their certificates
   * ```ts
   * import { listenTls, type TlsConn } from "@vnet/net/tcp";
   * import { testCertificate } from "@vnet/net/testing";
   * import { assertEquals } from "@std/assert";
   *
   * const { cert, key, caCert } = testCertificate;
   * using listener = listenTls("127.0.0.1:0", {
   *   cert,
   *   key,
   *   clientCaCerts: [caCert],
   *   requireClientCertificate: true,
   * });
   * const greet = (conn: TlsConn) =>
   *   conn.writeString(`Hello ${conn.peerCertificate?.subject["CN"]}\n`);
   * assertEquals(typeof greet, "function");
   * assertEquals(listener.errorCount, 0);
   * ```
   */
  get peerCertificate(): PeerCertificate | undefined {
    return this.#details.peerCertificate;
  }

  /** The outcome of the handshake, which is over before a caller gets this. */
  handshake(): Promise<Deno.TlsHandshakeInfo> {
    return Promise.resolve({ alpnProtocol: this.alpnProtocol ?? null });
  }

  /** Names the other end, for messages. */
  protected override describePeer(): string {
    const { remoteAddr } = this;
    return isNetAddr(remoteAddr)
      ? describeAddr(remoteAddr)
      : this.#peerName ?? "the peer";
  }
}
