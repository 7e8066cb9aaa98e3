import { assert, assertEquals, assertRejects } from "@std/assert";
import { delay } from "@std/async";
import { newServer } from "../../../websocket/callbacks/server.ts";
import { openEnds, PLACES } from "../../conformance/_ends.ts";
import {
  BINARY,
  CLOSE,
  closeBytes,
  encode,
  type RawPeer,
  TEXT,
} from "../../conformance/_raw_peer.ts";
import { StoppedClock } from "../../tcp/support/_stopped_clock.ts";
import { rawClient, record, serve } from "../support/_servers.ts";
import { soon } from "../support/_slow.ts";

/** More than the system holds, in frames that a slow peer takes one by one. */
const SIZES = { tcp: 120_000, pipe: 4_000 };
const COUNT = 50;

/**
 * Reads frames, with a pause behind each, up to the close frame. Meanwhile the
 * pauses alone are what time passes: a machine that is busy takes no other.
 */
async function readSlowly(peer: RawPeer, pause: number): Promise<number[]> {
  using clock = new StoppedClock();
  const lengths: number[] = [];
  for (;;) {
    const frame = await soon(peer.receive());
    if (frame === undefined) return lengths;
    if (frame.opcode === CLOSE) return [...lengths, -1];
    lengths.push(frame.payload.length);
    clock.now += pause;
    await delay(pause);
  }
}

/** Milliseconds between two frames, and without progress: far from each other. */
const PAUSE = 6;
const CLOSE_TIMEOUT = 175;

// Each takes longer than the limit, so that not all of them run at all places.
for (
  const [side, transport] of [["server", "tcp"], ["client", "pipe"]] as const
) {
  const where = `(${side}, ${transport})`;
  const size = SIZES[transport];
  const all = [...Array.from({ length: COUNT }, () => size), -1];

  Deno.test(`close() waits as long as the peer takes what was sent before ${where}`, async () => {
    using ends = await openEnds(side, transport, {
      closeTimeout: CLOSE_TIMEOUT,
      maxBufferedBytes: 2 ** 30,
    });
    const { socket, peer } = ends;
    for (let index = 0; index < COUNT; index++) {
      socket.write(new Uint8Array(size));
    }
    const closing = socket.close(1000, "done");
    assertEquals(await readSlowly(peer, PAUSE), all);
    await peer.sendFrame(CLOSE, closeBytes(1000, "done"));
    peer.close();
    assertEquals(await soon(closing), {
      code: 1000,
      reason: "done",
      wasClean: true,
    });
  });

  Deno.test(`close() ends at its deadline, whatever the peer takes until then ${where}`, async () => {
    using ends = await openEnds(side, transport, { maxBufferedBytes: 2 ** 30 });
    const { socket, peer } = ends;
    for (let index = 0; index < COUNT; index++) {
      socket.write(new Uint8Array(size));
    }
    const deadline = new Date(Date.now() + CLOSE_TIMEOUT / 2);
    const closing = socket.close(1000, "done", { deadline });
    const reading = readSlowly(peer, PAUSE).catch(() => []);
    assertEquals((await soon(closing)).code, 1006);
    await reading;
  });

  Deno.test(`the close frame of a peer that reads slowly is answered behind all messages ${where}`, async () => {
    using ends = await openEnds(side, transport, {
      closeTimeout: CLOSE_TIMEOUT,
      maxBufferedBytes: 2 ** 30,
    });
    const { socket, peer } = ends;
    for (let index = 0; index < COUNT; index++) {
      socket.write(new Uint8Array(size));
    }
    await peer.sendFrame(CLOSE, closeBytes(3000));
    assertEquals(await readSlowly(peer, PAUSE), all);
    peer.close();
    const { code, wasClean } = await soon(socket.closed);
    assertEquals([code, wasClean], [3000, true]);
  });

  Deno.test(`a violation is answered behind all messages, however slowly they are read ${where}`, async () => {
    using ends = await openEnds(side, transport, {
      closeTimeout: CLOSE_TIMEOUT,
      maxBufferedBytes: 2 ** 30,
    });
    const { socket, peer } = ends;
    for (let index = 0; index < COUNT; index++) {
      socket.write(new Uint8Array(size));
    }
    await peer.sendFrame(3);
    assertEquals(await readSlowly(peer, PAUSE), all);
    peer.close();
    const { code, wasClean } = await soon(socket.closed);
    assertEquals([code, wasClean], [1002, false]);
  });

  const lastFrames = {
    "its close frame": { opcode: CLOSE, payload: closeBytes(3000), code: 3000 },
    "a violation": { opcode: 3, payload: "", code: 1002 },
  };
  for (const [name, { opcode, payload, code }] of Object.entries(lastFrames)) {
    Deno.test(`a peer that ends the stream behind ${name} gets all messages, however slowly it reads ${where}`, async () => {
      using ends = await openEnds(side, transport, {
        closeTimeout: CLOSE_TIMEOUT,
        maxBufferedBytes: 2 ** 30,
      });
      const { socket, peer } = ends;
      const writes = Array.from(
        { length: COUNT },
        () => socket.write(new Uint8Array(size)),
      );
      await peer.sendFrame(opcode, payload);
      await peer.link.closeWrite();
      assertEquals(await readSlowly(peer, PAUSE), all);
      peer.close();
      const info = await soon(socket.closed);
      assertEquals([info.code, info.wasClean], [code, opcode === CLOSE]);
      await Promise.all(writes);
    });
  }

  Deno.test(`answers to messages before a close frame go out, however slowly they are read ${where}`, async () => {
    using ends = await openEnds(side, transport, {
      closeTimeout: CLOSE_TIMEOUT,
      maxBufferedBytes: 1000,
    });
    const { socket, peer } = ends;
    const looping = (async () => {
      const answer = new Uint8Array(size);
      for await (const _ of socket) await socket.write(answer);
    })();
    await peer.sendFrames([
      ...Array.from({ length: COUNT }, () => ({ opcode: TEXT, payload: "x" })),
      { opcode: CLOSE, payload: closeBytes(1000) },
    ]);
    assertEquals(await readSlowly(peer, PAUSE), all);
    peer.close();
    assertEquals((await soon(socket.closed)).wasClean, true);
    await looping;
  });
}

