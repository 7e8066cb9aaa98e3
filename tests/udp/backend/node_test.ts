import { assertEquals, assertRejects } from "@std/assert";
import { listenUdp } from "@vnet/net/udp";
import { testContract } from "../contract.ts";
import { testMulticast } from "./multicast_contract.ts";
import { testSessions } from "../sessions_contract.ts";
import { testStreams } from "../receiving/streams_contract.ts";
import { text } from "../support/_support.ts";

testContract("node");
testStreams("node");
testSessions("node");
testMulticast("node");

Deno.test("The Node back end sends to groups by the interface it is told", async () => {
  using receiver = await listenUdp(":0", { backend: "node" });
  await receiver.joinMulticast("239.1.2.3", { interface: "127.0.0.1" });
  using sender = await listenUdp(":0", { backend: "node" });
  await sender.setMulticastInterface("127.0.0.1");
  await sender.setMulticastTtl(4);
  await sender.setMulticastLoopback(true);
  await sender.writeToString(`239.1.2.3:${receiver.addr.port}`, "to all");

  const { data, addr } = await receiver.receive();
  assertEquals(text(data), "to all");
  assertEquals(addr.hostname, "127.0.0.1");
  await assertRejects(
    () => sender.setMulticastInterface("203.0.113.1"),
    Error,
    "Cannot set the multicast interface to 203.0.113.1",
  );
  await assertRejects(() => sender.setMulticastInterface("lo"), TypeError);
});

Deno.test(
  "The Node back end needs setBroadcast(true) for the broadcast address of a network",
  {
    ignore: Deno.build.os !== "linux",
  },
  async () => {
    using conn = await listenUdp("0.0.0.0:0", { backend: "node" });

    await assertRejects(
      () => conn.writeToString("127.255.255.255:9", "hello"),
      Error,
      "Cannot send to 127.255.255.255:9",
    );
  },
);
