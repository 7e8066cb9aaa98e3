import { LentConn } from "../../../tcp/conn/_lent_conn.ts";
import type { Ends } from "../../../internal/address/address.ts";
import { acceptTls } from "../../../tcp/tls/accept_tls.ts";
import { pipe } from "../../../tcp/pipe.ts";
import { dialTcp } from "../../../tcp/dial_tcp.ts";
import { loadNodeTls } from "../../../tcp/tls/_node_tls.ts";
import { TlsLayer } from "../../../tcp/tls/_tls_layer.ts";
import { coreOf, type StreamConn } from "../../../tcp/conn/stream_conn.ts";
import { TcpConn } from "../../../tcp/tcp_conn.ts";
import {
  fromRuntimeTls,
  makeTlsConn,
  type TlsConn,
} from "../../../tcp/tls/tls_conn.ts";
import { UnixConn } from "../../../tcp/unix/unix_conn.ts";
import { caCert, serverCert, serverKey } from "../../certificates.ts";

/** A connection of any kind. */
export type Conn = StreamConn<unknown>;

/** The names of the kinds. */
export type KindName =
  | "tcp"
  | "tcp/node"
  | "tls"
  | "unix"
  | "pipe"
  | "tls/tcp"
  | "tls/unix"
  | "tls/pipe";

/** A kind of connection, which the contract of a stream connection holds for. */
export interface Kind {
  /** Its name, for the names of the tests. */
  readonly name: KindName;
  /** Whether the permissions granted are enough for it. */
  readonly isAvailable: boolean;
  /** Whether TLS is on the way, with records and an end of its own. */
  readonly isTls: boolean;
  /** Makes two connected ends. */
  connect(): Promise<[left: Conn, right: Conn]>;
}

/**
 * The kinds: one end of `tcp/node` is dialled by `node:net`, `tls` is the
 * runtime's, the others are a layer over what is named.
 */
export const kinds: readonly Kind[] = [
  makeKind("tcp", () => connectTcp()),
  makeKind("tcp/node", () => connectTcpByNode()),
  makeKind("tls", () => connectTls()),
  makeKind("unix", connectUnix),
  makeKind("pipe", () => Promise.resolve(pipe())),
  makeKind("tls/tcp", () => connectLayers(connectTcp())),
  makeKind("tls/unix", () => connectLayers(connectUnix())),
  makeKind("tls/pipe", () => connectLayers(pipe())),
];

function makeKind(
  name: KindName,
  connect: () => Promise<[left: Conn, right: Conn]>,
): Kind {
  return {
    name,
    isAvailable: !name.endsWith("unix") || canUseFiles(),
    isTls: name.startsWith("tls"),
    connect,
  };
}

/** The kind of a name. */
export function kindOf(name: KindName): Kind {
  const found = kinds.find((kind) => kind.name === name);
  if (found === undefined) throw new RangeError(`No kind is named "${name}"`);
  return found;
}

/** Puts TLS on the two ends of a connection. */
export async function connectLayers(
  ends: [Conn, Conn] | Promise<[Conn, Conn]>,
): Promise<[left: Conn, right: Conn]> {
  const [left, right] = await ends;
  return await Promise.all([
    secureClient(left),
    acceptTls(right, { cert: serverCert, key: serverKey }),
  ]);
}

async function secureClient(conn: Conn): Promise<Conn> {
  const { reads, keepsAlive } = coreOf(conn);
  const tls = await loadNodeTls();
  const layer = new TlsLayer(new LentConn(conn, new Uint8Array(0)), tls, {
    isServer: false,
    secureContext: tls.module.createSecureContext({ ca: caCert }),
    serverName: "localhost",
  });
  await layer.secured;
  const { peerName } = reads;
  const ends: Ends<unknown> = conn;
  return makeTlsConn({
    raw: layer,
    ends,
    peerName,
    keepsAlive,
    details: layer,
  });
}

/** Makes two connected ends of TCP, by way of a relay if given. */
export async function connectTcp(
  relay = (addr: Deno.NetAddr): Promise<Deno.NetAddr> => Promise.resolve(addr),
): Promise<[left: TcpConn, right: TcpConn]> {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { hostname, port } = await relay(listener.addr);
  const accepting = listener.accept();
  const dialled = await Deno.connect({ hostname, port });
  return [new TcpConn(dialled), new TcpConn(await accepting)];
}

/** Makes two connected ends of TCP, the first of which is one of `node:net`. */
export async function connectTcpByNode(
  relay = (addr: Deno.NetAddr): Promise<Deno.NetAddr> => Promise.resolve(addr),
): Promise<[left: TcpConn, right: TcpConn]> {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const address = await relay(listener.addr);
  const accepting = listener.accept();
  const dialled = await dialTcp(address, { localAddress: "127.0.0.1" });
  return [dialled, new TcpConn(await accepting)];
}

/** Makes two connected ends of the runtime's TLS, by way of a relay if given. */
export async function connectTls(
  relay = (addr: Deno.NetAddr): Promise<Deno.NetAddr> => Promise.resolve(addr),
): Promise<[left: TlsConn, right: TlsConn]> {
  using listener = Deno.listenTls({
    hostname: "127.0.0.1",
    port: 0,
    cert: serverCert,
    key: serverKey,
  });
  const { hostname, port } = await relay(listener.addr);
  const accepting = listener.accept();
  const plain = await Deno.connect({ hostname, port });
  // Without it, each handshake waits 40 ms for an acknowledgement.
  plain.setNoDelay();
  const dialled = await Deno.startTls(plain, { hostname, caCerts: [caCert] });
  const accepted = await accepting;
  const [left, right] = await Promise.all([
    dialled.handshake(),
    accepted.handshake(),
  ]);
  return [fromRuntimeTls(dialled, left), fromRuntimeTls(accepted, right)];
}

/** Makes two connected ends of a Unix socket. */
export async function connectUnix(): Promise<
  [left: UnixConn, right: UnixConn]
> {
  const directory = await Deno.makeTempDir();
  try {
    const path = `${directory}/socket`;
    using listener = Deno.listen({ transport: "unix", path });
    const accepting = listener.accept();
    const dialled = await Deno.connect({ transport: "unix", path });
    return [new UnixConn(dialled), new UnixConn(await accepting)];
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

/** Whether the permissions are enough for Unix sockets. */
export function canUseFiles(): boolean {
  if (Deno.build.os === "windows") return false;
  return (["read", "write"] as const).every((name) =>
    Deno.permissions.querySync({ name }).state === "granted"
  );
}

/** What a test that hangs gets before its connections are closed. */
const PATIENCE = 60_000;

/**
 * Registers a test for each kind. It gets two connected ends, which are closed
 * when it is done.
 */
export function testEachKind(
  name: string,
  run: (left: Conn, right: Conn, kind: KindName) => Promise<void> | void,
  only: readonly KindName[] = kinds.map(({ name }) => name),
): void {
  for (const kind of kinds) {
    if (!only.includes(kind.name)) continue;
    Deno.test({
      name: `${name} (${kind.name})`,
      ignore: !kind.isAvailable,
      fn: async () => {
        const [left, right] = await kind.connect();
        // What a test leaves on its way is of no interest.
        const close = () => {
          left.terminate();
          right.terminate();
        };
        const watchdog = setTimeout(close, PATIENCE);
        try {
          await run(left, right, kind.name);
        } finally {
          clearTimeout(watchdog);
          close();
        }
      },
    });
  }
}
