const PEM_CERTIFICATE =
  /-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----/g;
/** How ASN.1 marks a sequence, which a certificate is (RFC 5280 section 4.1). */
const SEQUENCE = 0x30;

/**
 * Checks that a private key is that of a certificate, without I/O and without a
 * permission: before anything listens.
 *
 * @throws {Deno.errors.InvalidData} If one of them is no PEM, or they don't fit.
 */
export function checkKeyPair(cert: string, key: string): void {
  checkCertificates([cert], "cert");
  try {
    // Of the runtime's calls, only this one tells at once, and opens nothing.
    Deno.createHttpClient({ cert, key }).close();
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    throw invalid(explain(error.message), error);
  }
}

/**
 * Checks that each string has certificates in PEM: the runtime ignores other
 * strings.
 *
 * @param name The option, for the error.
 * @throws {Deno.errors.InvalidData} If one has none, or a broken one.
 */
export function checkCertificates(pems: readonly string[], name: string): void {
  for (const pem of pems) {
    const blocks = [...pem.matchAll(PEM_CERTIFICATE)];
    const begun = pem.split("-----BEGIN CERTIFICATE-----").length - 1;
    const isGood = blocks.length > 0 && blocks.length === begun &&
      blocks.every(([, base64 = ""]) => isSequence(base64));
    if (isGood) continue;
    throw invalid(`No certificate in PEM in the option "${name}"`);
  }
}

/** The error for an argument of the caller, which is no data of the peer. */
function invalid(message: string, cause?: unknown): Error {
  const error = new Deno.errors.InvalidData(message, { cause });
  return Object.assign(error, { code: "EINVAL" });
}

/** Whether text is Base64 of one ASN.1 sequence. */
function isSequence(base64: string): boolean {
  let text: string;
  try {
    text = atob(base64.replaceAll(/\s/g, ""));
  } catch {
    return false;
  }
  if (text.charCodeAt(0) !== SEQUENCE) return false;
  let length = text.charCodeAt(1);
  let start = 2;
  if (length > 0x80) {
    const size = length - 0x80;
    length = 0;
    for (; start < 2 + size; start++) {
      length = length * 256 + text.charCodeAt(start);
    }
  }
  return start + length === text.length;
}

/** Why the runtime refuses a certificate and its key, in plain words. */
function explain(message: string): string {
  if (message.includes("KeyMismatch")) {
    return 'The private key in "key" is not that of the certificate in "cert"';
  }
  if (message.includes("private key") || message.includes("No keys")) {
    return 'No private key in PEM in the option "key" (RSA, EC or PKCS 8)';
  }
  return `The runtime takes neither "cert" nor "key": ${message}`;
}
