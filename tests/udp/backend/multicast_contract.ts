import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { dialUdp, type JoinMulticastOptions, listenUdp } from "@vnet/net/udp";
import { assertTimeout } from "../support/_asserts.ts";
import {
  type Backend,
  canBind,
  canSendTo,
  isGranted,
  text,
  turn,
} from "../support/_support.ts";

const LOOPBACK = { interface: "127.0.0.1" };
const hasMulticast = await canSendTo("239.1.2.3", "127.0.0.1:0");
const hasMulticast6 = canBind("::1") && isGranted("sys") &&
  Deno.networkInterfaces().some(({ scopeid }) => scopeid) &&
  await canSendTo("[ff02::1234]", "[::]:0");

/** Registers what has to hold for multicast on either back end. */
export function testMulticast(backend: Backend): void {
  const test = (name: string, fn: () => Promise<void>, ignore = false) =>
    Deno.test({ name: `${name} (${backend})`, fn, ignore });

  test(
    "a member receives what is sent to its groups, until it leaves",
    async () => {
      using receiver = await listenUdp(":0", { backend });
      using sender = await listenUdp("127.0.0.1:0", { backend });
      const { port } = receiver.addr;
      const one = await receiver.joinMulticast("239.1.2.3", LOOPBACK);
      await using two = await receiver.joinMulticast("239.1.2.4", LOOPBACK);
      assertEquals([one.group, one.interface], ["239.1.2.3", "127.0.0.1"]);
      assertEquals(two.group, "239.1.2.4");

      await sender.writeToString(`239.1.2.3:${port}`, "to one");
      await sender.writeToString(`239.1.2.4:${port}`, "to two");
      assertEquals(text((await receiver.receive()).data), "to one");
      const { data, addr } = await receiver.receive();
      assertEquals(text(data), "to two");
      assertEquals(addr, sender.addr);

      await one.leave();
      await sender.writeToString(`239.1.2.3:${port}`, "to nobody");
      await sender.writeToString(`239.1.2.4:${port}`, "to two again");
      assertEquals(text((await receiver.receive()).data), "to two again");
      await receiver.joinMulticast("239.1.2.3", LOOPBACK);
      await sender.writeToString(`239.1.2.3:${port}`, "back");
      assertEquals(text((await receiver.receive()).data), "back");
    },
    !hasMulticast,
  );

  test("members share a port with reuseAddress", async () => {
    const options = { backend, reuseAddress: true } as const;
    using first = await listenUdp(":0", options);
    const { port } = first.addr;
    using second = await listenUdp(`:${port}`, options);
    for (const conn of [first, second]) {
      await conn.joinMulticast("239.1.2.3", LOOPBACK);
    }
    using sender = await dialUdp(`239.1.2.3:${port}`, { backend });
    using local = await listenUdp("127.0.0.1:0", { backend });
    await local.writeToString(`239.1.2.3:${port}`, "to all");

    assertEquals(text((await first.receive()).data), "to all");
    assertEquals(text((await second.receive()).data), "to all");
    assertEquals(sender.remoteAddr?.hostname, "239.1.2.3");
  }, !hasMulticast);

  test("what is no group, or none of the family, is told as such", async () => {
    using conn = await listenUdp(":0", { backend });
    const join = (group: string, options = {}) =>
      conn.joinMulticast(group, options);

    await assertRejects(() => join("group.example"), SyntaxError, "numeric");
    await assertRejects(
      () => join("10.0.0.1"),
      RangeError,
      "expected a multicast address, 224.0.0.0 to 239.255.255.255",
    );
    await assertRejects(() => join("::1"), RangeError);
    await assertRejects(
      () => join("ff02::1234"),
      TypeError,
      "expected an IPv4 group",
    );
    await assertRejects(
      () => join("239.1.2.3", { interface: "lo" }),
      TypeError,
      "expected its IPv4 address",
    );
    await assertRejects(
      () => join("239.1.2.3", { interface: 1 }),
      TypeError,
    );
    await assertRejects(() => join("239.1.2.3", { ttl: 0 }), RangeError);
    await assertRejects(() => join("239.1.2.3", { ttl: 256 }), RangeError);
    await assertRejects(
      () => join("239.1.2.3", { interface: "203.0.113.1" }),
      Error,
      "Cannot join 239.1.2.3 on 203.0.113.1",
    );
  });

  test("options of a group that can't be are told before it is joined", async () => {
    using conn = await listenUdp(":0", { backend });
    const join = (group: unknown, options?: unknown) =>
      conn.joinMulticast(group as string, options as JoinMulticastOptions);
    const wrong: [group: unknown, options?: unknown][] = [
      [undefined],
      [5],
      ["239.1.2.3", null],
      ["239.1.2.3", "127.0.0.1"],
      ["239.1.2.3", { loopback: "no" }],
      ["239.1.2.3", { loopback: 0 }],
      ["239.1.2.3", { ttl: "1" }],
      ["239.1.2.3", { interface: null }],
    ];
    for (const [group, options] of wrong) {
      await assertRejects(() => join(group, options), TypeError, "Cannot use");
    }
    const off = "no" as unknown as boolean;
    await assertRejects(() => conn.setMulticastLoopback(off), TypeError);
    const none = undefined as unknown as string;
    await assertRejects(() => conn.setMulticastInterface(none), TypeError);
    assertThrows(() => conn.setBroadcast(off), TypeError);
  });

  test("joining twice is AddrInUse, until the group is left", async () => {
    using conn = await listenUdp(":0", { backend });
    const membership = await conn.joinMulticast("239.1.2.3", LOOPBACK);
    await assertRejects(
      () => conn.joinMulticast("239.1.2.3", LOOPBACK),
      Deno.errors.AddrInUse,
      "a member already",
    );
    await membership.leave();
    await conn.joinMulticast("239.1.2.3", { ...LOOPBACK, ttl: 4 });
    await conn.setMulticastTtl(255);
    await conn.setMulticastLoopback(false);
    await assertRejects(() => conn.setMulticastTtl(1.5), RangeError);
  });

  test("loopback: false keeps what is sent from this machine", async () => {
    using conn = await listenUdp(":0", { backend });
    const { port } = conn.addr;
    const group = `239.1.2.3:${port}`;
    await conn.joinMulticast("239.1.2.3");
    await conn.writeToString(group, "heard");
    assertEquals(text((await conn.receive()).data), "heard");
    await conn.setMulticastLoopback(false);
    await conn.writeToString(group, "not heard");
    await conn.writeToString(`127.0.0.1:${port}`, "heard too");

    assertEquals(text((await conn.receive()).data), "heard too");
    await turn();
    await assertTimeout(conn.receive({ timeout: 0 }));
  }, !(hasMulticast && hasMulticast6));

  test("an IPv6 group works, its hop limit does not", async () => {
    using conn = await listenUdp("[::]:0", { backend });
    const { port } = conn.addr;
    for (const wrong of [-1, 1.5, NaN, ""]) {
      await assertRejects(
        () => conn.joinMulticast("ff02::1234", { interface: wrong }),
        TypeError,
        "expected its name",
      );
    }
    const membership = await conn.joinMulticast("ff02:0::1234");
    assertEquals(membership.group, "ff02::1234");
    await conn.writeToString(`[ff02::1234]:${port}`, "to all");
    assertEquals(text((await conn.receive()).data), "to all");
    await conn.setMulticastLoopback(false);
    await membership.leave();

    await assertRejects(
      () => conn.joinMulticast("ff02::1234", { ttl: 4 }),
      Deno.errors.NotSupported,
      "hop limit",
    );
    await assertRejects(
      () => conn.joinMulticast("239.1.2.3"),
      TypeError,
      "expected an IPv6 group",
    );
  }, !hasMulticast6);

  test("an IPv6 interface goes by index and by name", async () => {
    const found = Deno.networkInterfaces().find(({ scopeid }) => scopeid);
    const { name = "", scopeid } = found ?? {};
    const index = scopeid ?? 0;
    for (const networkInterface of [index, name]) {
      using conn = await listenUdp("[::]:0", { backend });
      const { port } = conn.addr;
      await conn.joinMulticast("ff02::1234", { interface: networkInterface });
      await conn.writeToString(`[ff02::1234%${name}]:${port}`, "to all");
      assertEquals(text((await conn.receive()).data), "to all");
    }
    using conn = await listenUdp("[::]:0", { backend });
    const unknown = backend === "native" ? "nowhere0" : 4242;
    await assertRejects(
      () => conn.joinMulticast("ff02::1234", { interface: unknown }),
      Deno.errors.NotSupported,
      backend === "native" ? "expected the index" : "expected the name",
    );
  }, !hasMulticast6 || Deno.build.os === "windows");
}
