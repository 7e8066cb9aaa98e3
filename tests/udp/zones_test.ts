import { assertEquals, assertObjectMatch, assertRejects } from "@std/assert";
import { linkLocalAddresses, withZone } from "../../internal/address/zone.ts";
import { makeUdpAddr } from "../../udp/_addresses.ts";
import { Zones } from "../../udp/_zones.ts";
import { listenUdp } from "../../udp/listen_udp.ts";
import { FakeBackend, makeConn } from "./support/_fake_backend.ts";
import { bytes } from "./support/_support.ts";

const [link] = linkLocalAddresses();
const hasOneLink = linkLocalAddresses().length === 1;

const ETH0 = { name: "eth0", address: "fe80::e0" };
const ETH1 = { name: "eth1", address: "fe80::e1" };

function complete(zones: Zones, hostname: string): string {
  return zones.complete(makeUdpAddr(hostname, 5000)).hostname;
}

Deno.test("Zones completes link-local addresses by the bound zone or the only link", () => {
  const bound = new Zones("wlan0", () => [ETH0, ETH1]);
  assertEquals(complete(bound, "fe80::1"), "fe80::1%wlan0");
  const single = new Zones(undefined, () => [ETH0, { ...ETH0, address: "b" }]);
  assertEquals(complete(single, "fe80::1"), "fe80::1%eth0");
  for (const other of ["fd00::1", "192.0.2.1", "::1", "fe80::1%x", "fee.a"]) {
    assertEquals(complete(single, other), other);
    assertEquals(single.isAmbiguous(other), false);
  }
});

Deno.test("Zones knows which addresses are on one of several links", () => {
  const zones = new Zones(undefined, () => [ETH0, ETH1]);
  assertEquals(complete(zones, "fe80::1"), "fe80::1");
  assertEquals(zones.isAmbiguous("fe80::1"), true);
  assertEquals(zones.isAmbiguous("fe80::1%eth1"), false);
  // This machine's own address tells its link.
  assertEquals(complete(zones, "fe80::e1"), "fe80::e1%eth1");
  assertEquals(zones.isAmbiguous("fe80::e1"), false);
  assertEquals(new Zones(undefined, () => []).isAmbiguous("fe80::1"), false);
});

Deno.test("An answer that may leave by several links is refused, and not lost", async () => {
  const backend = new FakeBackend(true, "::");
  const zones = new Zones(undefined, () => [ETH0, ETH1]);
  using conn = makeConn(backend, undefined, zones);
  const receiving = conn.receive();
  backend.sink?.onDatagram(bytes("hello"), makeUdpAddr("fe80::1", 5000));
  const { addr } = await receiving;
  const error = await assertRejects(
    () => conn.writeTo(addr, bytes("answer")),
    Deno.errors.NetworkUnreachable,
    'Cannot send to [fe80::1]:5000: this machine has several links, expected an address with a zone, such as "fe80::1%eth0", or a connection bound to one',
  );
  assertObjectMatch(error, {
    operation: "send",
    address: "[fe80::1]:5000",
    code: "ENETUNREACH",
  });
  assertEquals(backend.sends.length, 0);

  conn.writeTo({ ...addr, hostname: "fe80::1%eth1" }, bytes("answer"))
    .catch(() => {});
  assertEquals(backend.sends[0]?.target.hostname, "fe80::1%eth1");
});

for (const backend of ["node", "native"] as const) {
  const isMissing = backend === "native" && !("listenDatagram" in Deno);

  Deno.test({
    name:
      `${backend}: on a machine with one link, a link-local peer shows with its zone`,
    ignore: !hasOneLink || isMissing,
    fn: async () => {
      const own = withZone(link.address, link.name);
      using server = await listenUdp("[::]:0", { backend });
      using client = await listenUdp(`[${own}]:0`, { backend });
      assertEquals(client.addr.hostname, own);
      const { port } = server.addr;
      await client.writeToString({ hostname: own, port }, "hello");
      const { addr, data } = await server.receive({ timeout: 60_000 });
      assertEquals(addr, client.addr);
      await server.writeTo(addr, data);
      const answer = await client.receive({ timeout: 60_000 });
      assertEquals(answer.addr, { transport: "udp", hostname: own, port });
    },
  });
}
