/**
 * Recipe: sessions over UDP, a conversation of its own with each peer.
 *
 * All share one socket. The server counts the bytes of each client; a session ends
 * when nothing was received or sent for a while.
 *
 * ```sh
 * deno run --allow-net examples/udp_sessions.ts
 * ```
 *
 * @module
 */

import { dialUdp, listenUdp, type UdpSession } from "../udp/mod.ts";

// A peer is sent at most three times the bytes that came from it: the source of a
// datagram is easily forged, and the answers would hit a victim.
using server = await listenUdp("127.0.0.1:0", { maxReplyRatio: 3 });
const sessions = server.sessions({ idleTimeout: 500, maxSessions: 1000 });

/** Runs as long as its client says something now and then. */
async function count(session: UdpSession): Promise<void> {
  let total = 0;
  for await (const { data } of session) {
    total++;
    const text = new TextDecoder().decode(data);
    await session.writeString(`${text} ${total}`);
  }
  console.log(`session over after ${total}`);
}

const counting: Promise<void>[] = [];
const accepting = (async () => {
  for await (const session of sessions) counting.push(count(session));
})();

using ann = await dialUdp(server.addr);
using bob = await dialUdp(server.addr);
for (
  const [name, conn] of [["Ann", ann], ["Ann", ann], ["Bob", bob]] as const
) {
  await conn.writeString(name);
  const { data } = await conn.receive({ timeout: 2000 });
  console.log(new TextDecoder().decode(data));
}
await Promise.all(counting);
sessions.close();
await accepting;
