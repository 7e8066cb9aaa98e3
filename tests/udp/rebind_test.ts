// Apart from others, as a process that is started in another thread has the
// socket, too, until its program runs.
import { assertEquals, assertRejects } from "@std/assert";
import { ClosedError, listenUdp } from "@vnet/net/udp";

for (const backend of ["native", "node"] as const) {
  Deno.test(`a port can be bound again as soon as its connection is closed (${backend})`, async () => {
    const first = await listenUdp("127.0.0.1:0", { backend });
    const waiting = assertRejects(() => first.receive(), ClosedError);
    first.close();
    using second = await listenUdp(first.addr, { backend });

    assertEquals(second.addr, first.addr);
    await waiting;
  });
}
