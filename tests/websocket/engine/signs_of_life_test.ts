import { assertEquals } from "@std/assert";
import { delay } from "@std/async";
import { openEnds } from "../../conformance/_ends.ts";
import {
  BINARY,
  encode,
  PING,
  PONG,
  TEXT,
} from "../../conformance/_raw_peer.ts";
import { beBusy } from "../../internal/_be_busy.ts";
import { StoppedClock } from "../../tcp/support/_stopped_clock.ts";
import { sendSlowly, soon } from "../support/_slow.ts";

const MIB = 1024 * 1024;

for (const side of ["server", "client"] as const) {
  const where = `(${side})`;

  Deno.test(`a peer is not cut in the middle of a frame that comes slowly ${where}`, async () => {
    using ends = await openEnds(side, "tcp", {
      pingInterval: 50,
      pongTimeout: 150,
    });
    const { socket, peer } = ends;
    const payload = new Uint8Array(8_000);
    const frame = encode({ opcode: BINARY, payload }, side === "server");
    await sendSlowly(peer, frame);
    assertEquals((await soon(socket.read()))?.length, payload.length);
    assertEquals(socket.state, 1);
  });

  Deno.test(`a peer that sends other frames and no pong is not cut ${where}`, async () => {
    using ends = await openEnds(side, "tcp", {
      pingInterval: 5,
      pongTimeout: 100,
    });
    const { socket, peer } = ends;
    for (let count = 0; count < 20; count++) {
      await peer.sendFrame(count % 2 === 0 ? TEXT : PING, "x");
      await delay(20);
    }
    assertEquals(socket.state, 1);
    // When it falls silent, it is cut.
    assertEquals((await soon(socket.closed)).code, 1006);
  });

  Deno.test(`a peer whose pong waits in the socket while the process is busy is not cut ${where}`, async () => {
    using ends = await openEnds(side, "tcp", {
      pingInterval: 5,
      pongTimeout: 60,
    });
    const { socket, peer } = ends;
    for (let round = 0; round < 3; round++) {
      assertEquals((await soon(peer.receive()))?.opcode, PING);
      await peer.sendFrame(PONG);
      beBusy(200);
    }
    assertEquals((await soon(peer.receive()))?.opcode, PING);
    assertEquals(socket.state, 1);
  });

  Deno.test(`a peer gets the time for its pong that the process stood still ${where}`, async () => {
    using ends = await openEnds(side, "tcp", {
      pingInterval: 5,
      pongTimeout: 200,
    });
    const { socket, peer } = ends;
    assertEquals((await soon(peer.receive()))?.opcode, PING);
    beBusy(400);
    // It has not answered yet, as one that is far away.
    await delay(100);
    assertEquals(socket.state, 1);
    await peer.sendFrame(PONG);
    assertEquals((await soon(peer.receive()))?.opcode, PING);
  });

  Deno.test(`a peer that reads slowly what is before the ping is not cut ${where}`, async () => {
    using ends = await openEnds(side, "tcp", {
      pingInterval: 20,
      pongTimeout: 100,
    });
    const { socket, peer } = ends;
    await socket.write(new Uint8Array(4_000));
    // As long as it would take to read the message at 10 kB/s.
    await delay(400);
    assertEquals(socket.state, 1);
    assertEquals((await soon(peer.receive()))?.opcode, BINARY);
    assertEquals((await soon(peer.receive()))?.opcode, PING);
    await peer.sendFrame(PONG);
    assertEquals((await soon(peer.receive()))?.opcode, PING);
  });

  Deno.test(`a peer that goes on reading what waits for it is not cut ${where}`, async () => {
    using ends = await openEnds(side, "tcp", {
      pingInterval: 20,
      pongTimeout: 200,
      maxBufferedBytes: 64 * MIB,
    });
    const { socket, peer } = ends;
    const count = 60;
    for (let index = 0; index < count; index++) {
      socket.write(new Uint8Array(200_000));
    }
    // All in all it takes several times as long as a pong may take. The pauses
    // alone are what time passes: a machine that is busy takes no other.
    using clock = new StoppedClock();
    for (let index = 0; index < count; index++) {
      let frame = await soon(peer.receive());
      while (frame?.opcode === PING) frame = await soon(peer.receive());
      assertEquals(frame?.payload.length, 200_000);
      clock.now += 15;
      await delay(15);
    }
    assertEquals(socket.state, 1);
  });
}
