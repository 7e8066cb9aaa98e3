// A server of nats_log_test.ts with a lease, in a process that can be stopped. It
// prints what happens to the lease.
//
//   _nats_lease_program.ts ENTRY PORT LEASE_TIME
//
// ENTRY is a file from which the packages of `@nats-io` are found.
import { natsLog } from "../../../chat/cluster/nats_log.ts";
import { loadClient } from "./_nats_broker.ts";

const [entry, port, leaseTime] = Deno.args;
const { connect, jetstreamManager } = loadClient(entry);
const connection = await connect({
  servers: `127.0.0.1:${port}`,
  maxReconnectAttempts: -1,
});
const log = await natsLog({
  connection,
  jetstreamManager,
  leaseTime: Number(leaseTime),
});
const lease = await log.lease("paused.1");
console.log("held");
await lease.lost;
console.log("lost");
await log.close();
await connection.close();
