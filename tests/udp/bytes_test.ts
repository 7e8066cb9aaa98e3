import { assertEquals, assertRejects } from "@std/assert";
import { dialUdp } from "../../udp/dial_udp.ts";
import { listenUdp } from "../../udp/listen_udp.ts";

for (const backend of ["node", "native"] as const) {
  const ignore = backend === "native" && !("listenDatagram" in Deno);

  Deno.test({
    name:
      `${backend}: a detached view is a TypeError of every call, and nothing is sent`,
    ignore,
    fn: async () => {
      using server = await listenUdp("127.0.0.1:0", { backend });
      using client = await dialUdp(server.addr, { backend });
      const gone = new Uint8Array(4);
      gone.buffer.transfer();
      const sessions = server.sessions();
      await client.writeString("hello");
      const session = await sessions.accept();
      const calls = [
        () => client.write(gone),
        () => client.read(gone),
        () => server.writeTo(client.addr, gone),
        () => server.writeTo(`localhost:${client.addr.port}`, gone),
        () => session.write(gone),
        () => session.read(gone),
        () => client.writable.getWriter().write(gone),
      ];
      for (const call of calls) {
        await assertRejects(call, TypeError, "transferred");
      }
      assertEquals([client.stats.sent, server.stats.sent], [1, 0]);
      // An empty view that was not transferred is an empty datagram.
      await session.write(new Uint8Array(0));
      assertEquals((await client.receive()).data, new Uint8Array(0));
    },
  });

  Deno.test({
    name: `${backend}: a Uint8Array of another realm is sent, and read into`,
    ignore,
    fn: async () => {
      const { runInNewContext } = await import("node:vm");
      const foreign: Uint8Array = runInNewContext("Uint8Array.of(1, 2, 3)");
      assertEquals(foreign instanceof Uint8Array, false);
      using server = await listenUdp("127.0.0.1:0", { backend });
      using client = await dialUdp(server.addr, { backend });
      const target: Uint8Array = runInNewContext("new Uint8Array(3)");
      await client.write(foreign);
      const [length, addr] = await server.read(target);
      assertEquals([length, ...target], [3, 1, 2, 3]);
      await server.writeTo(addr, foreign);
      assertEquals((await client.receive()).data, new Uint8Array([1, 2, 3]));
      const writer = client.writable.getWriter();
      await writer.write(foreign);
      assertEquals((await server.receive()).data, new Uint8Array([1, 2, 3]));
    },
  });
}
