import { assert, assertEquals, assertRejects } from "@std/assert";
import { delay } from "@std/async";
import { ClosedError } from "../../internal/errors/closed_error.ts";
import { openEnds, PLACES } from "../conformance/_ends.ts";
import {
  BINARY,
  encode,
  PING,
  PONG,
  TEXT,
  toBytes,
} from "../conformance/_raw_peer.ts";

for (const [side, transport] of PLACES) {
  const where = `(${side}, ${transport})`;

  Deno.test(`ping() resolves to milliseconds at the pong with its payload ${where}`, async () => {
    using ends = await openEnds(side, transport);
    const { socket, peer } = ends;
    const first = socket.ping(toBytes("one"));
    const second = socket.ping(toBytes("two"));
    const third = socket.ping();

    assertEquals((await peer.receive())?.payload, toBytes("one"));
    assertEquals((await peer.receive())?.payload, toBytes("two"));
    const random = await peer.receive();
    assertEquals([random?.opcode, random?.payload.length], [PING, 8]);
    // One pong answers all pings up to its own; a strange one answers none.
    await peer.sendFrame(PONG, "strange");
    await peer.sendFrame(PONG, "two");
    assert(await first >= 0);
    assert(await second >= 0);
    await assertRejects(
      () => Promise.race([third, Promise.reject(new RangeError("Pending"))]),
      RangeError,
    );
    await peer.sendFrame(PONG, random?.payload);
    assert(await third >= 0);
  });

  Deno.test(`ping() ends at its limit, and its pong is ignored ${where}`, async () => {
    using ends = await openEnds(side, transport);
    const { socket, peer } = ends;
    await assertRejects(
      () => socket.ping(toBytes("late"), { timeout: 1 }),
      DOMException,
    );
    const reason = new RangeError("Stopped by the test");
    const controller = new AbortController();
    const aborted = assertRejects(
      () => socket.ping(undefined, { signal: controller.signal }),
      RangeError,
    );
    controller.abort(reason);
    assertEquals(await aborted, reason);
    await peer.sendFrame(PONG, "late");

    const next = socket.ping(toBytes("next"));
    await peer.sendFrame(PONG, "next");
    assert(await next >= 0);
  });

  Deno.test(`pong() sends a sign of life ${where}`, async () => {
    using ends = await openEnds(side, transport);
    const { socket, peer } = ends;
    await socket.pong();
    await socket.pong(toBytes("here"));

    assertEquals((await peer.receive())?.opcode, PONG);
    assertEquals((await peer.receive())?.payload, toBytes("here"));
  });

  Deno.test(`pings are answered while messages wait to be read ${where}`, async () => {
    using ends = await openEnds(side, transport);
    const { peer } = ends;
    await peer.sendFrames([
      { opcode: TEXT, payload: "unread" },
      { opcode: PING, payload: "p" },
    ]);

    const { opcode, payload } = await peer.receive() ?? {};
    assertEquals([opcode, payload], [PONG, toBytes("p")]);
  });

  Deno.test(`a flood of pings is answered by the latest when the peer does not read ${where}`, async () => {
    using ends = await openEnds(side, transport);
    const { socket, peer } = ends;
    const large = new Uint8Array(12_000_000);
    const written = socket.write(large);
    const payload = new Uint8Array(125);
    const flood: Uint8Array[] = [];
    for (let index = 0; index < 200; index++) {
      payload[0] = index;
      flood.push(encode({ opcode: PING, payload }, side === "server"));
    }
    const bytes = new Uint8Array(flood.flatMap((it) => [...it]));
    let highest = 0;
    for (let round = 0; round < 50; round++) {
      await peer.send(bytes);
      highest = Math.max(highest, socket.bufferedBytes);
    }
    await peer.sendFrame(PING, "last");
    await peer.sendFrame(TEXT, "end of flood");
    assertEquals(await socket.read(), "end of flood");

    assert(highest <= large.length + 14 + 70_000, `${highest} bytes wait`);
    assertEquals((await peer.receive())?.opcode, BINARY);
    await written;
    const frame = await peer.receive();
    assertEquals([frame?.opcode, frame?.payload], [PONG, toBytes("last")]);
  });
}

// Over sockets only: the timers of heartbeats keep no process alive, and the
// pipe has nothing else that does.
for (const side of ["server", "client"] as const) {
  const transport = "tcp";
  const where = `(${side})`;

  Deno.test(`a heartbeat pings, and a pong keeps the connection ${where}`, async () => {
    using ends = await openEnds(side, transport, {
      pingInterval: 2,
      pongTimeout: 5000,
    });
    const { socket, peer } = ends;
    for (let index = 0; index < 5; index++) {
      const frame = await peer.receive();
      assertEquals([frame?.opcode, frame?.payload.length], [PING, 0]);
      await peer.sendFrame(PONG);
    }
    assertEquals(socket.state, 1);
  });

  Deno.test(`a heartbeat cuts a peer that sends no pong ${where}`, async () => {
    using ends = await openEnds(side, transport, {
      pingInterval: 2,
      pongTimeout: 10,
    });
    const { socket, peer } = ends;
    const error = await assertRejects(() => socket.read(), DOMException);

    assertEquals(error.name, "TimeoutError");
    assertEquals((await socket.closed).code, 1006);
    while (await peer.receive() !== undefined);
  });

  Deno.test(`a heartbeat cuts a peer that has stopped reading ${where}`, async () => {
    using ends = await openEnds(side, transport, {
      pingInterval: 5,
      pongTimeout: 20,
    });
    const { socket } = ends;
    const writing = assertRejects(
      () => socket.write(new Uint8Array(20_000_000)),
      ClosedError,
    );

    assertEquals((await socket.closed).code, 1006);
    await writing;
  });

  Deno.test(`a heartbeat does not cut while it is this side that does not read ${where}`, async () => {
    using ends = await openEnds(side, transport, {
      pingInterval: 2,
      pongTimeout: 10,
    });
    const { socket, peer } = ends;
    // The queue is full, and the pongs are behind what waits.
    const count = 3000;
    const sending = peer.sendFrames(
      Array.from({ length: count }, () => ({ opcode: TEXT, payload: "x" })),
    );
    const answering = (async () => {
      for (;;) {
        const frame = await peer.receive();
        if (frame === undefined) return;
        if (frame.opcode === PING) await peer.sendFrame(PONG, frame.payload);
      }
    })();
    await delay(80);

    assertEquals(socket.state, 1);
    for (let index = 0; index < count; index++) {
      assertEquals(await socket.read(), "x");
    }
    await sending;
    assertEquals(socket.state, 1);
    socket.terminate();
    await answering;
  });
}

Deno.test("ping() and pong() reject payloads that no control frame carries", async () => {
  using ends = await openEnds("client", "pipe");
  const { socket, peer } = ends;
  const strange = [200, "text", new Float32Array(9), new ArrayBuffer(8)];
  for (const data of strange) {
    const payload = data as unknown as Uint8Array;
    await assertRejects(() => socket.ping(payload), TypeError);
    await assertRejects(() => socket.pong(payload), TypeError);
  }
  await assertRejects(() => socket.ping(new Uint8Array(126)), RangeError);
  await assertRejects(() => socket.pong(new Uint8Array(126)), RangeError);

  await socket.write("nothing leaked");
  assertEquals((await peer.receive())?.opcode, TEXT);
});
