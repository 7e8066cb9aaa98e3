import { assert, assertEquals, assertInstanceOf } from "@std/assert";
import { dialUdp } from "../../udp/dial_udp.ts";
import { listenUdp } from "../../udp/listen_udp.ts";
import { pattern } from "../tcp/support/_bytes.ts";
import {
  assertClosed,
  assertTimeout,
  errorOf,
  nextTurn,
  until,
} from "../tcp/support/_outcomes.ts";
import { type Backend, makePair, text } from "../udp/support/_support.ts";
import { testAttack } from "./_attack.ts";

const HANGS = { timeout: 60_000 };
const BACKENDS: readonly Backend[] = ["native", "node"];
/** What a datagram over IPv4 carries at most. */
const MAX_PAYLOAD = 65_507;
const KERNEL_READS_ARE_COUNTED = Deno.build.os === "linux";

for (const backend of BACKENDS) {
  const test = (name: string, attack: () => Promise<void>) =>
    testAttack(`${name} (${backend})`, attack);

  test("datagrams of 0 and 65,507 bytes arrive, and one more byte is a typed error", async () => {
    using pair = await makePair(backend);
    const { server, client } = pair;
    for (const size of [0, MAX_PAYLOAD]) {
      const data = pattern(size);
      assertEquals(await client.write(data), size);
      const received = await server.receive(HANGS);
      assertEquals(received.truncated, false);
      assertEquals(received.data, data);
    }
    const long = new Uint8Array(MAX_PAYLOAD + 1);
    const errors = [
      await errorOf(client.write(long)),
      await errorOf(server.writeTo(client.addr, long)),
    ];
    for (const error of errors) assertInstanceOf(error, RangeError);
    assertEquals([client.stats.sent, server.stats.sent], [2, 0]);
    await client.writeString("still served");
    assertEquals(text((await server.receive(HANGS)).data), "still served");
  });

  test("a datagram longer than the buffer is cut, told and counted", async () => {
    using server = await listenUdp("127.0.0.1:0", {
      backend,
      maxDatagramSize: 100,
    });
    using client = await dialUdp(server.addr, { backend });
    await client.write(pattern(101));
    const cut = await server.receive(HANGS);
    assertEquals([cut.truncated, cut.data], [true, pattern(100)]);
    await client.write(pattern(100));
    assertEquals((await server.receive(HANGS)).truncated, false);
    await client.write(pattern(50));
    const buffer = new Uint8Array(8);
    assertEquals((await server.read(buffer, HANGS))[0], 8);
    assertEquals(buffer, pattern(8));
    await client.writeString("next");
    assertEquals(text((await server.receive(HANGS)).data), "next");
    assertEquals(server.stats.truncated, 2);
  });

  test("a burst of 5,000 is received, dropped by us or dropped by the system, and nothing else", async () => {
    using pair = await makePair(backend);
    const { server, client } = pair;
    const first = server.receive(HANGS);
    const data = pattern(1000);
    const sends: Promise<number>[] = [];
    for (let index = 0; index < 5000; index++) sends.push(client.write(data));
    await Promise.all(sends);
    assertEquals((await first).data, data);
    assertEquals(client.stats.sent, 5000);

    let taken = 1;
    const lost = await server.kernelDrops();
    // Only what the system has not dropped is still to come.
    while (taken + server.stats.dropped + (lost ?? 0) < 5000) {
      const timeout = lost === undefined ? 50 : HANGS.timeout;
      const datagram = await server.receive({ timeout }).catch((error) => {
        assertTimeout(error);
        return undefined;
      });
      if (datagram === undefined) break;
      assertEquals(datagram.data.length, 1000);
      taken++;
    }
    const { received, dropped, queued, queuedBytes } = server.stats;
    assertEquals(received, taken + dropped + queued);
    assertEquals([queued, queuedBytes], [0, 0]);
    if (lost !== undefined && KERNEL_READS_ARE_COUNTED) {
      assertEquals(received + lost, 5000);
    }
    await client.writeString("still served");
    assertEquals(text((await server.receive(HANGS)).data), "still served");
  });

  test("a flood that nobody reads is held up to the limits of the queue", async () => {
    using server = await listenUdp("127.0.0.1:0", {
      backend,
      maxQueued: 50,
      maxQueuedBytes: 20_000,
      overflow: "newest",
    });
    using client = await dialUdp(server.addr, { backend });
    // From the first call on, what nobody waits for is queued.
    assertTimeout(await errorOf(server.receive({ timeout: 0 })));
    const waiting = server.receive(HANGS);
    await client.write(pattern(10));
    await waiting;
    const data = pattern(1000);
    for (let round = 0; round < 200; round++) {
      await client.write(data);
      await nextTurn();
      const { queued, queuedBytes } = server.stats;
      assert(queued <= 50 && queuedBytes <= 20_000, `${queued} queued`);
    }
    await client.writeString("x");
    const { received, dropped, queued } = server.stats;
    assert(received - 1 <= dropped + queued + 1, `${received} received`);
    while (server.stats.queued > 0) await server.receive({ timeout: 0 });
  });

  test("a stranger's datagrams do not reach a dialled connection, and are counted", async () => {
    using pair = await makePair(backend);
    const { server, client } = pair;
    using stranger = await listenUdp("127.0.0.1:0", { backend });
    const waiting = client.receive(HANGS);
    for (let index = 0; index < 20; index++) {
      await stranger.writeTo(client.addr, pattern(index));
    }
    await server.writeTo(client.addr, pattern(33));
    assertEquals((await waiting).data, pattern(33));
    await until(() => client.stats.filtered === 20);
    assertEquals(client.stats.received, 1);
    assertEquals(client.stats.queued, 0);
  });

  test("peers beyond maxSessions are dropped and counted, and those before are served", async () => {
    using server = await listenUdp("127.0.0.1:0", { backend });
    using sessions = server.sessions({ maxSessions: 3 });
    const clients = [];
    for (let index = 0; index < 10; index++) {
      const client = await dialUdp(server.addr, { backend });
      clients.push(client);
      await client.writeString(`from ${index}`);
      await until(() => server.stats.received === index + 1);
    }
    assertEquals(sessions.size, 3);
    assertEquals(server.stats.dropped, 7);
    for (let index = 0; index < 3; index++) {
      using session = await sessions.accept(HANGS);
      const datagram = await session.receive(HANGS);
      assertEquals(text(datagram?.data ?? pattern(0)), `from ${index}`);
      await session.writeString("served");
      assertEquals(text((await clients[index].receive(HANGS)).data), "served");
    }
    for (const client of clients) client.close();
  });

  test("floods from many addresses are held up to one limit for all sessions", async () => {
    using server = await listenUdp("127.0.0.1:0", { backend });
    const maxQueuedBytes = 40_000;
    using sessions = server.sessions({ maxQueuedBytes });
    const data = pattern(1000);
    const flooders = [];
    for (let index = 0; index < 10; index++) {
      const flooder = await dialUdp(server.addr, { backend });
      flooders.push(flooder);
      for (let count = 0; count < 20; count++) {
        await flooder.write(data);
        await nextTurn();
        const { queuedBytes } = server.stats;
        assert(queuedBytes <= maxQueuedBytes, `${queuedBytes} queued`);
      }
    }
    await until(() => server.stats.received >= 190);
    assert(server.stats.dropped >= server.stats.received - 40);
    for (let index = 0; index < 10; index++) {
      (await sessions.accept(HANGS)).close();
    }
    assertEquals(server.stats.queuedBytes, 0);
    await flooders[0].writeString("still served");
    const session = await sessions.accept(HANGS);
    const datagram = await session.receive(HANGS);
    assertEquals(text(datagram?.data ?? pattern(0)), "still served");
    for (const flooder of flooders) flooder.close();
  });

  test("close() during a receive and a send makes one ClosedError each, and what comes late goes to the next", async () => {
    using pair = await makePair(backend);
    const { server, client } = pair;
    assertTimeout(await errorOf(server.receive({ timeout: 1 })));
    await client.writeString("late");
    assertEquals(text((await server.receive(HANGS)).data), "late");
    const calls = [server.receive(), server.read(new Uint8Array(1))];
    const errors = calls.map(errorOf);
    server.close();
    server.close();
    for (const error of await Promise.all(errors)) assertClosed(error);
    assertClosed(await errorOf(server.receive()));
    assertClosed(await errorOf(server.writeToString(client.addr, "x")));
  });
}
