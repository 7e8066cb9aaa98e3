import { assertEquals, assertRejects } from "@std/assert";
import { delay } from "@std/async";
import { listenTcp } from "../../../tcp/listen_tcp.ts";
import type { TcpConn } from "../../../tcp/tcp_conn.ts";
import type { TcpListener } from "../../../tcp/tcp_listener.ts";
import { acceptWebSocket } from "../../../websocket/accept_websocket.ts";
import type { WebSocketOptions } from "../../../websocket/websocket_options.ts";
import { openEnds } from "../../conformance/_ends.ts";
import { CLOSE, closeBytes } from "../../conformance/_raw_peer.ts";
import { rawClient, readFrame } from "../support/_servers.ts";

/** A close frame with the code 1000. */
const FAREWELL = new Uint8Array([0x88, 0x82, 0, 0, 0, 0, 0x03, 0xe8]);

/** A server whose handler reads until the end, and returns then. */
interface Place {
  readonly listener: TcpListener;
  readonly serving: Promise<void>;
  /** Resolves when the handler of a connection has settled. */
  readonly handled: Promise<void>;
}

function serve(options: WebSocketOptions = {}): Place {
  const listener = listenTcp("127.0.0.1:0");
  const handled = Promise.withResolvers<void>();
  const serving = listener.serve(async (conn) => {
    try {
      const socket = await acceptWebSocket(conn, options);
      while (await socket.read() !== null);
    } finally {
      handled.resolve();
    }
  });
  return { listener, serving, handled: handled.promise };
}

async function readEnd(client: TcpConn): Promise<number | null> {
  return await client.read(new Uint8Array(1));
}

Deno.test("serve() waits for the peer to close after its close frame, though the handler is done", async () => {
  const { listener, serving, handled } = serve();
  const client = await rawClient(listener.addr.port);
  await client.write(FAREWELL);
  assertEquals(await readFrame(client), [CLOSE, closeBytes(1000)]);
  assertEquals(await readEnd(client), null);
  await handled;
  const [conn] = listener.activeConnections;
  assertEquals(listener.connectionCount, 1);

  client.close();
  await conn?.closed;
  assertEquals(listener.connectionCount, 0);
  listener.close();
  await serving;
});

Deno.test("serve() is done when the close frame is with the system, and counts the connection until the peer closes", async () => {
  const { listener, serving } = serve({ closeTimeout: 1 });
  const client = await rawClient(listener.addr.port);
  await client.write(FAREWELL);
  assertEquals((await readFrame(client))[0], CLOSE);
  listener.close();
  await serving;
  const [conn] = listener.activeConnections;
  assertEquals(listener.connectionCount, 1);
  client.terminate();
  await conn?.closed;
  assertEquals(listener.connectionCount, 0);
});

Deno.test("serve() sends what the handler has not awaited, and begins no closing handshake", async () => {
  const listener = listenTcp("127.0.0.1:0");
  const size = 100_000;
  const count = 100;
  const serving = listener.serve(async (conn) => {
    const socket = await acceptWebSocket(conn);
    for (let index = 0; index < count; index++) {
      socket.write(new Uint8Array(size));
    }
  });
  const client = await rawClient(listener.addr.port);
  const buffer = new Uint8Array(64 * 1024);
  let length = 0;
  for (let read: number | null = 0; read !== null; length += read) {
    read = await client.read(buffer);
    if (read === null) break;
  }
  assertEquals(length, count * (size + 10));
  client.terminate();
  listener.close();
  await serving;
});

Deno.test("serve() closes at once when the handler is done before the peer's close frame", async () => {
  const listener = listenTcp("127.0.0.1:0");
  const serving = listener.serve(async (conn) => {
    await acceptWebSocket(conn);
  });
  const client = await rawClient(listener.addr.port);
  assertEquals(await readEnd(client), null);
  const [conn] = listener.activeConnections;
  client.terminate();
  await conn?.closed;
  assertEquals(listener.connectionCount, 0);
  listener.close();
  await serving;
});

Deno.test("serve() lets WebSockets finish though the listener is closed", async () => {
  const { listener, serving, handled } = serve();
  const client = await rawClient(listener.addr.port);
  const stopping = listener.shutdown();
  await client.write(FAREWELL);
  assertEquals((await readFrame(client))[0], CLOSE);
  assertEquals(await readEnd(client), null);
  await handled;
  assertEquals(listener.connectionCount, 1);
  client.close();
  assertEquals(await stopping, 0);
  await serving;
});

Deno.test("terminate() cuts a connection whose WebSocket has ended before its peer", async () => {
  using ends = await openEnds("server", "tcp");
  const { socket, peer } = ends;
  await peer.sendFrame(3);
  assertEquals((await peer.receive())?.opcode, CLOSE);
  assertEquals((await socket.closed).code, 1002);
  // The peer has not ended, so the connection waits for that.
  socket.terminate();
  await assertRejects(async () => {
    for (let round = 0; round < 1000; round++) {
      await peer.link.write(new Uint8Array(1));
      await delay(0);
    }
  });
});
