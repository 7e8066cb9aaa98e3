// One of the processes of nats_server_test.ts: a server whose clients, in the same
// process, all subscribe to a topic. It obeys commands on its standard input, and
// prints what happens.
//
//   _nats_process.ts ENTRY PORT CLIENTS
//
// ENTRY is a file from which `@nats-io/transport-node` is found.
import { createRequire } from "node:module";
import { TextLineStream } from "@std/streams";
import {
  natsTopics,
  type NatsTopicsConnection,
} from "../../../websocket/topics/nats_topics.ts";
import { newServer } from "../../../websocket/callbacks/server.ts";
import { dialWebSocket } from "../../../websocket/dial_websocket.ts";
import type { WebSocketConn } from "../../../websocket/websocket_conn.ts";

interface Connection extends NatsTopicsConnection {
  status(): AsyncIterable<{ readonly type: string }>;
  close(): Promise<void>;
}

interface Package {
  connect(options: Record<string, unknown>): Promise<Connection>;
}

const [entry, port, clients] = Deno.args;
const count = Number(clients);
const nats: Package = createRequire(entry)("@nats-io/transport-node");

function say(...words: unknown[]): void {
  console.log(words.join(" "));
}

const connection = await nats.connect({
  servers: `127.0.0.1:${port}`,
  reconnectTimeWait: 20,
  maxReconnectAttempts: -1,
});
const adapter = natsTopics(connection, { maxBufferedBytes: 1024 * 1024 });
const server = newServer(0, "", { hostname: "127.0.0.1" });
server.topics.relay(adapter);
server.onAttached(({ client }) => {
  client.subscribe("news");
});
const { promise: listening, resolve } = Promise.withResolvers<Deno.NetAddr>();
const serving = server.listen({ onListen: resolve });
const url = `ws://127.0.0.1:${(await listening).port}/`;

/** How many clients have received each text. */
const received = new Map<string, number>();

async function receive(conn: WebSocketConn): Promise<void> {
  for await (const message of conn) {
    const text = `${message}`;
    const times = (received.get(text) ?? 0) + 1;
    received.set(text, times);
    if (times === count) say("all received", text);
    if (times > count) say("received too often", text);
  }
}

const receivers: Promise<void>[] = [];
for (let left = count; left > 0; left -= 50) {
  const conns = await Promise.all(
    Array.from({ length: Math.min(50, left) }, () => dialWebSocket(url)),
  );
  receivers.push(...conns.map(receive));
}

async function watch(): Promise<void> {
  for await (const { type } of connection.status()) {
    if (type === "disconnect") say("disconnected");
    if (type !== "reconnect") continue;
    // The broker has the subscriptions then.
    await connection.flush();
    say("reconnected");
  }
}
watch();

/** Publishes 200 MiB to other processes, as a broker is away. */
function flood(): void {
  const message = new Uint8Array(1024);
  const before = Deno.memoryUsage().rss;
  for (let sent = 0; sent < 200_000; sent++) {
    server.publish("elsewhere", message);
  }
  const grown = Deno.memoryUsage().rss - before;
  say("flooded", grown, adapter.dropped, adapter.bufferedBytes);
}

await connection.flush();
say("ready", server.topics.subscriberCount("news"));
const lines = Deno.stdin.readable
  .pipeThrough(new TextDecoderStream())
  .pipeThrough(new TextLineStream());
for await (const line of lines) {
  if (line === "flood") flood();
  else if (line === "clients") say("clients", server.clients.size);
  else say("published", server.publish("news", line));
}
await server.close();
await Promise.all([serving, ...receivers]);
await connection.close();
say("ended");
