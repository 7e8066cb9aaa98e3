import { isBoolean, isProtocols, isTlsVersion } from "../_option_checks.ts";
import {
  isStrings,
  isType,
  type OptionChecks,
} from "../../internal/check_options.ts";
import { CERTIFICATE_CHECKS, type TlsCertificate } from "./tls_certificate.ts";

/**
 * How the side that accepts does TLS: the options that {@linkcode listenTls} and
 * {@linkcode acceptTls} have in common.
 *
 * @example Two names on one port
 * ```ts
 * import { listenTls, type TlsServerOptions } from "@vnet/net/tcp";
 * import { testCertificate } from "@vnet/net/testing";
 * import { assertEquals } from "@std/assert";
 *
 * // Out of tests: one for each name, read from files at their first use.
 * const certificates = new Map([["localhost", testCertificate]]);
 * const options: TlsServerOptions = {
 *   certificate: (serverName) => certificates.get(serverName),
 *   minVersion: "TLSv1.3",
 * };
 * using listener = listenTls("127.0.0.1:0", options);
 * assertEquals(listener.addr.hostname, "127.0.0.1");
 * ```
 */
export interface TlsServerOptions {
  /** The certificate chain in PEM, the server's own first. */
  cert?: string;
  /** The private key in PEM (RSA, EC or PKCS 8). */
  key?: string;
  /**
   * Chooses the certificate for each connection, instead of `cert` and `key`: by
   * the name that the client asks for (SNI, RFC 6066 section 3), in lower case,
   * `""` where it names none, or no name of the DNS. It is called once for each connection, before TLS
   * begins, and may take its time: that counts as part of the handshake.
   *
   * `undefined` refuses the client (`unrecognized_name`), and an error ends the
   * connection. Certificates are checked at their first use, and up to 1,024 of
   * them are kept ready.
   */
  certificate?: (
    serverName: string,
  ) => TlsCertificate | undefined | Promise<TlsCertificate | undefined>;
  /**
   * The protocols to agree on by ALPN (RFC 7301), the preferred one first. A
   * client that offers none of them is refused; one that offers nothing is not.
   */
  alpnProtocols?: string[];
  /**
   * The oldest version of TLS that is spoken: 1.2 (RFC 5246) or 1.3 (RFC 8446).
   *
   * @default {"TLSv1.2"}
   */
  minVersion?: "TLSv1.2" | "TLSv1.3";
  /**
   * The authorities of clients' certificates, in PEM: clients are asked for one
   * (RFC 8446 section 4.3.2). One that is not valid, or not of these, is refused
   * in any case; `peerCertificate` of the connection has the one that is.
   *
   * In TLS 1.3 a client learns of its refusal by its first read only. One that
   * has no certificate where one is required is told so by an alert; one whose
   * certificate is not valid sees its connection end without `close_notify`. Lists
   * of revoked certificates are not looked at: a refusal for other reasons is the
   * program's.
   */
  clientCaCerts?: string[];
  /**
   * Whether a client without a certificate is refused, too. It takes
   * `clientCaCerts`.
   *
   * @default {false}
   */
  requireClientCertificate?: boolean;
}

/** The checks of {@linkcode TlsServerOptions}. */
export const TLS_SERVER_CHECKS: OptionChecks<TlsServerOptions> = {
  ...CERTIFICATE_CHECKS,
  certificate: isType("function"),
  alpnProtocols: isProtocols,
  minVersion: isTlsVersion,
  clientCaCerts: isStrings,
  requireClientCertificate: isBoolean,
};
