import { assertEquals } from "@std/assert";
import { onlyZone, withZone } from "../../internal/address/zone.ts";
import { listenUdp } from "../../udp/listen_udp.ts";

const zone = onlyZone();

/** A link-local address of this machine, with its zone. */
function ownAddress(): string {
  const own = Deno.networkInterfaces().find(({ name, address }) =>
    name === zone && address.startsWith("fe80")
  );
  return withZone(own?.address ?? "", zone ?? "");
}

for (const backend of ["node", "native"] as const) {
  const isMissing = backend === "native" && !("listenDatagram" in Deno);

  Deno.test({
    name:
      `${backend}: on a machine with one link, a link-local peer shows with its zone`,
    ignore: zone === undefined || isMissing,
    fn: async () => {
      const own = ownAddress();
      using server = await listenUdp("[::]:0", { backend });
      using client = await listenUdp(`[${own}]:0`, { backend });
      assertEquals(client.addr.hostname, own);
      const { port } = server.addr;
      await client.writeToString({ hostname: own, port }, "hello");
      const { addr, data } = await server.receive({ timeout: 10_000 });
      assertEquals(addr, client.addr);
      await server.writeTo(addr, data);
      const answer = await client.receive({ timeout: 10_000 });
      assertEquals(answer.addr, { transport: "udp", hostname: own, port });
    },
  });
}
