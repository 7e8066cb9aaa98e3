import { assertRejects } from "@std/assert";
import { listenUdp } from "@vnet/net/udp";
import { testContract } from "../contract.ts";
import { testMulticast } from "./multicast_contract.ts";
import { testSessions } from "../sessions_contract.ts";
import { testStreams } from "../receiving/streams_contract.ts";

testContract("native");
testStreams("native");
testSessions("native");
testMulticast("native");

Deno.test("The native back end says what it can't do before a group is joined", async () => {
  using conn = await listenUdp(":0", { backend: "native" });

  for (
    const call of [
      () => conn.setMulticastTtl(4),
      () => conn.setMulticastLoopback(false),
      () => conn.setMulticastInterface("127.0.0.1"),
    ]
  ) {
    await assertRejects(
      call,
      Deno.errors.NotSupported,
      '{ backend: "node" }',
    );
  }
});
