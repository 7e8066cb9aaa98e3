import type { Duplex as NodeDuplex } from "node:stream";
import type * as NodeTlsModule from "node:tls";
import { isIpv4, isIpv6 } from "../../internal/address/ip.ts";
import type { RecordsDone } from "./_record_sender.ts";
import { checkServerIdentity } from "./_server_identity.ts";
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

/** How one end does its handshake. */
export interface TlsLayerOptions {
  readonly isServer: boolean;
  readonly secureContext: SecureContext;
  /** The protocols to offer, or to choose from, by ALPN. */
  readonly alpnProtocols?: readonly string[] | undefined;
  /** Of a server: whether clients are asked for a certificate. */
  readonly requestCert?: boolean;
  /** Of a server: whether one without a certificate is refused. */
  readonly requiresCert?: boolean;
  /** Of a client: the name to ask for (SNI). */
  readonly serverName?: string | undefined;
  /** Bytes of the peer that have been read already. */
  readonly head?: Uint8Array | undefined;
}

/** The layer that a TLS engine works for. */
export interface EngineOwner {
  /** The engine has records to send. */
  onRecords(bytes: Uint8Array, done: RecordsDone): void;
  /** It has sent its last record. */
  onFinal(done: RecordsDone): void;
  /** It has decrypted bytes. */
  onData(chunk: Uint8Array): void;
  /** It has received `close_notify`. */
  onEnd(): void;
}

/** The TLS engine of one end: a socket of `node:tls`, over an own duplex. */
export interface TlsEngine {
  readonly socket: TlsSocket;
  readonly duplex: NodeDuplex;
  /** Gives bytes to the engine, which makes no use of them after the call. */
  deliver(bytes: Uint8Array): void;
  /** Makes records of bytes; the call before this is done with, told or not. */
  encrypt(bytes: Uint8Array, done: RecordsDone): void;
}

/** The parts of Node's modules that TLS takes, with what is made of them. */
export interface NodeTls {
  readonly module: Omit<typeof NodeTlsModule, "createSecureContext"> & {
    createSecureContext(
      options?: NodeTlsModule.SecureContextOptions,
    ): SecureContext;
  };
  /** Runs a task when the current one is done, after those asked for before. */
  nextTick(task: () => void): void;
  /** Makes an engine, which begins its handshake. */
  makeEngine(owner: EngineOwner, options: TlsLayerOptions): TlsEngine;
}

/** What streams call the encoding of bytes. */
const BYTES = "buffer" as BufferEncoding;

let loading: Promise<NodeTls> | undefined;

/** Loads what TLS takes, at the first connection that needs it. */
export function loadNodeTls(): Promise<NodeTls> {
  return loading ??= load();
}

async function load(): Promise<NodeTls> {
  const [module, { Duplex }, { nextTick }] = await Promise.all([
    import("node:tls"),
    import("node:stream"),
    import("node:process"),
  ]);

  /**
   * What the engine takes for the raw connection. Bytes go past the queues of
   * Node's streams, whose bookkeeping takes longer than a small record itself:
   * backpressure is the owner's.
   */
  class OwnedDuplex extends Duplex {
    readonly #owner: EngineOwner;
    readonly #isServer: boolean;

    constructor(owner: EngineOwner, isServer: boolean) {
      super();
      this.#owner = owner;
      this.#isServer = isServer;
    }

    override write(
      chunk: Uint8Array,
      encodingOrDone?: string | RecordsDone,
      done?: RecordsDone,
    ): boolean {
      const call = typeof encodingOrDone === "function" ? encodingOrDone : done;
      // A server that fails sends an alert. What a client has to send may be the
      // end of its handshake, and the server must not take it for secure.
      if (!this.destroyed || this.#isServer) {
        this.#owner.onRecords(chunk, call ?? ignore);
      }
      return true;
    }

    override _read(): void {}

    override _final(done: RecordsDone): void {
      this.#owner.onFinal(done);
    }
  }

  /** Hands over what the engine would put in the queue of its socket. */
  function interceptPushes(socket: TlsSocket, owner: EngineOwner): void {
    socket.push = (chunk: Uint8Array | null): boolean => {
      if (chunk !== null) {
        owner.onData(chunk);
        return true;
      }
      owner.onEnd();
      return Duplex.prototype.push.call(socket, null);
    };
  }

  function makeSocket(
    duplex: NodeDuplex,
    options: TlsLayerOptions,
  ): TlsSocket {
    const { isServer, secureContext, serverName } = options;
    const ALPNProtocols = options.alpnProtocols as string[] | undefined;
    if (isServer) {
      const serverOptions: NodeTlsModule.TLSSocketOptions = {
        isServer,
        secureContext,
        requestCert: options.requestCert ?? false,
        rejectUnauthorized: options.requiresCert ?? false,
        ...(ALPNProtocols === undefined ? {} : { ALPNProtocols }),
      };
      return new module.TLSSocket(duplex, serverOptions);
    }
    const clientOptions: NodeTlsModule.ConnectionOptions = {
      socket: duplex,
      secureContext,
      // A numeric address is not told to the server (RFC 6066 section 3).
      ...(isNumeric(serverName)
        ? { host: serverName }
        : { servername: serverName }),
      ...(ALPNProtocols === undefined ? {} : { ALPNProtocols }),
      // Left out, a variable of the environment could turn it off.
      rejectUnauthorized: true,
      checkServerIdentity: (name, certificate) =>
        checkServerIdentity(module, name, certificate),
    };
    return module.connect(clientOptions);
  }

  return {
    module: module as unknown as NodeTls["module"],
    nextTick,
    makeEngine: (owner, options) => {
      const duplex = new OwnedDuplex(owner, options.isServer);
      const socket = makeSocket(duplex, options);
      interceptPushes(socket, owner);
      return {
        socket,
        duplex,
        deliver: (bytes) => duplex.emit("data", bytes),
        encrypt: (bytes, done) => socket._write(bytes, BYTES, done),
      };
    },
  };
}

function ignore(): void {}

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
