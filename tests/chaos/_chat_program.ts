// A chat server of a cluster, in a process of its own:
//
//   _chat_program.ts NAME PORT BROKER_PORT LEASE_TIME
//
// It prints its port, and its state for each line of input. SIGTERM or the end of
// the input stop it in order. It ends with code 1 after an error.
import { TextLineStream } from "@std/streams";
import { natsLog } from "../../chat/cluster/nats_log.ts";
import { serveChat } from "../../chat/mod.ts";
import { RoomReplica } from "../../chat/room/_room_replica.ts";
import { ENTRY, loadClient } from "../chat/cluster/_nats_broker.ts";

const [name, port, brokerPort, leaseTime] = Deno.args;
const { connect, jetstreamManager } = await load();

// The only way to the state: the server hides its replica.
let replica: RoomReplica | undefined;
const { apply } = RoomReplica.prototype;
RoomReplica.prototype.apply = function (...entry) {
  replica = this;
  return apply.apply(this, entry);
};

const connection = await connect({
  servers: `127.0.0.1:${brokerPort}`,
  maxReconnectAttempts: -1,
  reconnectTimeWait: 200,
  pingInterval: 5000,
});
const log = await natsLog({
  connection,
  jetstreamManager,
  leaseTime: Number(leaseTime),
});
await using server = serveChat({
  http: {
    port: Number(port),
    trustedProxies: { from: ["127.0.0.1"] },
  },
  burst: 1e9,
  rate: 1e9,
  cluster: { log, name },
  onError(error) {
    console.error(`${name}: ${error}`);
    Deno.exitCode = 1;
  },
});
Deno.addSignalListener("SIGTERM", () => void server.shutdown());
answer();
console.log(`port ${server.httpAddr.port}`);
await server.finished;
await log.close();
await connection.close();
Deno.exit();

/** Loads the client, from npm if no folder has it. */
async function load(): Promise<ReturnType<typeof loadClient>> {
  if (ENTRY !== undefined) return loadClient();
  const packages = ["transport-node", "jetstream"].map((one) =>
    // Not literal, so that nothing is downloaded otherwise.
    import(`npm:@nats-io/${one}@3`)
  );
  const [transport, jetstream] = await Promise.all(packages);
  const { connect } = transport;
  return { connect, jetstreamManager: jetstream.jetstreamManager };
}

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