for (const [side, transport] of PLACES) {
  const where = `(${side}, ${transport})`;
  const size = SIZES[transport];

  Deno.test(`closing a peer that takes nothing more is told as a failure ${where}`, async () => {
    using ends = await openEnds(side, transport, {
      closeTimeout: 30,
      maxBufferedBytes: 2 ** 30,
    });
    const { socket } = ends;
    const writing = assertRejects(() =>
      socket.write(new Uint8Array(20_000_000))
    );
    const info = await soon(socket.close(1000, "done"));
    assertEquals(info, { code: 1006, reason: "", wasClean: false });
    const error = await assertRejects(() => socket.read(), DOMException);
    assertEquals(error.name, "TimeoutError");
    await writing;
  });

  Deno.test(`a peer that closes and takes no more is told as a failure ${where}`, async () => {
    using ends = await openEnds(side, transport, {
      closeTimeout: 30,
      maxBufferedBytes: 2 ** 30,
    });
    const { socket, peer } = ends;
    const writing = assertRejects(() =>
      socket.write(new Uint8Array(20_000_000))
    );
    await peer.sendFrame(CLOSE, closeBytes(1000));
    assertEquals(await soon(socket.closed), {
      code: 1006,
      reason: "",
      wasClean: false,
    });
    await writing;
  });

  Deno.test(`close({ timeout }) limits the time without progress ${where}`, async () => {
    using ends = await openEnds(side, transport, {
      closeTimeout: 60_000,
      maxBufferedBytes: 2 ** 30,
    });
    const { socket, peer } = ends;
    for (let index = 0; index < 4 * COUNT; index++) {
      socket.write(new Uint8Array(size)).catch(() => {});
    }
    const closing = socket.close(1000, "", { timeout: 200 });
    {
      // However slow the machine is, it goes on for longer than that in all.
      using clock = new StoppedClock();
      for (let step = 0; step < 3; step++) {
        const { bufferedBytes } = socket;
        while (socket.bufferedBytes === bufferedBytes) {
          assertEquals((await soon(peer.receive()))?.opcode, BINARY);
        }
        clock.now += 90;
        // So long that the limit is looked at.
        await delay(60);
      }
    }
    // It stops then.
    assertEquals(socket.state, 2);
    assertEquals((await soon(closing)).code, 1006);
  });
}

for (const side of ["server", "client"] as const) {
  Deno.test(`a peer gets time to read what the system holds before its close frame is due (${side})`, async () => {
    using ends = await openEnds(side, "tcp", { closeTimeout: 50 });
    const { socket, peer } = ends;
    await socket.write(new Uint8Array(40_000));
    const closing = socket.close(1000);
    await delay(300);
    assertEquals(await readSlowly(peer, 0), [40_000, -1]);
    await peer.sendFrame(CLOSE, closeBytes(1000));
    peer.close();
    assertEquals((await soon(closing)).wasClean, true);
  });
}

Deno.test("a Server tells 1006 where messages to a peer that has closed were cut off", async () => {
  const server = newServer(0, "", {
    hostname: "127.0.0.1",
    closeTimeout: 30,
    maxBufferedBytes: 2 ** 30,
  });
  const events = record(server);
  server.onAttached(({ client }) => client.write(new Uint8Array(20_000_000)));
  await using served = await serve(server);
  const peer = await rawClient(served.port);
  await peer.write(
    encode({ opcode: CLOSE, payload: closeBytes(1000, "bye") }, true),
  );
  const [error, close] = await soon(events.have(2));
  assert(error.startsWith("error TimeoutError"), error);
  assertEquals(close, "close 1006");
  peer.terminate();
});
