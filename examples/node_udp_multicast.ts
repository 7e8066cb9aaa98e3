/**
 * Multicast: one datagram for all members of a group.
 *
 * It is `addMembership`, `setMulticastTTL` and `setMulticastLoopback` of the
 * Node document: two members of 239.1.2.3, of whom one leaves, and a sender.
 * Without an argument it all happens on the loopback interface; with one, on
 * the interface of that address.
 *
 * Groups are 224.0.0.0 to 239.255.255.255, those from 239.0.0.0 on for one's
 * own purposes.
 *
 * ```sh
 * deno run --allow-net examples/node_udp_multicast.ts
 * deno run --allow-net examples/node_udp_multicast.ts 192.168.1.2
 * ```
 *
 * @module
 */

import { listenUdp, type UdpConn } from "../udp/mod.ts";

const GROUP = "239.1.2.3";
const local = Deno.args[0] ?? "127.0.0.1";

// Members listen on all interfaces, and share the port.
using ann = await listenUdp(":0", { reuseAddress: true });
const { port } = ann.addr;
using bob = await listenUdp({ port }, { reuseAddress: true });
// Datagrams leave by the interface that the socket is bound to.
using sender = await listenUdp({ hostname: local, port: 0 });

await ann.joinMulticast(GROUP, { interface: local });
const membership = await bob.joinMulticast(GROUP, { interface: local });
// The two settings are the sender's: one hop, which means this network only,
// and a copy for the members on this machine.
await sender.joinMulticast(GROUP, { interface: local, ttl: 1, loopback: true });

await sender.writeToString({ hostname: GROUP, port }, "Hello, both!");
await Promise.all([print("Ann", ann), print("Bob", bob)]);

await membership.leave();
await sender.writeToString({ hostname: GROUP, port }, "Hello, Ann!");
await print("Ann", ann);
console.log(`Bob has left ${membership.group}`);

async function print(name: string, conn: UdpConn): Promise<void> {
  try {
    const { data } = await conn.receive({ timeout: 2000 });
    console.log(`${name} got "${new TextDecoder().decode(data)}"`);
  } catch (error) {
    if (!(error instanceof DOMException)) throw error;
    console.log(`${name} got nothing; multicast does not get through here`);
  }
}
