import type * as NodeTlsModule from "node:tls";

/** A name in a certificate that may be compared: an address, or a host name. */
const USABLE_NAME = /^(?:IP Address:[0-9a-f.:]+|DNS:(?:\*\.)?[^*"]+)$/i;

/**
 * Checks that a server's certificate is for a name, as RFC 6125 section 6.4 has
 * it and as the runtime's own TLS does: its subjectAltName alone counts, and a
 * wildcard stands for one whole label, the first. `node:tls` takes the common
 * name too where there is no subjectAltName, and wildcards for parts of a label.
 *
 * @param tls The module that compares the names.
 * @param serverName The host name or numeric address that was dialled.
 * @param certificate The server's certificate.
 * @returns The error, or `undefined` if it is.
 */
export function checkServerIdentity(
  tls: typeof NodeTlsModule,
  serverName: string,
  certificate: NodeTlsModule.PeerCertificate,
): Error | undefined {
  const names = (certificate.subjectaltname ?? "").split(", ")
    .filter((name) => USABLE_NAME.test(name));
  const subjectaltname = names.join(", ");
  const comparable = { ...certificate, subject: {}, subjectaltname };
  const isValid = names.length > 0 && tls.checkServerIdentity(
        serverName,
        comparable as NodeTlsModule.PeerCertificate,
      ) === undefined;
  if (isValid) return undefined;
  const found = names.length > 0
    ? `it is valid for ${subjectaltname}`
    : "its subjectAltName has no names";
  return Object.assign(
    new Error(
      `Invalid peer certificate: not valid for name "${serverName}"; ${found}`,
    ),
    { code: "ERR_TLS_CERT_ALTNAME_INVALID" },
  );
}
