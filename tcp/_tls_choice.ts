import {
  isOneOf,
  isType,
  type OptionChecks,
} from "../internal/check_options.ts";
import type { ListenTlsOptions } from "./listen_tls.ts";

/** What a server takes that listens by TLS if it gets a certificate. */
export type TlsChoice = Pick<
  ListenTlsOptions,
  "cert" | "key" | "certificate" | "tlsBackend"
>;

/** The checks of these options. */
export const TLS_CHOICE_CHECKS: OptionChecks<TlsChoice> = {
  cert: isType("string"),
  key: isType("string"),
  certificate: isType("function"),
  tlsBackend: isOneOf("layer", "runtime"),
};

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
  return (cert ?? certificate) !== undefined;
}
