/**
 * Recipe: half-close, which tells the other end "that was all, now you".
 *
 * The client sends numbers and ends its direction; the server, which needs all of
 * them, sorts them and answers; the client reads until the server ends.
 *
 * ```sh
 * deno run --allow-net examples/half_close.ts
 * ```
 *
 * @module
 */

import { dialTcp, listenTcp, readAll, type TcpConn } from "../tcp/mod.ts";

async function sort(conn: TcpConn): Promise<void> {
  const numbers: number[] = [];
  for await (const line of conn.lines()) numbers.push(Number(line));
  console.log(`server: got ${numbers.length} numbers; it is ${conn.state}`);
  await conn.writeString(numbers.sort((a, b) => a - b).join("\n"));
  // The end of the handler closes the connection, after the written data.
}

const listener = listenTcp("127.0.0.1:0");
const serving = listener.serve(sort);
using client = await dialTcp(listener.addr);
for (const number of [30, 4, 100]) await client.writeString(`${number}\n`);
// FIN. Closing `client.writable` does the same.
await client.closeWrite();
console.log(`client: sent all; it is ${client.state}`);
const answer = await readAll(client, { maxBytes: 1024 });
const sorted = new TextDecoder().decode(answer).split("\n").join(", ");
console.log(`client: got ${sorted}; it is ${client.state}`);
listener.close();
await serving;
