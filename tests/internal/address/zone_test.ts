import { assertEquals, assertStrictEquals } from "@std/assert";
import {
  addZone,
  isLinkLocal,
  keepZone,
  withoutZone,
  withZone,
  zoneOf,
} from "../../../internal/address/zone.ts";

function raw(hostname: string) {
  const addr: Deno.NetAddr = { transport: "tcp", hostname, port: 9 };
  return { addr, localAddr: addr, remoteAddr: addr };
}

Deno.test("zoneOf() and withoutZone() split an IPv6 address", () => {
  const cases = [
    ["fe80::1%eth0", "eth0", "fe80::1"],
    ["fe80::1%3", "3", "fe80::1"],
    ["fe80::1", undefined, "fe80::1"],
    ["192.0.2.1", undefined, "192.0.2.1"],
    ["not%an.address", undefined, "not%an.address"],
    ["fe80::1%", undefined, "fe80::1%"],
  ] as const;
  for (const [hostname, zone, bare] of cases) {
    assertEquals(zoneOf(hostname), zone);
    assertEquals(withoutZone(hostname), bare);
  }
});

Deno.test("withZone() completes link-local addresses, and no others", () => {
  const linkLocal = ["fe80::1", "FE80::1", "fe81::1", "febf::1", "fe90:1::2"];
  const others = ["fe80::1%eth1", "fec0::1", "2001:db8::1", "::1", "fe80.test"];
  assertEquals(linkLocal.filter(isLinkLocal), linkLocal);
  assertEquals(others.filter(isLinkLocal), []);
  assertEquals(withZone("fe80::1", "eth0"), "fe80::1%eth0");
  for (const other of others) assertEquals(withZone(other, "eth0"), other);
});

Deno.test("addZone() completes all addresses of what the runtime gives", () => {
  const conn = raw("fe80::1");
  assertStrictEquals(addZone(conn, "eth0"), conn);
  const expected = { transport: "tcp", hostname: "fe80::1%eth0", port: 9 };
  assertEquals(conn.addr, expected as Deno.NetAddr);
  assertEquals(conn.localAddr, expected as Deno.NetAddr);
  assertEquals(conn.remoteAddr, expected as Deno.NetAddr);
  assertEquals(addZone(raw("::1"), "eth0"), raw("::1"));
  assertEquals(keepZone(raw("fe80::1"), "fe80::1"), raw("fe80::1"));
  assertEquals(
    keepZone(raw("fe80::1"), "fe80::2%eth0").addr.hostname,
    "fe80::1%eth0",
  );
});
