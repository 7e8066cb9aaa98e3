import { makeMemoryPipe } from "../../tcp/_memory_pipe.ts";
import type { RawConn } from "../../tcp/conn/_raw_conn.ts";
import { dialTcp } from "../../tcp/dial_tcp.ts";
import { dialTls } from "../../tcp/tls/dial_tls.ts";
import { listenTcp } from "../../tcp/listen_tcp.ts";
import { listenTls } from "../../tcp/tls/listen_tls.ts";
import { StreamConn } from "../../tcp/conn/stream_conn.ts";
import { acceptWebSocket } from "../../websocket/accept_websocket.ts";
import { dialWebSocket } from "../../websocket/dial_websocket.ts";
import {
  beginWebSocket,
  type WebSocketConn,
} from "../../websocket/websocket_conn.ts";
import type { WebSocketOptions } from "../../websocket/websocket_options.ts";
import { Throttle } from "../_fault_link.ts";
import { FaultRelay } from "../_fault_relay.ts";
import { caCert, serverCert, serverKey } from "../certificates.ts";

/** A connection of any kind. */
export type Conn = StreamConn<unknown>;

/**
 * What is slow: sockets, whose system takes everything at once and says nothing
 * of how it gets on, or memory that takes a little at a time.
 */
export type LinkKind = "tcp" | "tls" | "memory";

/** All kinds of link. */
export const LINKS: readonly LinkKind[] = ["tcp", "tls", "memory"];

/** Bytes a second, each way. */
export const RATE = 10_000;

/**
 * By how much more is right for a kind: of a TLS record, of up to 16 KiB, nothing
 * is seen before all of it has come, and that may not take the whole limit.
 */
export const SCALE: Readonly<Record<LinkKind, number>> = {
  tcp: 1,
  tls: 6,
  memory: 1,
};

/** The limits of a WebSocket, scaled down as the rate is. */
export const LIMITS: WebSocketOptions & { readonly closeTimeout: number } = {
  pingInterval: 50,
  pongTimeout: 500,
  closeTimeout: 500,
};

/** The two sides of a connection; each is closed when its side is done. */
export interface Sides<T> {
  server(end: T): Promise<void>;
  client(end: T): Promise<void>;
}

/** A relay to a server that passes so many bytes a second each way. */
export function startSlowRelay(
  target: Deno.NetAddr,
  rate: number,
): Promise<FaultRelay> {
  return FaultRelay.start(target, {
    up: { throttle: new Throttle(rate) },
    down: { throttle: new Throttle(rate) },
  });
}

/**
 * Runs both sides of a stream connection. The server's is a handler of `serve()`
 * where there is a listener.
 */
export async function runConns(
  kind: LinkKind,
  sides: Sides<Conn>,
  rate: number,
): Promise<void> {
  if (kind === "memory") return await runInMemory(sides, rate);
  await runBehindRelay(kind, rate, sides.server, async (addr) => {
    const conn = kind === "tcp"
      ? await dialTcp(addr)
      : await dialTls(addr, { caCerts: [caCert] });
    conn.setCloseTimeout(LIMITS.closeTimeout);
    await sides.client(conn);
    conn.close();
    await conn.closed;
  });
}

/** Runs both sides of a WebSocket, and awaits its end at both. */
export async function runSockets(
  kind: LinkKind,
  sides: Sides<WebSocketConn>,
  rate: number,
): Promise<void> {
  const serve = async (socket: WebSocketConn) => {
    await sides.server(socket);
    await socket.closed;
  };
  const use = async (socket: WebSocketConn) => {
    await sides.client(socket);
    await socket.closed;
  };
  if (kind === "memory") {
    return await runInMemory({
      server: (conn) => serve(beginSocket(conn, "server")),
      client: (conn) => use(beginSocket(conn, "client")),
    }, rate);
  }
  await runBehindRelay(
    kind,
    rate,
    async (conn) => serve(await acceptWebSocket(conn, LIMITS)),
    async ({ hostname, port }) => {
      const scheme = kind === "tcp" ? "ws" : "wss";
      const url = `${scheme}://${hostname}:${port}/`;
      await use(await dialWebSocket(url, { caCerts: [caCert], ...LIMITS }));
    },
  );
}

async function runBehindRelay(
  kind: "tcp" | "tls",
  rate: number,
  serve: (conn: Conn) => Promise<void>,
  use: (addr: Deno.NetAddr) => Promise<void>,
): Promise<void> {
  const listener = kind === "tcp"
    ? listenTcp("127.0.0.1:0")
    : listenTls("127.0.0.1:0", { cert: serverCert, key: serverKey });
  const faults: unknown[] = [];
  const serving = listener.serve(serve, {
    onError: (error) => faults.push(error),
    closeTimeout: LIMITS.closeTimeout,
  });
  await using relay = await startSlowRelay(listener.addr, rate);
  try {
    await use(relay.addr);
  } finally {
    // Without a limit: whatever is on its way has to end by itself.
    await listener.shutdown();
    await serving;
  }
  if (faults.length > 0) throw faults[0];
}

async function runInMemory(sides: Sides<Conn>, rate: number): Promise<void> {
  const [left, right] = makeMemoryPipe();
  const client = new SlowConn(left, rate);
  const server = new SlowConn(right, rate);
  const run = async (conn: Conn, side: (conn: Conn) => Promise<void>) => {
    await side(conn);
    conn.close();
    await conn.closed;
  };
  await Promise.all([run(client, sides.client), run(server, sides.server)]);
}

/** Without handshake: a client dials by a URL only. */
function beginSocket(conn: Conn, role: "server" | "client"): WebSocketConn {
  const parts = {
    url: "ws://memory/",
    protocol: "",
    extensions: "",
    fields: { toHeaders: () => new Headers() },
  };
  return beginWebSocket(parts, { conn, role, options: LIMITS });
}

/** A connection in memory that takes a little at a time. */
class SlowConn extends StreamConn<string> {
  constructor(raw: RawConn, rate: number) {
    super({
      raw: new SlowRaw(raw, rate),
      ends: { localAddr: "here", remoteAddr: "there" },
      keepsAlive: true,
    });
    this.setCloseTimeout(LIMITS.closeTimeout);
  }

  protected override describePeer(): string {
    return "the other end of the slow link";
  }
}

/** What carries the bytes of a connection, at so many bytes a second. */
class SlowRaw implements RawConn {
  readonly #raw: RawConn;
  readonly #throttle: Throttle;

  constructor(raw: RawConn, rate: number) {
    this.#raw = raw;
    this.#throttle = new Throttle(rate);
  }

  async write(data: Uint8Array): Promise<number> {
    const some = data.subarray(0, this.#throttle.slice);
    await this.#throttle.pass(some.length);
    return await this.#raw.write(some);
  }

  read(buffer: Uint8Array): Promise<number | null> {
    return this.#raw.read(buffer);
  }

  closeWrite(): Promise<void> {
    return this.#raw.closeWrite();
  }

  close(): void {
    this.#raw.close();
  }

  ref(): void {
    this.#raw.ref();
  }

  unref(): void {
    this.#raw.unref();
  }
}
