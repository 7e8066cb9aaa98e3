import {
  isOneOf,
  isStrings,
  isType,
  type OptionChecks,
} from "../../internal/check_options.ts";
import type { ListenTlsOptions } from "./listen_tls.ts";

/** The options of a server that listens by TLS if it gets a certificate. */
export type TlsChoice = Pick<
  ListenTlsOptions,
  | "cert"
  | "key"
  | "certificate"
  | "tlsBackend"
  | "minVersion"
  | "clientCaCerts"
  | "requireClientCertificate"
>;

/** Those that mean nothing without a certificate. */
const TLS_ONLY = [
  "tlsBackend",
  "minVersion",
  "clientCaCerts",
  "requireClientCertificate",
] as const;

/** The checks of these options. */
export const TLS_CHOICE_CHECKS: OptionChecks<TlsChoice> = {
  cert: isType("string"),
  key: isType("string"),
  certificate: isType("function"),
  tlsBackend: isOneOf("layer", "runtime"),
  minVersion: isOneOf("TLSv1.2", "TLSv1.3"),
  clientCaCerts: isStrings,
  requireClientCertificate: isType("boolean"),
};

/** Takes these options out of those of a server, to listen with. */
export function toTlsChoice(options: TlsChoice): TlsChoice {
  return {
    cert: options.cert,
    key: options.key,
    certificate: options.certificate,
    tlsBackend: options.tlsBackend,
    minVersion: options.minVersion,
    clientCaCerts: options.clientCaCerts,
    requireClientCertificate: options.requireClientCertificate,
  };
}

/**
 * Whether to listen by TLS.
 *
 * @throws {TypeError} If the options do not go together.
 */
export function wantsTls(options: TlsChoice): boolean {
  const { cert, key, certificate, tlsBackend } = options;
  if ((cert === undefined) !== (key === undefined)) {
    throw new TypeError("Cannot listen by TLS: expected both cert and key");
  }
  if (certificate !== undefined && cert !== undefined) {
    throw new TypeError(
      "Cannot listen by TLS: expected either certificate, or cert and key",
    );
  }
  if (certificate !== undefined && tlsBackend === "runtime") {
    throw new TypeError(
      "Cannot listen by TLS: the runtime's TLS takes cert and key only",
    );
  }
  const isTls = (cert ?? certificate) !== undefined;
  const lost = TLS_ONLY.find((name) => options[name] !== undefined);
  if (isTls || lost === undefined) return isTls;
  throw new TypeError(
    `Cannot use ${lost} without a certificate: expected cert and key, or certificate`,
  );
}
