// Moves 200 MiB between two WebSockets and prints, as JSON, by how many bytes the
// memory outside of V8's heap has grown afterwards, and the process at most.
//
//   deno run --v8-flags=--expose-gc _memory_program.ts messages|stream|deflate
import { afterPoll } from "../../../internal/wait/after_poll.ts";
import { listenTcp } from "../../../tcp/mod.ts";
import {
  acceptWebSocket,
  dialWebSocket,
  OPCode,
  type WebSocketConn,
} from "../../../websocket/mod.ts";

const MIB = 1024 * 1024;
const TOTAL = 200 * MIB;
const [way] = Deno.args;
const { gc } = globalThis as unknown as { gc(): void };

/** All zeros: what is compressed grows a thousandfold. */
const chunk = new Uint8Array(MIB);

async function sendMessages(conn: WebSocketConn): Promise<void> {
  for (let sent = 0; sent < TOTAL; sent += chunk.length) {
    await conn.write(chunk);
  }
}

async function receiveMessages(conn: WebSocketConn): Promise<number> {
  let received = 0;
  while (received < TOTAL) received += (await conn.read())?.length ?? TOTAL;
  return received;
}

async function sendStream(conn: WebSocketConn): Promise<void> {
  const writer = (await conn.writeMessage(OPCode.binaryFrame)).getWriter();
  for (let sent = 0; sent < TOTAL; sent += chunk.length) {
    await writer.write(chunk);
  }
  await writer.close();
}

async function receiveStream(conn: WebSocketConn): Promise<number> {
  let received = 0;
  const message = await conn.readMessage();
  for await (const piece of message?.readable ?? []) received += piece.length;
  return received;
}

/** Collects garbage, also that of what is freed late. */
async function collect(): Promise<number> {
  for (let round = 0; round < 3; round++) {
    gc();
    await new Promise<void>(afterPoll);
  }
  return Deno.memoryUsage().external;
}

using listener = listenTcp("127.0.0.1:0");
const options = { deflate: way === "deflate" };
const accepting = listener.accept().then((conn) =>
  acceptWebSocket(conn, options)
);
const url = `ws://127.0.0.1:${listener.addr.port}/`;
const client = await dialWebSocket(url, options);
const server = await accepting;
await client.write("warm");
await server.read();

const before = await collect();
const { rss } = Deno.memoryUsage();
let most = rss;
const timer = setInterval(() => {
  // Garbage is not held: without this, it depends on when V8 collects it.
  gc();
  most = Math.max(most, Deno.memoryUsage().rss);
}, 10);
const isStream = way !== "messages";
const [received] = await Promise.all([
  isStream ? receiveStream(server) : receiveMessages(server),
  isStream ? sendStream(client) : sendMessages(client),
]);
clearInterval(timer);
const external = await collect() - before;
await Promise.all([client.close(), server.close()]);
console.log(JSON.stringify({ received, external, most: most - rss }));
