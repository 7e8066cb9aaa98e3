import { assertEquals, assertGreater, assertLess } from "@std/assert";
import {
  IDLE_BUFFER,
  MEDIUM_BUFFER,
  SMALL_BUFFER,
  WIDE_BUFFER,
} from "../../../internal/bytes/buffer_pool.ts";
import { ClosedError } from "../../../internal/errors/closed_error.ts";
import { ReadHalf } from "../../../tcp/conn/_read_half.ts";
import { Intake } from "../../../websocket/engine/_intake.ts";
import { turn } from "../../internal/_turn.ts";
import { HOST, makeRaw } from "../support/_raw.ts";
import { StoppedClock } from "../support/_stopped_clock.ts";

/** A reading side whose peer sends lines of 37 bytes without end. */
function makeHalf(most: () => number) {
  const line = new TextEncoder().encode(`${"x".repeat(36)}\n`);
  const offered: number[] = [];
  let at = 0;
  const raw = makeRaw({
    read: (buffer) => {
      offered.push(buffer.length);
      const length = Math.min(buffer.length, most());
      for (let index = 0; index < length; index++, at++) {
        buffer[index] = line[at % line.length];
      }
      return Promise.resolve(length);
    },
  });
  return { half: new ReadHalf(raw, HOST, true), offered };
}

Deno.test("ReadHalf reads much at a time although a part of a line is left", async () => {
  using _clock = new StoppedClock();
  let most = Infinity;
  const { half, offered } = makeHalf(() => most);
  while (offered.length < 10) {
    assertEquals((await half.readLine(100))?.length, 36);
  }
  assertGreater(offered.at(-1) ?? 0, 200_000);
  // When little comes, little is held, though a part of a line is there again.
  most = 40;
  while (offered.length < 20) {
    assertEquals((await half.readLine(100))?.length, 36);
  }
  assertLess(offered.at(-1) ?? Infinity, 300);
});

/** A peer that sends a message of so many bytes when the one before is taken. */
function makePolitePeer(length: number) {
  const peer = { left: 0, reads: 0 };
  const read = (buffer: Uint8Array) => {
    peer.reads++;
    if (peer.left === 0) peer.left = length;
    const count = Math.min(peer.left, buffer.length);
    peer.left -= count;
    return Promise.resolve(count);
  };
  return { peer, half: new ReadHalf(makeRaw({ read }), HOST, true) };
}

async function takeMessage(half: ReadHalf, target: Uint8Array): Promise<void> {
  for (let taken = 0; taken < target.length;) {
    taken += await half.read(target.subarray(taken)) ?? NaN;
  }
}

/** Stops the clock, so that a busy machine does not look like a slow consumer. */
function stopClock(): Disposable {
  const { now } = performance;
  const moment = performance.now();
  performance.now = () => moment;
  return { [Symbol.dispose]: () => performance.now = now };
}

Deno.test("ReadHalf takes each message of a peer that waits for answers with one read", async () => {
  using _clock = stopClock();
  const limits = [IDLE_BUFFER, SMALL_BUFFER, MEDIUM_BUFFER];
  const lengths = limits.flatMap((limit) =>
    [-1, 1, 100, IDLE_BUFFER, limit, 2 * limit].map((more) => limit + more)
  );
  for (const length of lengths) {
    const { peer, half } = makePolitePeer(length);
    const target = new Uint8Array(length);
    for (let message = 0; message < 4; message++) {
      await takeMessage(half, target);
    }
    peer.reads = 0;
    for (let message = 0; message < 20; message++) {
      await takeMessage(half, target);
    }
    assertEquals(peer.reads, 20, `messages of ${length} bytes`);
  }
});

/** Takes all that has come, as a protocol that needs room for `need` bytes. */
function feedOnce(half: ReadHalf, need: number): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  half.feed(
    new Intake({
      need,
      push: ({ length }) => length,
      wantsMore: false,
      onFull: resolve,
      onStreamEnd: reject,
      onStreamError: reject,
    }),
  );
  return promise;
}

