import { assertEquals, assertThrows } from "@std/assert";
import { addressFamily } from "../../../internal/address/address_family.ts";
import { dialUdp } from "../../../udp/dial_udp.ts";
import { listenUdp } from "../../../udp/listen_udp.ts";
import { dialTcp } from "../../../tcp/dial_tcp.ts";
import { listenTcp } from "../../../tcp/listen_tcp.ts";

type Addr = Parameters<typeof addressFamily>[0];

const known: [addr: Addr, family: string][] = [
  [{ hostname: "127.0.0.1" }, "IPv4"],
  [{ hostname: "0.0.0.0" }, "IPv4"],
  [{ hostname: "::" }, "IPv6"],
  [{ hostname: "fe80::1%eth0" }, "IPv6"],
  [{ hostname: "::ffff:192.0.2.1" }, "IPv6"],
  [{ transport: "unix", path: "/run/example.sock" }, "unix"],
  [{ transport: "unixpacket", path: "\0abstract" }, "unix"],
  [{ transport: "unix", path: "" }, "unix"],
];

for (const [addr, family] of known) {
  Deno.test(`addressFamily() of ${JSON.stringify(addr)} is ${family}`, () => {
    assertEquals(addressFamily(addr), family);
  });
}

Deno.test("addressFamily() takes the addresses of connections and datagrams", async () => {
  using listener = listenTcp("127.0.0.1:0");
  using conn = await dialTcp(listener.addr);
  using server = await listenUdp("127.0.0.1:0");
  using client = await dialUdp(server.addr);
  await client.writeString("hello");
  const { addr } = await server.receive();
  const addrs = [listener.addr, conn.localAddr, conn.remoteAddr, addr];
  assertEquals(addrs.map(addressFamily), ["IPv4", "IPv4", "IPv4", "IPv4"]);
  assertEquals(addressFamily(server.addr), "IPv4");
});

Deno.test("addressFamily() throws for what has no family", () => {
  for (
    const [addr, shown] of [
      [{ hostname: "localhost" }, '"localhost"'],
      [{ hostname: "" }, '""'],
      [{ transport: "pipe", end: "left" }, "an object without an address"],
      ["127.0.0.1", "127.0.0.1"],
      [null, "null"],
      [undefined, "undefined"],
    ] as const
  ) {
    assertThrows(
      () => addressFamily(addr as unknown as Addr),
      TypeError,
      `Cannot tell the family of ${shown}: expected a numeric address, or a path`,
    );
  }
});
