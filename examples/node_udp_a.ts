/**
 * One end of two over UDP: prints each datagram and its sender, and sends it back.
 *
 * It is the Node document's `a.js`, which waits on port 41234 for `b.js`
 * (`node_udp_b.ts` here) until Ctrl-C. The argument is another port.
 *
 * ```sh
 * deno run --allow-net examples/node_udp_a.ts
 * ```
 *
 * @module
 */

import { addressFamily, listenUdp, type UdpConn } from "../udp/mod.ts";

/** Answers every datagram with itself, until the socket is closed. */
export async function answerAll(socket: UdpConn): Promise<void> {
  for await (const { data, addr } of socket) {
    console.log(`a: got ${new TextDecoder().decode(data)}`);
    const { hostname: address, port } = addr;
    console.log("a: from", {
      address,
      family: addressFamily(addr),
      port,
      size: data.length,
    });
    await socket.writeTo(addr, data);
  }
}

if (import.meta.main) {
  const port = Number(Deno.args[0] ?? 41234);
  using socket = await listenUdp({ hostname: "127.0.0.1", port });
  console.log(`a: waiting on port ${socket.addr.port}`);
  await answerAll(socket);
}
