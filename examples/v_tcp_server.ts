/**
 * A TCP server and its client in one program: the server sends a message, the
 * client receives it.
 *
 * It is V's server program, `net.listen_tcp` and `accept`. Where V prints the
 * number of each socket it prints the socket's ends. The listener takes a free
 * port; an argument is another, such as V's 22334.
 *
 * ```sh
 * deno run --allow-net examples/v_tcp_server.ts
 * ```
 *
 * @module
 */

import { dialTcp, listenTcp } from "../tcp/mod.ts";

const hostname = "127.0.0.1";
const port = Number(Deno.args[0] ?? 0);

// `using` closes all three at the end, whatever happens: V's `defer`.
using listener = listenTcp({ hostname, port });
using client = await dialTcp(listener.addr, { timeout: 3000 });
using server = await listener.accept({ timeout: 3000 });
for (const conn of [client, server]) {
  conn.setReadTimeout(3000);
  conn.setWriteTimeout(3000);
}

const message = "Hello World";
await server.writeString(message);
console.log(`message sent: ${message}`);
console.log(`server socket: ${server}`);

const buffer = new Uint8Array(1024);
const length = await client.read(buffer) ?? 0;
const received = new TextDecoder().decode(buffer.subarray(0, length));
console.log(`message received: ${received}`);
console.log(`client socket: ${client}`);
