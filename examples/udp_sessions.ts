/**
 * Recipe: sessions over UDP, a conversation of its own with each peer.
 *
 * All share one socket. The server counts what each client has sent; a session
 * ends when nothing has come or gone for a while.
 *
 * ```sh
 * deno run --allow-net examples/udp_sessions.ts
 * ```
 *
 * @module
 */

import { dialUdp, listenUdp, type UdpSession } from "../udp/mod.ts";

// Nobody gets more than three times the bytes that have come from him: the
// sender of a datagram is easily forged, and the answers would hit the victim.
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
