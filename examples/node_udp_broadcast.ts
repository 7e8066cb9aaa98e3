/**
 * A broadcast: one datagram for all listeners on a port of the network.
 *
 * It is `socket.setBroadcast(true)` of the Node document. Two receivers share a
 * port, the sender reaches both. Without an argument nothing leaves this
 * machine, whose loopback network has 127.255.255.255 as its broadcast address
 * on Linux; with one it goes to that: 255.255.255.255 for the local network, or
 * the one that ends in 255 for another.
 *
 * ```sh
 * deno run --allow-net examples/node_udp_broadcast.ts
 * deno run --allow-net examples/node_udp_broadcast.ts 192.168.1.255
 * ```
 *
 * @module
 */

import { listenUdp, type UdpConn } from "../udp/mod.ts";

const hostname = Deno.args[0] ?? "127.255.255.255";

// Broadcasts reach sockets on all interfaces.
using first = await listenUdp(":0", { reuseAddress: true });
const { port } = first.addr;
using second = await listenUdp({ port }, { reuseAddress: true });

using sender = await listenUdp(":0");
sender.setBroadcast(true);
const receiving = [
  print("first receiver", first),
  print("second receiver", second),
];
await sender.writeToString({ hostname, port }, "Hello, everybody!");
console.log(`sent to ${hostname}`);
await Promise.all(receiving);

async function print(name: string, conn: UdpConn): Promise<void> {
  try {
    const { data } = await conn.receive({ timeout: 2000 });
    console.log(`${name}: ${new TextDecoder().decode(data)}`);
  } catch (error) {
    if (!(error instanceof DOMException)) throw error;
    console.log(`${name}: nothing; broadcasts do not get through here`);
  }
}
