/**
 * An idle timeout: a server that disconnects silent clients.
 *
 * It is `socket.setTimeout` and the event "timeout" of the Luvit document: a
 * notice, after which the program closes the connection itself. The client here
 * sends two lines in time, and then none. The argument is another number of
 * milliseconds.
 *
 * ```sh
 * deno run --allow-net examples/luvit_idle_timeout.ts
 * ```
 *
 * @module
 */

import { dialTcp, listenTcp, type TcpConn } from "../tcp/mod.ts";

const timeout = Number(Deno.args[0] ?? 500);

async function echo(conn: TcpConn): Promise<void> {
  // Without the goodbye: conn.setIdleTimeout(timeout, "close"). 0 turns it off.
  conn.setIdleTimeout(timeout, async () => {
    console.log("server: the client is idle");
    await conn.writeString("Goodbye\n");
    await conn.closeWrite();
  });
  for await (const line of conn.lines()) {
    await conn.writeString(`You said: ${line}\n`);
  }
}

const listener = listenTcp("127.0.0.1:0");
const serving = listener.serve(echo);
using client = await dialTcp(listener.addr);
for (const text of ["hello", "hello again"]) {
  // The line restarts the time, of which half has passed.
  await new Promise((resolve) => setTimeout(resolve, timeout / 2));
  await client.writeString(`${text}\n`);
  console.log(`client: ${await client.readLine()}`);
}
// Sends nothing until the server ends.
for await (const line of client.lines()) console.log(`client: ${line}`);
console.log("client: the server has ended");
await client.closeWrite();
listener.close();
await serving;
