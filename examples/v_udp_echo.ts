/**
 * A UDP echo server and its client in one program.
 *
 * It is V's UDP program, `net.listen_udp` and `net.dial_udp`, and prints the answer
 * and its sender. Both ends take free ports; arguments are others, such as V's
 * 40001 for the server and 40003 for the client.
 *
 * ```sh
 * deno run --allow-net examples/v_udp_echo.ts
 * ```
 *
 * @module
 */

import { dialUdp, listenUdp, type UdpConn } from "../udp/mod.ts";

const hostname = "127.0.0.1";
const [serverPort = 0, clientPort = 0] = Deno.args.map(Number);

/** Sends everything back to where it came from, until `conn` is closed. */
async function echo(conn: UdpConn): Promise<void> {
  for await (const { data, addr } of conn) {
    await conn.writeTo(addr, data, { timeout: 10_000 });
  }
}

using server = await listenUdp({ hostname, port: serverPort });
const echoing = echo(server);

using client = await dialUdp({ hostname, port: clientPort }, server.addr);
// A datagram may get lost, so the wait for it has a limit.
client.setReadTimeout(10_000);
client.setWriteTimeout(10_000);
await client.writeString("Hello from vnet!");

const buffer = new Uint8Array(100);
const [length, addr] = await client.read(buffer);
console.log(`Got address ${addr.hostname}:${addr.port}`);
console.log(`Got "${new TextDecoder().decode(buffer.subarray(0, length))}"`);

server.close();
await echoing;
