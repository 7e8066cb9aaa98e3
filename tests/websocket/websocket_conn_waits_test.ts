import { assertEquals, assertRejects } from "@std/assert";
import { runInNewContext } from "node:vm";
import type { WaitOptions } from "../../internal/wait/wait_options.ts";
import { PreparedMessage } from "../../websocket/prepared_message.ts";
import { openEnds, PLACES } from "../conformance/_ends.ts";
import { BINARY, PING, PONG, toBytes } from "../conformance/_raw_peer.ts";

const LARGE = new Uint8Array(12_000_000);

for (const [side, transport] of PLACES) {
  const where = `(${side}, ${transport})`;

  Deno.test(`flushed() and pong() end at a limit, a deadline and a signal ${where}`, async () => {
    using ends = await openEnds(side, transport);
    const { socket, peer } = ends;
    const written = socket.write(LARGE);
    const reason = new RangeError("Stopped by the test");
    for (
      const wait of [
        (limits: object) => socket.flushed(limits),
        (limits: object) => socket.pong(toBytes("p"), limits),
      ]
    ) {
      for (const limits of [{ timeout: 1 }, { deadline: Date.now() + 1 }]) {
        const error = await assertRejects(() => wait(limits), DOMException);
        assertEquals(error.name, "TimeoutError");
      }
      const controller = new AbortController();
      const waiting = wait({ signal: controller.signal });
      controller.abort(reason);
      assertEquals(await assertRejects(() => waiting), reason);
      await assertRejects(() => wait({ timeout: -1 }), RangeError);
      await assertRejects(() => wait({ signal: 5 }), TypeError);
    }
    const flushed = socket.flushed({ timeout: 60_000 });
    assertEquals((await peer.receive())?.payload.length, LARGE.length);
    await Promise.all([written, flushed]);
    await socket.pong(toBytes("last"), { timeout: 60_000 });
    let frame = await peer.receive();
    while (frame?.payload.length === 1) frame = await peer.receive();
    assertEquals([frame?.opcode, frame?.payload], [PONG, toBytes("last")]);
  });

  Deno.test(`bytes of another realm are sent ${where}`, async () => {
    using ends = await openEnds(side, transport);
    const { socket, peer } = ends;
    const foreign: Uint8Array = runInNewContext("new Uint8Array([1, 2, 3])");
    assertEquals(foreign instanceof Uint8Array, false);
    await socket.write(foreign);
    socket.send(new PreparedMessage(foreign));
    await socket.writable.getWriter().write(foreign);
    const pinging = socket.ping(foreign);
    await socket.pong(foreign);
    for (const opcode of [BINARY, BINARY, BINARY, PING, PONG]) {
      const frame = await peer.receive();
      assertEquals(frame?.opcode, opcode);
      assertEquals(frame?.payload, new Uint8Array([1, 2, 3]));
    }
    await peer.sendFrame(PONG, new Uint8Array([1, 2, 3]));
    await pinging;
  });
}

Deno.test("a view whose memory was transferred away is refused", async () => {
  using ends = await openEnds("server", "pipe");
  const { socket, peer } = ends;
  const view = new Uint8Array(4);
  view.buffer.transfer();
  await assertRejects(() => socket.write(view), TypeError, "transferred");
  await assertRejects(() => socket.ping(view), TypeError, "transferred");
  await assertRejects(() => socket.pong(view), TypeError, "transferred");
  await assertRejects(
    () => Promise.resolve().then(() => new PreparedMessage(view)),
    TypeError,
    "transferred",
  );
  await socket.write(new Uint8Array(0));
  assertEquals((await peer.receive())?.payload.length, 0);
  const writer = socket.writable.getWriter();
  const closed = assertRejects(() => writer.closed, TypeError);
  await assertRejects(() => writer.write(view), TypeError, "transferred");
  await closed;
});

Deno.test("limits that are no object are refused by the call's promise", async () => {
  using ends = await openEnds("server", "pipe");
  const { socket, peer } = ends;
  for (const bad of [null, 1000, "1000"]) {
    const wait = bad as unknown as WaitOptions;
    const calls: (() => Promise<unknown>)[] = [
      () => socket.read(wait),
      () => socket.readMessage(wait),
      () => socket.write("x", wait),
      () => socket.ping(new Uint8Array(1), wait),
      () => socket.pong(new Uint8Array(1), wait),
      () => socket.flushed(wait),
      () => socket.writeMessage(BINARY, wait),
    ];
    for (const call of calls) {
      await assertRejects(call, TypeError, "expected an object");
    }
  }
  await socket.write("whole");
  assertEquals((await peer.receive())?.payload, toBytes("whole"));
});
