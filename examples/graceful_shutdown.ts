/**
 * Recipe: a graceful shutdown. No more clients are accepted, connected clients may
 * finish, and those that do not finish in time are cut.
 *
 * It happens on Ctrl-C and on SIGTERM, and here also by itself, when two clients
 * are connected: one gets its answer, the other would stay for ever.
 *
 * ```sh
 * deno run --allow-net examples/graceful_shutdown.ts
 * ```
 *
 * @module
 */

import { dialTcp, listenTcp, type TcpConn } from "../tcp/mod.ts";

/** Takes an order, works on it for a while, and says when it is done. */
async function work(conn: TcpConn): Promise<void> {
  const order = await conn.readLine();
  if (order === null) return;
  await conn.writeString(`working on ${order}\n`);
  await new Promise((resolve) => setTimeout(resolve, 200));
  await conn.writeString(`${order} is done\n`);
}

const listener = listenTcp("127.0.0.1:0");
const stop = new AbortController();
// On Windows there is SIGINT and no SIGTERM.
const signals = Deno.build.os === "windows"
  ? ["SIGINT"] as const
  : ["SIGINT", "SIGTERM"] as const;
for (const signal of signals) {
  Deno.addSignalListener(signal, () => stop.abort());
}
stop.signal.addEventListener("abort", async () => {
  console.log("server: stopping");
  const cut = await listener.shutdown({ timeout: 1000 });
  console.log(`server: stopped; clients that had to be cut: ${cut}`);
});
// The handler of a connection that was cut fails; `onError` gets the error.
const serving = listener.serve(work);

using busy = await dialTcp(listener.addr);
using idle = await dialTcp(listener.addr);
await busy.writeString("tea\n");
console.log(`client: ${await busy.readLine()}`);
stop.abort();
console.log(`client: ${await busy.readLine()}`);
busy.close();
// The client that was cut sees the end of the stream.
console.log(`client: ${await idle.readLine() ?? "cut off"}`);
await serving;
