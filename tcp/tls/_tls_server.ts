import { checkOptions } from "../../internal/check_options.ts";
import { checkCertificates, checkKeyPair } from "./_certificates.ts";
import { loadNodeTls } from "./_node_tls.ts";
import type { SecureContext } from "./_tls_engine.ts";
import type { TlsLayer } from "./_tls_layer.ts";
import {
  CERTIFICATE_CHECKS,
  type PeerCertificate,
  type TlsCertificate,
} from "./tls_certificate.ts";
import type { TlsServerOptions } from "./tls_server_options.ts";

/** How many certificates are kept that a function has given. */
const MAX_CONTEXTS = 1024;
/** How many verified certificates of clients are remembered. */
const MAX_VERIFIED = 16_384;

/** The certificates of a side that accepts TLS, and its demands. */
export class TlsServer {
  readonly #options: TlsServerOptions;
  #certificate: TlsCertificate | undefined;
  /** The context of `#certificate`. */
  #context: SecureContext | undefined;
  /** The contexts of certificates that the certificate function gave. */
  readonly #contexts = new Map<string, SecureContext>();
  /** Fingerprints of clients' certificates that were verified here. */
  readonly #verified = new Set<string>();

  /**
   * Checks the certificates.
   *
   * @param what The start of the errors if they are not valid.
   * @throws {TypeError} If there is none, or a function beside it.
   * @throws {Deno.errors.InvalidData} If one is not valid.
   */
  constructor(options: TlsServerOptions, what: string) {
    const { cert, key, certificate, clientCaCerts } = options;
    this.#options = options;
    if (certificate !== undefined && (cert ?? key) !== undefined) {
      throw new TypeError(
        `${what}: expected either "cert" and "key", or "certificate"`,
      );
    }
    if (certificate === undefined) {
      if (cert === undefined || key === undefined) {
        throw new TypeError(`${what}: expected the options "cert" and "key"`);
      }
      this.#certificate = { cert, key };
      checkKeyPair(cert, key);
    }
    if (clientCaCerts !== undefined) {
      checkCertificates(clientCaCerts, "clientCaCerts");
    }
    if (clientCaCerts === undefined && options.requireClientCertificate) {
      throw new TypeError(
        `${what}: expected "clientCaCerts" beside "requireClientCertificate"`,
      );
    }
  }

  /** The protocols to agree on. */
  get alpnProtocols(): readonly string[] | undefined {
    return this.#options.alpnProtocols;
  }

  /** Whether clients are asked for a certificate. */
  get asksForCertificate(): boolean {
    return this.#options.clientCaCerts !== undefined;
  }

  /** Whether clients without a certificate are refused. */
  get requiresCertificate(): boolean {
    return this.#options.requireClientCertificate === true;
  }

  /** Uses another certificate from now on. */
  setCertificate({ cert, key }: TlsCertificate, what: string): void {
    if (this.#options.certificate !== undefined) {
      throw new TypeError(
        `${what}: the certificates come from the function "certificate"`,
      );
    }
    checkKeyPair(cert, key);
    this.#certificate = { cert, key };
    this.#context = undefined;
  }

  /** Finds the certificate for a name, `undefined` if there is none. */
  async contextFor(serverName: string): Promise<SecureContext | undefined> {
    const own = this.#certificate;
    if (own !== undefined) return this.#context ?? await this.#prepareOwn(own);
    const chosen = await this.#options.certificate?.(serverName);
    if (chosen === undefined) return undefined;
    checkOptions(chosen, CERTIFICATE_CHECKS);
    const id = `${chosen.cert}\0${chosen.key}`;
    const known = this.#contexts.get(id);
    if (known !== undefined) return known;
    checkKeyPair(chosen.cert, chosen.key);
    const context = await this.#prepare(chosen);
    for (const oldest of this.#contexts.keys()) {
      if (this.#contexts.size < MAX_CONTEXTS) break;
      this.#contexts.delete(oldest);
    }
    this.#contexts.set(id, context);
    return context;
  }

  async #prepareOwn(certificate: TlsCertificate): Promise<SecureContext> {
    const context = await this.#prepare(certificate);
    // It may have been renewed meanwhile.
    if (certificate === this.#certificate) this.#context = context;
    return context;
  }

  async #prepare({ cert, key }: TlsCertificate): Promise<SecureContext> {
    const { module } = await loadNodeTls();
    return module.createSecureContext({
      cert,
      key,
      minVersion: this.#options.minVersion,
      ca: this.#options.clientCaCerts,
    });
  }

  /**
   * Decides on the client's certificate after the handshake.
   *
   * A resumed session has the certificate of the first one, and the engine does
   * not verify it again: it keeps the sessions of the whole process in one
   * place, and also those of clients that were refused. So a session is resumed
   * only with a certificate that was verified here.
   *
   * @throws {Deno.errors.InvalidData} If there is none and one is required, or
   * it is not valid.
   */
  verifyClient(layer: TlsLayer): PeerCertificate | undefined {
    if (!this.asksForCertificate) return undefined;
    const certificate = layer.peerCertificate;
    if (certificate === undefined) {
      if (!this.#options.requireClientCertificate) return undefined;
      throw new Deno.errors.InvalidData("The client has shown no certificate");
    }
    const { fingerprint256, validTo } = certificate;
    const isKnown = layer.isResumed
      ? this.#verified.has(fingerprint256) && validTo.getTime() > Date.now()
      : layer.isPeerVerified;
    this.#verified.delete(fingerprint256);
    if (!isKnown) {
      throw new Deno.errors.InvalidData(
        "The certificate of the client is not valid, or of an unknown authority",
      );
    }
    for (const oldest of this.#verified) {
      if (this.#verified.size < MAX_VERIFIED) break;
      this.#verified.delete(oldest);
    }
    this.#verified.add(fingerprint256);
    return certificate;
  }
}
