import { pipe } from "../../tcp/pipe.ts";
import { FaultLink, type Faults, wireOf } from "../_fault_link.ts";
import { FaultRelay } from "../_fault_relay.ts";
import {
  type Conn,
  connectLayers,
  connectTcp,
  connectTcpByNode,
  connectTls,
  connectUnix,
  type KindName,
} from "../tcp/support/kinds.ts";

/** Two ends with a link between them that does harm. */
export interface Linked extends AsyncDisposable {
  readonly client: Conn;
  readonly server: Conn;
  readonly link: FaultLink;
}

/** Connects two ends of a kind by way of a link that does harm. */
export function connectLinked(
  kind: KindName,
  faults: Faults,
): Promise<Linked> {
  const [top, below] = kind.split("/");
  if (top !== "tls" || below === undefined) return connectPlain(kind, faults);
  return connectPlain(below as KindName, faults).then(secure);
}

function connectPlain(kind: KindName, faults: Faults): Promise<Linked> {
  if (kind === "tcp") return connectRelayed(connectTcp, faults);
  if (kind === "tls") return connectRelayed(connectTls, faults);
  if (kind === "tcp/node") return connectRelayed(connectTcpByNode, faults);
  return connectJoined(
    kind === "unix" ? connectUnix : () => Promise.resolve(pipe()),
    faults,
  );
}

/** Puts TLS on the ends of a connection, which the link then carries. */
async function secure(plain: Linked): Promise<Linked> {
  const [client, server] = await connectLayers([plain.client, plain.server]);
  return make(client, server, plain.link, () => plain[Symbol.asyncDispose]());
}

/** A listener to put a relay in front of. */
interface Listener extends Disposable {
  readonly addr: Deno.NetAddr;
  accept(wait?: { timeout: number }): Promise<Conn>;
}

/** Connects to a listener by way of a relay. */
export async function connectListened(
  listen: () => Listener,
  dial: (addr: Deno.NetAddr) => Promise<Conn>,
  faults: Faults,
): Promise<Linked> {
  using listener = listen();
  const relay = await FaultRelay.start(listener.addr, faults);
  const accepting = listener.accept({ timeout: 60_000 });
  const client = await dial(relay.addr);
  const server = await accepting;
  return make(client, server, relay, () => relay[Symbol.asyncDispose]());
}

/** By a relay with sockets of its own, which can reset. */
async function connectRelayed(
  connect: (
    relay: (addr: Deno.NetAddr) => Promise<Deno.NetAddr>,
  ) => Promise<[Conn, Conn]>,
  faults: Faults,
): Promise<Linked> {
  let relay: FaultRelay | undefined;
  const [client, server] = await connect(async (addr) => {
    relay = await FaultRelay.start(addr, faults);
    return relay.addr;
  });
  if (relay === undefined) throw new TypeError("There is no relay");
  const link = relay;
  return make(client, server, link, () => link[Symbol.asyncDispose]());
}

/** By two connections and what joins them. */
async function connectJoined(
  connect: () => Promise<[Conn, Conn]>,
  faults: Faults,
): Promise<Linked> {
  const link = new FaultLink(faults);
  const [client, dialled] = await connect();
  const [target, server] = await connect();
  const joined = link.join(wireOf(dialled), wireOf(target));
  return make(client, server, link, async () => {
    link.release();
    dialled.terminate();
    target.terminate();
    await joined;
  });
}

function make(
  client: Conn,
  server: Conn,
  link: FaultLink,
  dispose: () => PromiseLike<void>,
): Linked {
  return {
    client,
    server,
    link,
    async [Symbol.asyncDispose]() {
      client.terminate();
      server.terminate();
      await dispose();
    },
  };
}
