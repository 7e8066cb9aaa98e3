import { closeRaw } from "../../internal/close_raw.ts";
import {
  type Attempt,
  cannot,
  lowerFirst,
  systemError,
} from "../../internal/errors/system_error.ts";
import { withoutZone } from "../../internal/address/zone.ts";
import { checkCertificates, checkKeyPair } from "./_certificates.ts";
import { loadNodeTls, type NodeTls } from "./_node_tls.ts";
import type { RawConn } from "../conn/_raw_conn.ts";
import {
  canBeServerName,
  isNumeric,
  isServerName,
  withoutDot,
} from "./_server_name.ts";
import type { SecureContext } from "./_tls_engine.ts";
import { TlsLayer } from "./_tls_layer.ts";
import { isCertificateError } from "./_tls_records.ts";
import type { PeerCertificate } from "./tls_certificate.ts";
import type { TlsDetails } from "./tls_conn.ts";

/** The certificates of a client, and its demands. */
export interface TlsClientOptions {
  /** The name or numeric address that the server's certificate has to be for. */
  readonly serverName: string;
  /** Authorities to trust beside the runtime's, in PEM. */
  readonly caCerts?: readonly string[] | undefined;
  /** The client's own certificate chain in PEM, and its key. */
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  /** The protocols to offer by ALPN, the preferred one first. */
  readonly alpnProtocols?: readonly string[] | undefined;
  readonly minVersion?: "TLSv1.2" | "TLSv1.3" | undefined;
}

/** The result of a handshake. */
export interface SecuredServer {
  readonly raw: TlsLayer;
  readonly details: TlsDetails;
}

/** The properties of a server; its certificate is read when asked for. */
class ServerDetails implements TlsDetails {
  readonly #layer: TlsLayer;
  readonly #serverName: string;

  constructor(layer: TlsLayer, serverName: string) {
    this.#layer = layer;
    this.#serverName = serverName;
  }

  get alpnProtocol(): string | undefined {
    return this.#layer.alpnProtocol;
  }

  get serverName(): string | undefined {
    return isNumeric(this.#serverName) ? undefined : this.#serverName;
  }

  get peerCertificate(): PeerCertificate | undefined {
    return this.#layer.peerCertificate;
  }
}

/** The code of `node:tls` for chains that it does not trust, for any reason. */
const UNTRUSTED = "UNABLE_TO_VERIFY_LEAF_SIGNATURE";
const NOT_TLS = "ERR_SSL_WRONG_VERSION_NUMBER";

/**
 * Checks the name of a server before its connection is made.
 *
 * @throws {TypeError} If no certificate can be for it.
 */
export function checkServerName(attempt: Attempt, serverName: unknown): void {
  if (serverName === undefined) return;
  try {
    isServerName(serverName, "serverName");
  } catch (error) {
    const reason = lowerFirst((error as Error).message);
    throw new TypeError(`${cannot(attempt)}: ${reason}`);
  }
}

/**
 * Checks certificates where they are given.
 *
 * @param attempt The operation that they are for.
 * @throws {TypeError} If there is a certificate without a key, or a key without.
 * @throws {Deno.errors.InvalidData} If one is no PEM, or the two do not fit.
 */
export function checkClientCertificates(
  attempt: Attempt,
  { cert, key, caCerts }: Omit<TlsClientOptions, "serverName">,
): void {
  if ((cert === undefined) !== (key === undefined)) {
    throw new TypeError(
      `${cannot(attempt)}: expected the options "cert" and "key" together`,
    );
  }
  try {
    if (caCerts !== undefined) checkCertificates(caCerts, "caCerts");
    if (cert !== undefined && key !== undefined) checkKeyPair(cert, key);
  } catch (error) {
    throw systemError(attempt, error);
  }
}

/**
 * Does the handshake of a client over a raw connection, which it takes over: if
 * it fails, or `signal` aborts, the raw connection is closed.
 *
 * @param attempt The operation that fails then, for the error.
 */
export async function secureClient(
  raw: RawConn,
  attempt: Attempt,
  options: TlsClientOptions,
  signal: AbortSignal,
): Promise<SecuredServer> {
  const serverName = withoutZone(withoutDot(options.serverName));
  let layer: TlsLayer | undefined;
  const onAbort = () => closeRaw(layer ?? raw);
  signal.addEventListener("abort", onAbort);
  try {
    // The host of an address may be a name for the system alone.
    if (!canBeServerName(serverName)) {
      throw new TypeError(`No certificate is for the name "${serverName}"`);
    }
    const tls = await loadNodeTls();
    signal.throwIfAborted();
    layer = new TlsLayer(raw, tls, {
      isServer: false,
      secureContext: makeContext(tls, options),
      serverName,
      alpnProtocols: options.alpnProtocols,
    });
    await layer.secured;
    return { raw: layer, details: new ServerDetails(layer, serverName) };
  } catch (error) {
    closeRaw(layer ?? raw);
    if (signal.aborted) throw signal.reason;
    throw systemError(attempt, explain(error));
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

/** The rules of a client: the authorities it trusts, and its own certificate. */
function makeContext(
  { module }: NodeTls,
  { cert, key, caCerts = [], minVersion }: TlsClientOptions,
): SecureContext {
  const made = module.createSecureContext({ cert, key, minVersion });
  // The option `ca` would take the place of the runtime's authorities.
  for (const caCert of caCerts) made.context.addCACert(caCert);
  return made;
}

/** Explains the codes of the engine. */
function explain(error: unknown): unknown {
  if (error instanceof Deno.errors.UnexpectedEof) {
    return new Deno.errors.UnexpectedEof(
      "The peer ended the connection in the handshake",
      { cause: error },
    );
  }
  if (!(error instanceof Deno.errors.InvalidData)) return error;
  const { cause, message } = error;
  const code = cause instanceof Error && "code" in cause
    ? String(cause.code)
    : "";
  if (code === NOT_TLS) {
    return invalid(`The peer does not speak TLS: ${message}`, cause);
  }
  if (code === UNTRUSTED) {
    return invalid(
      "Invalid peer certificate: expired, not valid yet, not for servers, or not signed by an authority that is trusted",
      cause,
    );
  }
  const isExplained = /^invalid peer certificate/i.test(message);
  return isCertificateError(cause) && !isExplained
    ? invalid(`Invalid peer certificate: ${message}`, cause)
    : error;
}

function invalid(message: string, cause: unknown): Error {
  return new Deno.errors.InvalidData(message, { cause });
}
