import { assertEquals } from "@std/assert";
import { TcpListener } from "../../../tcp/tcp_listener.ts";
import { until } from "../support/_outcomes.ts";

/** A listener whose peers come from the addresses that the test says. */
function fakeListener(hostnames: string[]) {
  const counts = { closed: 0 };
  const local: Deno.NetAddr = { transport: "tcp", hostname: "::", port: 9 };
  const rest = [...hostnames];
  const idle = Promise.withResolvers<never>();
  idle.promise.catch(() => {});
  const raw = {
    addr: local,
    accept(): Promise<unknown> {
      const hostname = rest.shift();
      if (hostname === undefined) return idle.promise;
      return Promise.resolve({
        localAddr: local,
        remoteAddr: { transport: "tcp", hostname, port: 50_000 },
        close: () => void counts.closed++,
        setNoDelay() {},
        setKeepAlive() {},
        ref() {},
        unref() {},
      });
    },
    close: () => idle.reject(new Deno.errors.BadResource("Closed")),
    ref() {},
    unref() {},
  };
  return { raw: raw as unknown as Deno.TcpListener, counts };
}

Deno.test("maxConnectionsPerIp counts IPv6 peers by their first 64 bits", async () => {
  const { raw, counts } = fakeListener([
    "2001:db8:1:2::1",
    "2001:db8:1:2:ffff::2",
    "2001:db8:1:2::3",
    "2001:db8:1:3::1",
  ]);
  using listener = new TcpListener(raw, { maxConnectionsPerIp: 2 });
  const [first, second, other] = [
    await listener.accept(),
    await listener.accept(),
    await listener.accept(),
  ];
  assertEquals(second.peerIp, "2001:db8:1:2:ffff::2");
  assertEquals(other.peerIp, "2001:db8:1:3::1");
  assertEquals([listener.droppedCount, counts.closed], [1, 1]);
  for (const ip of ["2001:db8:1:2::1", "2001:DB8:1:2::ffff"]) {
    assertEquals(listener.connectionCountOf(ip), 2);
  }
  assertEquals(listener.connectionCountOf("2001:db8:1:3::9"), 1);
  for (const conn of [first, second, other]) conn.close();
  await until(() => listener.connectionCountOf("2001:db8:1:2::1") === 0);
});

Deno.test("maxConnectionsPerIp counts an IPv4 peer as one, in both its forms", async () => {
  const { raw, counts } = fakeListener([
    "::ffff:192.0.2.1",
    "192.0.2.1",
    "::ffff:192.0.2.2",
  ]);
  using listener = new TcpListener(raw, { maxConnectionsPerIp: 1 });
  const conns = [await listener.accept(), await listener.accept()];
  assertEquals(conns[1]?.peerIp, "192.0.2.2");
  assertEquals([listener.droppedCount, counts.closed], [1, 1]);
  assertEquals(listener.connectionCountOf("192.0.2.1"), 1);
  assertEquals(listener.connectionCountOf("::ffff:192.0.2.1"), 1);
  for (const conn of conns) conn.close();
});
