/**
 * The client of the echo server: prints the lines it receives, and ends after the
 * greeting.
 *
 * It is the Luvit document's client (`net.connect`). Without an argument it starts
 * a `luvit_echo_server.ts` itself, else it talks to the one on that port.
 *
 * ```sh
 * deno run --allow-net examples/luvit_echo_client.ts
 * deno run --allow-net examples/luvit_echo_client.ts 8124
 * ```
 *
 * @module
 */

import { dialTcp } from "../tcp/mod.ts";
import { startEcho } from "./luvit_echo_server.ts";

const [port] = Deno.args;
const server = port === undefined ? startEcho(0) : undefined;

using client = await dialTcp(server?.addr ?? `127.0.0.1:${port}`);
console.log("client: connected");
await client.writeString("world!\r\n");
for await (const line of client.lines()) {
  console.log(`client: ${line}`);
  // `client:end()` ends this direction. Data on the way still arrives.
  await client.closeWrite();
}
console.log("client: disconnected");
await server?.shutdown();
