import { isType, type OptionChecks } from "../../internal/check_options.ts";
/**
 * A certificate of this side, with its private key.
 *
 * @example Usage
 * ```ts
 * import type { TlsCertificate } from "@vnet/net/tcp";
 * import { testCertificate } from "@vnet/net/testing";
 * import { assert } from "@std/assert";
 *
 * const { cert, key } = testCertificate;
 * const certificate: TlsCertificate = { cert, key };
 * assert(certificate.key.startsWith("-----BEGIN PRIVATE KEY-----"));
 * ```
 */
export interface TlsCertificate {
  /** The certificate chain in PEM, the leaf certificate first. */
  cert: string;
  /** The private key in PEM (RSA, EC or PKCS 8). */
  key: string;
}

/** The checks of {@linkcode TlsCertificate}. */
export const CERTIFICATE_CHECKS: OptionChecks<TlsCertificate> = {
  cert: isType("string"),
  key: isType("string"),
};

/**
 * A certificate that the peer has shown, and that has been verified.
 *
 * @example Usage
 * ```ts
 * import type { PeerCertificate, TlsConn } from "@vnet/net/tcp";
 *
 * export function userOf(conn: TlsConn): string | undefined {
 *   const certificate: PeerCertificate | undefined = conn.peerCertificate;
 *   const name = certificate?.subject["CN"];
 *   return typeof name === "string" ? name : undefined;
 * }
 * ```
 */
export interface PeerCertificate {
  /**
   * The name of its owner, by the short names of the parts, such as `CN` and
   * `O`. A part that is there more than once is a list.
   */
  readonly subject: Readonly<Record<string, string | readonly string[]>>;
  /** The name of the authority that has signed it, in the same form. */
  readonly issuer: Readonly<Record<string, string | readonly string[]>>;
  /**
   * The other names of its owner (RFC 5280 section 4.2.1.6), in Node's form:
   * `"DNS:a.example, email:b@a.example"`. Names may have commas in them: to
   * decide by one, compare the whole, or parse {@linkcode PeerCertificate.der}.
   */
  readonly subjectAltName: string | undefined;
  /** The number that the authority has given it, in hexadecimal digits. */
  readonly serialNumber: string;
  /** Its SHA-256, as pairs of hexadecimal digits with colons between them. */
  readonly fingerprint256: string;
  /** From when on it is valid. */
  readonly validFrom: Date;
  /** Until when it is valid. */
  readonly validTo: Date;
  /** The certificate itself, in DER. */
  readonly der: Uint8Array<ArrayBuffer>;
}
