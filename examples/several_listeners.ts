/**
 * Recipe: one loop over the connections of several listeners, here of two ports.
 *
 * `MuxAsyncIterator` of `@std/async` joins iterables. A listener accepts the next
 * connection when the loop has taken the last one, so a loop that waits holds all
 * listeners back; handlers run beside it.
 *
 * ```sh
 * deno run --allow-net examples/several_listeners.ts
 * ```
 *
 * @module
 */

import { MuxAsyncIterator } from "jsr:@std/async@^1.5.0/mux-async-iterator";
import { dialTcp, listenTcp, type TcpConn } from "../tcp/mod.ts";

/** The connections of a listener, with its name. */
async function* accepted(
  name: string,
  conns: AsyncIterable<TcpConn>,
): AsyncGenerator<{ name: string; conn: TcpConn }> {
  for await (const conn of conns) yield { name, conn };
}

async function greet(name: string, conn: TcpConn): Promise<void> {
  using _ = conn;
  await conn.writeString(`This is the ${name} port\n`);
}

using open = listenTcp("127.0.0.1:0");
using admin = listenTcp("127.0.0.1:0");

const conns = new MuxAsyncIterator<{ name: string; conn: TcpConn }>();
conns.add(accepted("open", open));
conns.add(accepted("admin", admin));

async function serve(): Promise<void> {
  for await (const { name, conn } of conns) {
    greet(name, conn).catch((error) => console.error(error));
  }
}

// The loop ends when all its listeners are closed.
const serving = serve();
for (const { addr } of [open, admin]) {
  using client = await dialTcp(addr, { timeout: 5000 });
  console.log(await client.readLine());
}
open.close();
admin.close();
await serving;
console.log("All listeners are closed");
