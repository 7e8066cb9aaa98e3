// A chat server of a cluster, in a process of its own:
//
//   _chat_program.ts NAME PORT BROKER_PORT
//
// It prints its port, and its state for each line of input. SIGTERM or the end of
// the input stop it in order. It ends with code 1 after an error.
import { TextLineStream } from "@std/streams";
import { serveChat } from "../../chat/mod.ts";
import { openCluster } from "../../chat/program/_open_cluster.ts";
import { RoomReplica } from "../../chat/room/_room_replica.ts";

const [name, port, brokerPort] = Deno.args;

// The only way to the state: the server hides its replica.
let replica: RoomReplica | undefined;
const { apply } = RoomReplica.prototype;
RoomReplica.prototype.apply = function (...entry) {
  replica = this;
  return apply.apply(this, entry);
};

const cluster = await openCluster({
  servers: [`nats://127.0.0.1:${brokerPort}`],
  stream: undefined,
});
await using server = serveChat({
  http: {
    port: Number(port),
    trustedProxies: { from: ["127.0.0.1"] },
  },
  burst: 1e9,
  rate: 1e9,
  cluster: { log: cluster.log, name },
  onError(error) {
    console.error(`${name}: ${error}`);
    Deno.exitCode = 1;
  },
});
Deno.addSignalListener("SIGTERM", () => void server.shutdown());
answer();
console.log(`port ${server.httpAddr.port}`);
await server.finished;
await cluster[Symbol.asyncDispose]();
Deno.exit();

/** Prints the state for each line of input, and stops at its end. */
async function answer(): Promise<void> {
  const lines = Deno.stdin.readable
    .pipeThrough(new TextDecoderStream())
    .pipeThrough(new TextLineStream());
  for await (const _ of lines) {
    const position = server.stats.cluster?.position;
    console.log(JSON.stringify({ position, state: replica?.save() }));
  }
  await server.shutdown();
}
