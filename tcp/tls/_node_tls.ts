import type { Duplex as NodeDuplex } from "node:stream";
import type * as NodeTlsModule from "node:tls";
import { isIpv4, isIpv6 } from "../../internal/address/ip.ts";
import { checkServerIdentity } from "./_server_identity.ts";
import type { TlsLayerOptions } from "./_tls_layer.ts";
import type { PeerCertificate } from "./tls_certificate.ts";

/** What `node:tls` makes of certificates and keys. */
export interface SecureContext extends NodeTlsModule.SecureContext {
  readonly context: {
    /** Trusts an authority beside those that are trusted already. */
    addCACert(caCert: string): void;
  };
}

/** The socket of `node:tls`. */
export type TlsSocket = NodeTlsModule.TLSSocket;

/** Does for a duplex what it asks for. */
export interface DuplexOwner {
  /** It can take bytes. */
  onWanted(): void;
  /** It has bytes to send. */
  onRecords(bytes: Uint8Array, done: (error?: Error | null) => void): void;
  /** It has sent its last bytes. */
  onFinal(done: (error?: Error | null) => void): void;
}

/** A duplex stream of Node over a raw connection. */
export interface RawDuplex extends NodeDuplex {
  /** Runs a task when what was pushed has been dealt with. */
  afterTurn(task: () => void): void;
}

/** The parts of Node's modules that TLS takes, with what is made of them. */
export interface NodeTls {
  readonly module: Omit<typeof NodeTlsModule, "createSecureContext"> & {
    createSecureContext(
      options?: NodeTlsModule.SecureContextOptions,
    ): SecureContext;
  };
  /** Makes a duplex. */
  makeDuplex(owner: DuplexOwner): RawDuplex;
  /** Makes the socket of one end over a duplex, which begins its handshake. */
  makeSocket(duplex: RawDuplex, options: TlsLayerOptions): TlsSocket;
}

let loading: Promise<NodeTls> | undefined;

/** Loads what TLS takes, at the first connection that needs it. */
export function loadNodeTls(): Promise<NodeTls> {
  return loading ??= load();
}

async function load(): Promise<NodeTls> {
  const [module, { Duplex }, { setImmediate }] = await Promise.all([
    import("node:tls"),
    import("node:stream"),
    import("node:timers"),
  ]);

  /** One class for all connections: an idle one has no functions of its own. */
  class OwnedDuplex extends Duplex implements RawDuplex {
    readonly #owner: DuplexOwner;

    constructor(owner: DuplexOwner) {
      super();
      this.#owner = owner;
    }

    override _read(): void {
      this.#owner.onWanted();
    }

    override _write(
      chunk: Uint8Array,
      _encoding: string,
      done: (error?: Error | null) => void,
    ): void {
      this.#owner.onRecords(chunk, done);
    }

    override _final(done: (error?: Error | null) => void): void {
      this.#owner.onFinal(done);
    }

    afterTurn(task: () => void): void {
      setImmediate(() => setImmediate(task));
    }
  }

  return {
    module: module as unknown as NodeTls["module"],
    makeDuplex: (owner) => new OwnedDuplex(owner),
    makeSocket: (duplex, options) =>
      options.isServer
        ? new module.TLSSocket(duplex, {
          isServer: true,
          secureContext: options.secureContext,
          requestCert: options.requestCert ?? false,
          rejectUnauthorized: false,
          ALPNProtocols: options.alpnProtocols as string[] | undefined,
        } as NodeTlsModule.TLSSocketOptions)
        : module.connect({
          socket: duplex,
          secureContext: options.secureContext,
          // A numeric address is not told to the server (RFC 6066 section 3).
          ...(isNumeric(options.serverName)
            ? { host: options.serverName }
            : { servername: options.serverName }),
          ALPNProtocols: options.alpnProtocols as string[] | undefined,
          // Left out, a variable of the environment could turn it off.
          rejectUnauthorized: true,
          checkServerIdentity: (name, certificate) =>
            checkServerIdentity(module, name, certificate),
        } as NodeTlsModule.ConnectionOptions),
  };
}

/** Whether the engine has verified the peer's certificate, and found it valid. */
export function isVerified(socket: TlsSocket): boolean {
  // `authorized` is set by the servers and clients of `node:tls` from the same.
  const handle = (socket as unknown as Partial<HandleOwner>)._handle;
  return handle?.verifyError !== undefined &&
    `${handle.verifyError() ?? ""}` === "";
}

interface HandleOwner {
  readonly _handle?: { verifyError?(): unknown } | null;
}

/** Whether a name is a numeric address. */
export function isNumeric(serverName = ""): boolean {
  return isIpv4(serverName) || isIpv6(serverName);
}

/** The certificate of the peer, if it has shown one. */
export function readPeerCertificate(
  socket: TlsSocket,
): PeerCertificate | undefined {
  const found = socket.getPeerCertificate() as
    | NodeTlsModule.PeerCertificate
    | null
    | undefined;
  if (!found?.raw) return undefined;
  return {
    subject: copyName(found.subject),
    issuer: copyName(found.issuer),
    subjectAltName: found.subjectaltname || undefined,
    serialNumber: found.serialNumber,
    fingerprint256: found.fingerprint256,
    validFrom: new Date(found.valid_from),
    validTo: new Date(found.valid_to),
    der: new Uint8Array(found.raw),
  };
}

function copyName(name: object): PeerCertificate["subject"] {
  return Object.fromEntries(Object.entries(name));
}
