import { assertEquals } from "@std/assert";
import { dialTcp } from "../../tcp/dial_tcp.ts";
import { listenTcp } from "../../tcp/listen_tcp.ts";
import { assertSameBytes, drain, pattern } from "../tcp/support/_bytes.ts";
import { FaultRelay } from "../_fault_relay.ts";
import { connectListened } from "./_linked.ts";
import { testStreamFaults } from "./_stream.ts";

const HANGS = { timeout: 60_000 };

testStreamFaults({
  name: "TCP",
  isAvailable: true,
  isTls: false,
  canReset: true,
  connect: (faults) =>
    connectListened(
      () => listenTcp("127.0.0.1:0"),
      (addr) => dialTcp(addr, HANGS),
      faults,
    ),
});

Deno.test("TCP goes on in one direction when a relay has ended the other", async () => {
  using listener = listenTcp("127.0.0.1:0");
  const faults = { up: { endAt: 1000 } };
  await using relay = await FaultRelay.start(listener.addr, faults);
  const accepting = listener.accept(HANGS);
  using client = await dialTcp(relay.addr, HANGS);
  using server = await accepting;
  await client.write(pattern(1000));
  assertSameBytes(await drain(server), pattern(1000));
  assertEquals(server.state, "writeOnly");
  const answer = pattern(500_000);
  const writing = server.write(answer).then(() => server.closeWrite());
  assertSameBytes(await drain(client), answer);
  await writing;
});

Deno.test("lines come whole through a relay that passes on single bytes", async () => {
  using listener = listenTcp("127.0.0.1:0");
  const faults = { up: { slice: 1 }, down: { slice: 2, delay: 1 } };
  await using relay = await FaultRelay.start(listener.addr, faults);
  const serving = (async () => {
    using conn = await listener.accept(HANGS);
    for await (const line of conn.lines(HANGS)) {
      await conn.writeString(`${line.toUpperCase()}\r\n`);
    }
  })();
  using client = await dialTcp(relay.addr, HANGS);
  const lines = [
    "one",
    "",
    "zwei drei \u00fc",
    "漢字 \u{1f600}",
    "x".repeat(300),
  ];
  await client.writeString(lines.join("\r\n"));
  await client.closeWrite();
  assertEquals(
    await Array.fromAsync(client.lines(HANGS)),
    lines.map((line) => line.toUpperCase()),
  );
  await serving;
});

Deno.test("a line that a relay cuts is told from one that has ended", async () => {
  using listener = listenTcp("127.0.0.1:0");
  for (const [endAt, expected] of [[5, "four"], [6, "s"]] as const) {
    await using relay = await FaultRelay.start(listener.addr, {
      up: { endAt },
    });
    const accepting = listener.accept(HANGS);
    using client = await dialTcp(relay.addr, HANGS);
    using server = await accepting;
    await client.writeString("four\nsecond\n");
    const lines = await Array.fromAsync(server.lines(HANGS));
    assertEquals(lines.at(-1), expected);
    assertEquals(lines.length, endAt - 4);
  }
});
