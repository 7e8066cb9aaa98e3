/** How many bytes a record carries at most (RFC 8446 section 5.1). */
export const MAX_RECORD: number = 16 * 1024;
/** The type and the length of a record. */
const RECORD_HEADER = 5;

const ALERT = 21;
const FATAL = 2;
const CERTIFICATE_UNKNOWN = 46;
const INTERNAL_ERROR = 80;
const UNRECOGNIZED_NAME = 112;

/** Ends the handshake of a client that does not trust the server. */
export const BAD_CERTIFICATE_ALERT: Uint8Array = makeAlert(CERTIFICATE_UNKNOWN);
/** Ends a handshake for want of a certificate (RFC 6066 section 3). */
export const UNRECOGNIZED_NAME_ALERT: Uint8Array = makeAlert(UNRECOGNIZED_NAME);
/** Ends one as the program has failed (RFC 8446 section 6.2). */
export const INTERNAL_ERROR_ALERT: Uint8Array = makeAlert(INTERNAL_ERROR);

/** How many full records are whole in the first bytes of some. */
export function countFullRecords(bytes: Uint8Array, length: number): number {
  let count = 0;
  let start = 0;
  while (start + RECORD_HEADER <= length) {
    const size = ((bytes[start + 3] ?? 0) << 8) | (bytes[start + 4] ?? 0);
    start += RECORD_HEADER + size;
    if (size >= MAX_RECORD && start <= length) count++;
  }
  return count;
}

/** How many bytes the last of some whole records carries, in encrypted form. */
export function lastRecordLength(bytes: Uint8Array): number {
  let size = 0;
  let start = 0;
  while (start + RECORD_HEADER <= bytes.length) {
    size = ((bytes[start + 3] ?? 0) << 8) | (bytes[start + 4] ?? 0);
    start += RECORD_HEADER + size;
  }
  return size;
}

/** Whether the engine has refused the certificate of the peer. */
export function isCertificateError(error: unknown): boolean {
  const code = error instanceof Error && "code" in error
    ? String(error.code)
    : "";
  return /CERT|_ISSUER|^UNABLE_TO_/.test(code);
}

/** An alert (RFC 8446 section 6) in plain text. */
function makeAlert(description: number): Uint8Array {
  return new Uint8Array([ALERT, 3, 3, 0, 2, FATAL, description]);
}

/** The message of the engine of a server that demands one. */
const NO_CERTIFICATE = /^peer sent no certificates$/;

/** An error of the TLS engine as one of the runtime's, for bad data of the peer. */
export function toTlsError(error: unknown): unknown {
  if (!(error instanceof Error) || error.name in Deno.errors) return error;
  const message = NO_CERTIFICATE.test(error.message)
    ? "The client has shown no certificate"
    : error.message.replace(/ \(SSL routines:.*\)$/, "");
  return new Deno.errors.InvalidData(message, { cause: error });
}
