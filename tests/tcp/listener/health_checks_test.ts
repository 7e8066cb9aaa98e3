import { assertEquals, assertInstanceOf } from "@std/assert";
import { once } from "node:events";
import { createConnection } from "node:net";
import type { StreamConn } from "../../../tcp/conn/stream_conn.ts";
import { dialTcp } from "../../../tcp/dial_tcp.ts";
import { listenTcp } from "../../../tcp/listen_tcp.ts";
import { listenTcpShared } from "../../../tcp/listen_tcp_shared.ts";
import { dialTls } from "../../../tcp/tls/dial_tls.ts";
import { listenTls } from "../../../tcp/tls/listen_tls.ts";
import { acceptTls } from "../../../tcp/tls/accept_tls.ts";
import { acceptWebSocket } from "../../../websocket/accept_websocket.ts";
import { dialWebSocket } from "../../../websocket/dial_websocket.ts";
import { caCert, serverCert, serverKey } from "../../certificates.ts";
import { until } from "../support/_outcomes.ts";

const KEYS = { cert: serverCert, key: serverKey };
const TRUST = { caCerts: [caCert] };
const PROXIES = { from: ["127.0.0.1"] };

/** The ends of a health check, as HAProxy's `tcp-check` has the second. */
const WAYS = ["end", "reset"] as const;

/** What a client does before it leaves. */
interface Stay {
  /** Whether the server has the connection, so that it may end. */
  readonly isAccepted?: () => boolean;
  /** The bytes that are sent. */
  readonly bytes?: Uint8Array;
}

/** Connects, and ends the connection in one way. */
async function comeAndGo(
  port: number,
  way: typeof WAYS[number],
  { isAccepted = () => true, bytes = new Uint8Array() }: Stay = {},
): Promise<void> {
  // Only sockets of `node:net` can send a reset.
  const socket = createConnection({ port, host: "127.0.0.1" });
  await once(socket, "connect");
  await new Promise<void>((resolve) => socket.write(bytes, () => resolve()));
  await until(isAccepted);
  if (way === "reset") socket.resetAndDestroy();
  else socket.end();
  socket.resume();
  await once(socket, "close");
}

/** A kind of listener, and a client that it serves. */
interface Kind {
  readonly name: string;
  readonly listen: () => Listener | Promise<Listener>;
  readonly handle: (conn: StreamConn<unknown>) => Promise<void>;
  readonly visit: (port: number) => Promise<void>;
}

type Listener =
  | ReturnType<typeof listenTcp>
  | ReturnType<typeof listenTls>;

const endAtOnce = () => Promise.resolve();
const visitTcp = async (port: number) => {
  using conn = await dialTcp({ hostname: "127.0.0.1", port });
  await conn.closeWrite();
  assertEquals(await conn.read(new Uint8Array(1)), null);
};
const visitTls = async (port: number) => {
  using conn = await dialTls({ hostname: "localhost", port }, TRUST);
  assertEquals(await conn.read(new Uint8Array(1)), null);
};
const handleWebSocket = async (conn: StreamConn<unknown>) => {
  const socket = await acceptWebSocket(conn);
  await socket.close();
};
const visitWebSocket = async (url: string) => {
  await using socket = await dialWebSocket(url, TRUST);
  assertEquals(await socket.read(), null);
};

const KINDS: Kind[] = [
  {
    name: "listenTcp()",
    listen: () => listenTcp("127.0.0.1:0"),
    handle: endAtOnce,
    visit: visitTcp,
  },
  {
    name: "listenTcpShared()",
    listen: () => listenTcpShared("127.0.0.1:0"),
    handle: endAtOnce,
    visit: visitTcp,
  },
  {
    name: "listenTls()",
    listen: () => listenTls("127.0.0.1:0", KEYS),
    handle: endAtOnce,
    visit: visitTls,
  },
  {
    name: "listenTls() by the runtime",
    listen: () => listenTls("127.0.0.1:0", { ...KEYS, tlsBackend: "runtime" }),
    handle: endAtOnce,
    visit: visitTls,
  },
  {
    name: "listenTcp() behind a proxy",
    listen: () => listenTcp("127.0.0.1:0", { proxyProtocol: PROXIES }),
    handle: endAtOnce,
    visit: async (port) => {
      using conn = await dialTcp({ hostname: "127.0.0.1", port });
      await conn.writeString("PROXY UNKNOWN\r\n");
      assertEquals(await conn.read(new Uint8Array(1)), null);
    },
  },
  {
    name: "acceptTls() of new connections",
    listen: () => listenTcp("127.0.0.1:0"),
    handle: async (conn) => {
      await acceptTls(conn, KEYS);
    },
    visit: visitTls,
  },
  {
    name: "acceptWebSocket()",
    listen: () => listenTcp("127.0.0.1:0"),
    handle: handleWebSocket,
    visit: (port) => visitWebSocket(`ws://127.0.0.1:${port}/`),
  },
  {
    name: "acceptWebSocket() over TLS",
    listen: () => listenTls("127.0.0.1:0", KEYS),
    handle: handleWebSocket,
    visit: (port) => visitWebSocket(`wss://localhost:${port}/`),
  },
];

for (const { name, listen, handle, visit } of KINDS) {
  Deno.test(`${name}: a connection that ends or is reset without a byte is no error`, async () => {
    await using listener = await listen();
    const { port } = listener.addr;
    // Nobody accepts yet: these are over before they are accepted.
    await comeAndGo(port, "reset");
    await comeAndGo(port, "reset");
    const errors: unknown[] = [];
    const serving = listener.serve(handle, {
      onError: (error) => errors.push(error),
    });
    for (const way of WAYS) {
      const before = listener.acceptedCount;
      await comeAndGo(port, way, {
        isAccepted: () => listener.acceptedCount > before,
      });
    }
    await visit(port);
    await listener.shutdown({ timeout: 5000 });
    await serving;

    assertEquals(errors, []);
    const { stats } = listener;
    assertEquals([stats.errors, stats.handshakesFailed], [0, 0]);
  });
}

for (const way of WAYS) {
  Deno.test(`a connection that is over within its handshake is an error (${way})`, async () => {
    await using listener = listenTls("127.0.0.1:0", KEYS);
    const errors: unknown[] = [];
    const serving = listener.serve(endAtOnce, {
      onError: (error) => errors.push(error),
    });
    const { port } = listener.addr;
    // The beginning of a record with a ClientHello.
    const bytes = Uint8Array.of(0x16, 0x03, 0x01, 0x02);
    const isAccepted = () => listener.acceptedCount > 0;
    await comeAndGo(port, way, { isAccepted, bytes });
    await until(() => errors.length === 1);
    listener.close();
    await serving;

    assertInstanceOf(
      errors[0],
      way === "end" ? Deno.errors.UnexpectedEof : Deno.errors.ConnectionReset,
    );
    const { stats } = listener;
    assertEquals([stats.errors, stats.handshakesFailed], [1, 1]);
  });
}

Deno.test("acceptTls() after plain text fails with an error when the client leaves", async () => {
  await using listener = listenTcp("127.0.0.1:0");
  const errors: unknown[] = [];
  const serving = listener.serve(async (conn) => {
    assertEquals(await conn.readLine(), "STARTTLS");
    await acceptTls(conn, KEYS);
  }, { onError: (error) => errors.push(error) });
  const { port } = listener.addr;
  const bytes = new TextEncoder().encode("STARTTLS\r\n");
  await comeAndGo(port, "end", { bytes });
  await until(() => errors.length === 1);
  listener.close();
  await serving;

  assertInstanceOf(errors[0], Deno.errors.UnexpectedEof);
});
