import { assertEquals } from "@std/assert";
import { dialUdp, listenUdp, type UdpConn } from "@vnet/net/udp";
import { hasNativeBackend } from "../../udp/backend/_native_backend.ts";
import { OtherPeer } from "../tcp/support/_other_peer.ts";

/** So many small datagrams wait in a socket that is not read. */
const COUNT = 150;

/** Ways to take datagrams, until `onPart` says that it was the last one. */
const receivers: Record<
  string,
  (conn: UdpConn, onPart: () => boolean) => Promise<void>
> = {
  "receive()": async (conn, onPart) => {
    while (await conn.receive()) if (onPart()) return;
  },
  "receive() with a time limit": async (conn, onPart) => {
    while (await conn.receive({ timeout: 60_000 })) if (onPart()) return;
  },
  "read()": async (conn, onPart) => {
    const buffer = new Uint8Array(16);
    while (await conn.read(buffer)) if (onPart()) return;
  },
  "the iterator": async (conn, onPart) => {
    for await (const _datagram of conn) if (onPart()) return;
  },
  "readable": async (conn, onPart) => {
    for await (const _datagram of conn.readable) if (onPart()) return;
  },
  "a session": async (conn, onPart) => {
    const sessions = conn.sessions();
    for await (const session of sessions) {
      while (await session.receive()) if (onPart()) return;
    }
  },
};

for (const backend of ["native", "node"] as const) {
  for (const [name, receive] of Object.entries(receivers)) {
    Deno.test({
      name: `others get their answers while a peer floods ${name} (${backend})`,
      ignore: backend === "native" && !hasNativeBackend(),
      fn: async () => {
        await using other = await OtherPeer.connect();
        await using server = await listenUdp("127.0.0.1:0", { backend });
        await using client = await dialUdp(server.addr, { backend });
        for (let index = 0; index < COUNT; index++) {
          await client.write(new Uint8Array(1));
        }
        let parts = 0;
        await receive(server, () => {
          other.handlePart();
          return ++parts === COUNT;
        });
        other.events.push("end of the flood");
        await other.answered;

        assertEquals(other.events, ["echo", "end of the flood"]);
      },
    });
  }
}