Deno.test("ReadHalf has room for what a protocol needs, and forgets it afterwards", async () => {
  const { half, offered } = makeHalf(() => 50);
  for (const need of [1000, 0, 1000, 0]) await feedOnce(half, need);
  const rooms = [SMALL_BUFFER, IDLE_BUFFER, SMALL_BUFFER, IDLE_BUFFER];
  assertEquals(offered, rooms);
});

Deno.test("ReadHalf has room for a large message, but not for many small ones", async () => {
  using clock = new StoppedClock();
  let [left, size, count] = [0, 0, 0];
  let rooms: number[] = [];
  const read = (buffer: Uint8Array) => {
    if (left === 0) {
      rooms.push(buffer.length);
      left = size * count;
    }
    const length = Math.min(left, buffer.length);
    left -= length;
    return Promise.resolve(length);
  };
  const half = new ReadHalf(makeRaw({ read }), HOST, true);
  let bytes = 0;
  /** How much room the reads had that waited for messages, a few at a time. */
  const take = async (messageSize: number, together: number) => {
    [size, count, rooms] = [messageSize, together, []];
    const full = Promise.withResolvers<void>();
    const sink = {
      push(chunk: Uint8Array): number {
        bytes += chunk.length;
        // A microsecond for a message, and for each KiB.
        clock.now += (chunk.length / size + chunk.length / 1024) / 1000;
        return chunk.length;
      },
      get wantsMore() {
        return left > 0 || rooms.length < 10;
      },
      onFull: full.resolve,
      onStreamEnd: full.reject,
      onStreamError: full.reject,
    };
    half.feed(new Intake(sink));
    await full.promise;
    return rooms;
  };
  for (let round = 0; round < 2; round++) {
    const large = await take(20_000, 1);
    assertEquals(large.slice(2), Array(8).fill(WIDE_BUFFER));
    const small = await take(100, 300);
    assertEquals(small.slice(2), Array(8).fill(MEDIUM_BUFFER));
    const tiny = await take(100, 1);
    assertEquals(tiny.slice(2), Array(8).fill(IDLE_BUFFER));
  }
  assertEquals(bytes, 20 * (20_000 + 30_000 + 100));
});

Deno.test("few reads that wait have much room, and their places are free again", async () => {
  using _clock = new StoppedClock();
  const rooms: number[] = [];
  const outcomes: PromiseWithResolvers<number | null>[] = [];
  /** A half that has got a message, and waits for the next one. */
  const open = async (length: number) => {
    let left = length;
    const half = new ReadHalf(
      makeRaw({
        read: (buffer) => {
          const length = Math.min(left, buffer.length);
          left -= length;
          if (length > 0) return Promise.resolve(length);
          rooms.push(buffer.length);
          const outcome = Promise.withResolvers<number | null>();
          outcomes.push(outcome);
          return outcome.promise;
        },
      }),
      HOST,
      true,
    );
    await takeMessage(half, new Uint8Array(left));
    half.read(new Uint8Array(100_000)).catch(() => {});
    return half;
  };
  const countAbove = (size: number) =>
    rooms.filter((room) => room > size).length;
  // The second one fills its buffers, so that there seems to be more.
  const turns = [[20 * 1024, 0], [IDLE_BUFFER + MEDIUM_BUFFER, 64]] as const;
  for (const [length, largeOnes] of [...turns, ...turns]) {
    const halves: ReadHalf[] = [];
    for (let index = 0; index < 100; index++) halves.push(await open(length));
    // Some may have been told to let the runtime poll first.
    while (halves.some((half) => half.isReadDeferred)) await turn();
    assertEquals(rooms.length, 100);
    assertEquals(countAbove(MEDIUM_BUFFER), 64);
    assertEquals(countAbove(WIDE_BUFFER), largeOnes);
    // Some end, some are closed before.
    for (const half of halves.slice(50)) half.close(() => new ClosedError(""));
    for (const { resolve } of outcomes) resolve(null);
    await Promise.all(outcomes.map(({ promise }) => promise));
    rooms.length = outcomes.length = 0;
  }
});
