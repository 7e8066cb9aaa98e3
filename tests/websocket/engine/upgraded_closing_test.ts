import { assert, assertEquals } from "@std/assert";
import { delay } from "@std/async";
import {
  dialWebSocket,
  newServer,
  State,
  type UpgradedWebSocket,
  upgradeWebSocket,
  type UpgradeWebSocketOptions,
  type WebSocketConn,
} from "@vnet/net/websocket";
import { CLOSE, closeBytes } from "../../conformance/_raw_peer.ts";
import { Log, rawClient, readFrame } from "../support/_servers.ts";
import { soon } from "../support/_slow.ts";

const HOST = { hostname: "127.0.0.1", port: 0, onListen: () => {} };
/** Together more than the system holds. */
const COUNT = 60;
const SIZE = 500_000;
/** Milliseconds between two messages, and without progress: far from each other. */
const PAUSE = 12;
const CLOSE_TIMEOUT = 350;

interface Served extends AsyncDisposable {
  readonly port: number;
  readonly conn: Promise<UpgradedWebSocket>;
  readonly errors: readonly unknown[];
}

function serve(options: UpgradeWebSocketOptions): Served {
  const opened = Promise.withResolvers<UpgradedWebSocket>();
  const errors: unknown[] = [];
  const server = Deno.serve(HOST, (request) =>
    upgradeWebSocket(request, {
      ...options,
      onOpen: opened.resolve,
      onError: (error) => errors.push(error),
    }).response);
  return {
    port: (server.addr as Deno.NetAddr).port,
    conn: opened.promise,
    errors,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

/** Reads messages, with a pause behind each, and counts their bytes. */
async function readSlowly(client: WebSocketConn): Promise<number> {
  let size = 0;
  for await (const message of client) {
    size += message.length;
    await delay(PAUSE);
  }
  return size;
}

Deno.test("UpgradedWebSocket.close() waits as long as the peer takes what was sent before", async () => {
  await using served = serve({
    closeTimeout: CLOSE_TIMEOUT,
    maxBufferedBytes: 2 ** 30,
  });
  const client = await dialWebSocket(`ws://127.0.0.1:${served.port}/`);
  const conn = await served.conn;
  for (let count = 0; count < COUNT; count++) conn.write(new Uint8Array(SIZE));
  const closing = conn.close(4000, "done");
  assertEquals(conn.state, State.closing);
  assert(conn.bufferedBytes > 0);
  assertEquals(await soon(readSlowly(client)), COUNT * SIZE);
  const info = { code: 4000, reason: "done", wasClean: true };
  assertEquals(await soon(closing), info);
  assertEquals(await client.closed, info);
  assertEquals(served.errors, []);
});

Deno.test("UpgradedWebSocket.close() ends at its deadline, whatever the peer takes until then", async () => {
  await using served = serve({ maxBufferedBytes: 2 ** 30 });
  const client = await dialWebSocket(`ws://127.0.0.1:${served.port}/`);
  const conn = await served.conn;
  for (let count = 0; count < COUNT; count++) conn.write(new Uint8Array(SIZE));
  const deadline = Date.now() + CLOSE_TIMEOUT / 2;
  const closing = conn.close(4000, "done", { deadline });
  const reading = readSlowly(client);
  assertEquals((await soon(closing)).code, 1006);
  client.terminate();
  await reading.catch(() => {});
});

Deno.test("Server.close() waits as long as clients inside Deno.serve take what was sent before", async () => {
  const server = newServer(0, "", {
    closeTimeout: CLOSE_TIMEOUT,
    maxBufferedBytes: 2 ** 30,
  });
  const attached = Promise.withResolvers<void>();
  const events = new Log<unknown>();
  server.onAttached(() => attached.resolve());
  server.onError((_ws, error) => events.add(error));
  server.onClose((_ws, code, reason) => events.add([code, reason]));
  await using http = Deno.serve(
    HOST,
    (request) => server.handleUpgrade(request),
  );
  const { port } = http.addr as Deno.NetAddr;
  const client = await dialWebSocket(`ws://127.0.0.1:${port}/`);
  await attached.promise;
  const message = new Uint8Array(SIZE);
  for (let count = 0; count < COUNT; count++) server.broadcast(message);
  const closing = server.close(1001, "restart");
  assertEquals(await soon(readSlowly(client)), COUNT * SIZE);
  await soon(closing);
  assertEquals(events.items, [[1001, "restart"]]);
});

Deno.test("UpgradedWebSocket gives a peer up that takes no more of what was sent before", async () => {
  await using served = serve({ closeTimeout: 50, maxBufferedBytes: 2 ** 30 });
  using peer = await rawClient(served.port);
  const conn = await served.conn;
  for (let count = 0; count < COUNT; count++) conn.write(new Uint8Array(SIZE));
  const info = await soon(conn.close());
  assertEquals(info, { code: 1006, reason: "", wasClean: false });
  assertEquals(served.errors.length, 1);
  assertEquals((served.errors[0] as Error).name, "TimeoutError");
  peer.terminate();
});

Deno.test("UpgradedWebSocket.terminate() ends a close() that waits for a slow peer", async () => {
  await using served = serve({ maxBufferedBytes: 2 ** 30 });
  using peer = await rawClient(served.port);
  const conn = await served.conn;
  for (let count = 0; count < COUNT; count++) conn.write(new Uint8Array(SIZE));
  const closing = conn.close();
  conn.terminate();
  assertEquals((await closing).code, 1006);
  assertEquals(conn.state, State.closed);
  peer.terminate();
});

Deno.test("UpgradedWebSocket ends if the link is lost while its close frame waits", async () => {
  await using served = serve({ maxBufferedBytes: 2 ** 30 });
  using peer = await rawClient(served.port);
  const conn = await served.conn;
  for (let count = 0; count < COUNT; count++) conn.write(new Uint8Array(SIZE));
  const closing = conn.close();
  peer.terminate();
  assertEquals((await soon(closing)).code, 1006);
});

Deno.test("UpgradedWebSocket tells 1006 where the link is lost behind its close frame", async () => {
  await using served = serve({});
  using peer = await rawClient(served.port);
  const conn = await served.conn;
  const closing = conn.close(1000);
  assertEquals(await soon(readFrame(peer)), [CLOSE, closeBytes(1000)]);
  peer.terminate();
  const info = { code: 1006, reason: "", wasClean: false };
  assertEquals(await soon(closing), info);
});
