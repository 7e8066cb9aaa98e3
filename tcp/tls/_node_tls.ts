import type * as NodeTlsModule from "node:tls";
import {
  defineEngines,
  type EngineMakers,
  type SecureContext,
  type TlsSocket,
} from "./_tls_engine.ts";
import type { PeerCertificate } from "./tls_certificate.ts";

/** The parts of Node's modules that TLS takes, and objects made of them. */
export interface NodeTls extends EngineMakers {
  readonly module: Omit<typeof NodeTlsModule, "createSecureContext"> & {
    createSecureContext(
      options?: NodeTlsModule.SecureContextOptions,
    ): SecureContext;
  };
  /** Runs a task when the current one is done, after those asked for before. */
  nextTick(task: () => void): void;
}

let loading: Promise<NodeTls> | undefined;

/** Loads the modules for TLS, at the first connection that needs them. */
export function loadNodeTls(): Promise<NodeTls> {
  return loading ??= load();
}

async function load(): Promise<NodeTls> {
  const [module, { Duplex }, { nextTick }] = await Promise.all([
    import("node:tls"),
    import("node:stream"),
    import("node:process"),
  ]);

  return {
    module: module as unknown as NodeTls["module"],
    nextTick,
    ...defineEngines(module, Duplex),
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
