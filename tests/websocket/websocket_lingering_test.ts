import { assertEquals } from "@std/assert";
import { listenTcp } from "../../tcp/listen_tcp.ts";
import type { TcpConn } from "../../tcp/tcp_conn.ts";
import type { TcpListener } from "../../tcp/tcp_listener.ts";
import { acceptWebSocket } from "../../websocket/accept_websocket.ts";
import type { WebSocketOptions } from "../../websocket/websocket_options.ts";
import { CLOSE, closeBytes } from "../conformance/_raw_peer.ts";
import { turn } from "../internal/_turn.ts";
import { rawClient, readFrame } from "./_faces.ts";

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

Deno.test("serve() ends with the limit of closing where the peer does not close", async () => {
  const { listener, serving } = serve({ closeTimeout: 1 });
  using client = await rawClient(listener.addr.port);
  await client.write(FAREWELL);
  assertEquals((await readFrame(client))[0], CLOSE);
  listener.close();
  await serving;
  assertEquals(listener.connectionCount, 0);
});

Deno.test("serve() closes at once when the handler is done before the peer's close frame", async () => {
  const listener = listenTcp("127.0.0.1:0");
  const serving = listener.serve(async (conn) => {
    await acceptWebSocket(conn);
  });
  using client = await rawClient(listener.addr.port);
  assertEquals(await readEnd(client), null);
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

Deno.test("serve() closes after a second where the WebSocket would wait for ever", async () => {
  const { listener, serving, handled } = serve({ closeTimeout: Infinity });
  using client = await rawClient(listener.addr.port);
  await client.write(FAREWELL);
  assertEquals((await readFrame(client))[0], CLOSE);
  await handled;
  assertEquals(listener.connectionCount, 1);
  listener.close();
  await serving;
  assertEquals(listener.connectionCount, 0);
});

Deno.test("serve() leaves 256 WebSockets at most to their peers", async () => {
  const { listener, serving } = serve();
  const clients: TcpConn[] = [];
  for (let client = 0; client < 260; client++) {
    clients.push(await rawClient(listener.addr.port));
  }
  for (const client of clients) {
    await client.write(FAREWELL);
    assertEquals((await readFrame(client))[0], CLOSE);
    assertEquals(await readEnd(client), null);
  }
  while (listener.connectionCount > 256) await turn();
  assertEquals(listener.connectionCount, 256);
  for (const client of clients) client.close();
  listener.close();
  await serving;
});
