// A chat server of a cluster for the benchmarks, its flood control wide open:
//
//   chat_cluster.ts FOLDER [--both | BROKER_PORT]
//
// It prints its TCP port and its HTTP port and runs until it is killed. FOLDER has
// the client of NATS. Without a port, it starts the broker and a second server in
// processes of their own, which end with it; with `--both`, it prints the ports of
// the second server, too.

import { createRequire } from "node:module";
import { natsLog } from "../../chat/cluster/nats_log.ts";
import { serveChat } from "../../chat/mod.ts";
import { announce } from "./_announce.mjs";

/** Ends `nats-server`, and removes its folder, at the end of the input. */
const BROKER = `folder=$(mktemp -d)
nats-server -a 127.0.0.1 -p -1 -js -sd "$folder" &
cat >/dev/null
kill -9 $!
wait
rm -rf "$folder"`;

const [folder = "", option] = Deno.args;
const load = createRequire(`${folder}/index.js`);
const isFirst = option === undefined || option === "--both";
const port = isFirst ? await startBroker() : option;
const connection = await load("@nats-io/transport-node").connect({
  servers: `127.0.0.1:${port}`,
  maxReconnectAttempts: -1,
});
const { jetstreamManager } = load("@nats-io/jetstream");
const log = await natsLog({ connection, jetstreamManager });
const server = serveChat({
  tcp: { port: 0 },
  http: { port: 0 },
  burst: 1e9,
  rate: 1e9,
  cluster: { log, name: isFirst ? "first" : "second" },
});
const ports = [server.tcpAddr.port, server.httpAddr.port];
if (isFirst) {
  const others = await startSecond();
  if (option === "--both") ports.push(...others);
}
announce(...ports);
if (!isFirst) await endOfInput();
else await server.finished;
Deno.exit();

/** Starts the broker, and returns its port. */
async function startBroker(): Promise<string> {
  const broker = new Deno.Command("sh", {
    args: ["-c", BROKER],
    stdin: "piped",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  return await find(broker.stderr, /client connections on [\d.]+:(\d+)/);
}

/** Starts the second server, and returns its ports. */
async function startSecond(): Promise<number[]> {
  const path = new URL(import.meta.url).pathname;
  const second = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--unstable-net", path, folder, port],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const line = await find(second.stdout, /(\d+ \d+)\n/);
  return line.split(" ").map(Number);
}

/** Finds something in an output, whose rest is dropped. */
async function find(
  output: ReadableStream<Uint8Array>,
  pattern: RegExp,
): Promise<string> {
  const chunks = output.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  while (!pattern.test(text)) {
    const { done, value = "" } = await chunks.read();
    if (done) throw new Error(`Cannot find ${pattern} in "${text}"`);
    text += value;
  }
  drop(chunks);
  return pattern.exec(text)?.[1] ?? "";
}

async function drop(
  chunks: ReadableStreamDefaultReader<string>,
): Promise<void> {
  while (!(await chunks.read()).done) { /* Until the end. */ }
}

async function endOfInput(): Promise<void> {
  for await (const _ of Deno.stdin.readable) { /* Until the end. */ }
}
