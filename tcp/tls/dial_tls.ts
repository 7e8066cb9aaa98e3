import type { TcpAddress } from "../../internal/address/address.ts";
import {
  checkOptions,
  type OptionChecks,
} from "../../internal/check_options.ts";
import { limited } from "../../internal/wait/limited.ts";
import { type Attempt, cannot } from "../../internal/errors/system_error.ts";
import { withoutZone } from "../../internal/address/zone.ts";
import { dialling } from "../_connect.ts";
import {
  checkClientCertificates,
  checkServerName,
  secureClient,
  type TlsClientOptions,
} from "./_tls_client.ts";
import {
  checkLocalAddress,
  connectTo,
  DIAL_TCP_CHECKS,
  type DialTcpOptions,
  parseDialAddress,
  toConnOptions,
} from "../dial_tcp.ts";
import { START_TLS_CHECKS, type StartTlsOptions } from "./start_tls.ts";
import { applyTcpOptions } from "../tcp_conn.ts";
import { makeTlsConn, type TlsConn } from "./tls_conn.ts";

/** Options for {@linkcode dialTls}. */
export interface DialTlsOptions
  extends DialTcpOptions, Omit<StartTlsOptions, "serverName"> {
  /**
   * The name that the server's certificate has to be for, and that it is told
   * (SNI).
   *
   * @default {the host of the address}
   */
  serverName?: string;
}

const DIAL_TLS_CHECKS: OptionChecks<DialTlsOptions> = {
  ...DIAL_TCP_CHECKS,
  ...START_TLS_CHECKS,
};

/**
 * Opens a TLS connection over TCP (RFC 8446, RFC 5246), which the caller then
 * owns.
 *
 * The server's certificate is always verified, in full for each connection: no
 * session is resumed, which Deno has no call for, and neither
 * `--unsafely-ignore-certificate-errors` nor a variable of the environment turns it
 * off. It has to be valid now, for servers, signed by an authority that the runtime
 * trusts (`DENO_TLS_CA_STORE`, `DENO_CERT` and `--cert` add some) or that is in
 * `caCerts`, and for `serverName` by its subjectAltName. Lists of revoked
 * certificates are not looked at.
 *
 * Through a proxy (see {@linkcode dialTcp}) TLS is spoken with the server: the
 * proxy sees its address and no plain text. The certificate of an `https:` proxy
 * is verified too, with the same `caCerts`.
 *
 * In TLS 1.3 a server may refuse the client's certificate when this has resolved:
 * the first read fails then.
 *
 * @param address The peer, such as `"example.com:443"`.
 * @param options Limits on the attempt, from the look-up to the end of the
 * handshake, and options of the connection.
 * @returns The open connection, its handshake done.
 * @throws {DOMException} Named `TimeoutError`, at a limit.
 * @throws {TypeError} If `serverName` is no host name and no numeric address.
 * @throws {Deno.errors.InvalidData} If the server's certificate is not valid
 * for its name, the server does not speak TLS, or a certificate in the options
 * can't be used.
 * @throws {ProxyError} If a proxy refuses, or breaks its protocol.
 *
 * @example Usage
 * ```ts
 * import { dialTls, listenTls } from "@vnet/net/tcp";
 * import { testCertificate } from "@vnet/net/testing";
 * import { assertEquals } from "@std/assert";
 *
 * const { cert, key, caCert } = testCertificate;
 * using listener = listenTls("127.0.0.1:0", { cert, key });
 * const accepting = listener.accept();
 *
 * // A server on the internet takes no `caCerts`: the runtime's are trusted.
 * using conn = await dialTls(`localhost:${listener.addr.port}`, {
 *   network: "tcp4",
 *   caCerts: [caCert],
 *   timeout: 5000,
 * });
 * using server = await accepting;
 * await conn.writeString("GET / HTTP/1.0\r\nHost: localhost\r\n\r\n");
 * assertEquals(await server.readLine(), "GET / HTTP/1.0");
 * ```
 */
export async function dialTls(
  address: TcpAddress,
  options: DialTlsOptions = {},
): Promise<TlsConn> {
  const { hostname, port } = parseDialAddress(address);
  const attempt = dialling(hostname, port);
  checkServerName(attempt, options?.serverName);
  checkOptions(options, DIAL_TLS_CHECKS);
  const { serverName = withoutZone(hostname) } = options;
  checkLocalAddress(attempt, options);
  checkClientCertificates(attempt, options);
  const tls = { ...options, serverName };
  const raw = { ...options, isSecure: true };
  return await limited(
    cannot(attempt),
    options,
    async (signal) => {
      const tcp = await connectTo(hostname, port, raw, signal);
      applyTcpOptions(tcp, toConnOptions(options));
      return await secureDialled(tcp, attempt, tls, signal);
    },
    (late) => late.terminate(),
  );
}

/** Does the handshake over a raw connection that was dialled, and takes it over. */
export async function secureDialled(
  tcp: Deno.TcpConn,
  attempt: Attempt,
  options: TlsClientOptions,
  signal: AbortSignal,
): Promise<TlsConn> {
  const secured = await secureClient(tcp, attempt, options, signal);
  return makeTlsConn({ ...secured, ends: tcp, keepsAlive: false });
}
