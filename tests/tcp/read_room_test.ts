import { assert, assertEquals } from "@std/assert";
import { ConnReadable } from "../../tcp/streams/_conn_readable.ts";
import { ConnWritable } from "../../tcp/streams/_conn_writable.ts";
import { LARGE_BUFFER } from "../../internal/bytes/buffer_pool.ts";
import { ReadHalf } from "../../tcp/conn/_read_half.ts";
import { FullRead } from "../../tcp/conn/_read_calls.ts";
import { MAX_PIECE, WriteHalf } from "../../tcp/conn/_write_half.ts";
import { type ByteSink, Intake } from "../../websocket/engine/_intake.ts";
import { concat } from "./support/_bytes.ts";
import { StoppedClock } from "./support/_stopped_clock.ts";
import { HOST, makeRaw } from "./support/_raw.ts";

/**
 * A half whose system always has more, as in a bulk transfer, or until it has
 * been asked `times` times.
 */
function makeBulk(times = Infinity) {
  const rooms: number[] = [];
  let sent = 0;
  const raw = makeRaw({
    read(buffer) {
      if (rooms.length === times) return Promise.resolve(null);
      rooms.push(buffer.length);
      for (let at = 0; at < buffer.length; at++) buffer[at] = sent++;
      return Promise.resolve(buffer.length);
    },
  });
  return { rooms, reads: new ReadHalf(raw, HOST, true) };
}

for (const size of [16 * 1024, 64 * 1024, 256 * 1024]) {
  Deno.test(`a bulk transfer by reads of ${size} bytes has no rests in between`, async () => {
    using _clock = new StoppedClock();
    const { rooms, reads } = makeBulk();
    const buffer = new Uint8Array(size);
    let taken = 0;
    // The first reads are small, as it is not known yet how much there is, and
    // then there is the rest of what they have brought.
    while ((rooms.at(-1) ?? 0) < 65_536) taken += await reads.read(buffer) ?? 0;
    while (reads.available > 0) taken += await reads.read(buffer) ?? 0;
    const lengths: (number | null)[] = [];
    for (let read = 0; read < 20; read++) {
      lengths.push(await reads.read(buffer));
      assertEquals(buffer[0], taken % 256);
      assertEquals(buffer[size - 1], (taken + size - 1) % 256);
      taken += size;
    }
    assertEquals(lengths, new Array(20).fill(size));
    assertEquals((rooms.at(-1) ?? NaN) % size, 0);
    reads.close(() => new Error("closed") as never);
  });
}

Deno.test("readFull() in bulk reads much at once", async () => {
  using _clock = new StoppedClock();
  const { rooms, reads } = makeBulk();
  const buffer = new Uint8Array(1000);
  for (let read = 0; read < 2000; read++) {
    assertEquals(await reads.start(new FullRead(buffer), undefined), 1000);
    assertEquals(buffer[0], (read * 1000) % 256);
  }
  assert(rooms.length < 50, `read ${rooms.length} times`);
});

Deno.test("pipeTo() in bulk reads as much at once as it writes", async () => {
  using _clock = new StoppedClock();
  const { rooms, reads } = makeBulk(10);
  const pieces: Uint8Array[] = [];
  const raw = makeRaw({
    write(piece) {
      pieces.push(piece.slice());
      return Promise.resolve(piece.length);
    },
  });
  const writes = new WriteHalf(raw, HOST, true);
  await new ConnReadable(reads).pipeTo(new ConnWritable(writes));
  assertEquals(rooms.slice(-5), new Array(5).fill(MAX_PIECE));
  assertEquals(Math.max(...pieces.map(({ length }) => length)), MAX_PIECE);
  const all = concat(pieces);
  assertEquals(all.length, rooms.reduce((sum, room) => sum + room, 0));
  assert(all.every((byte, index) => byte === index % 256));
});

/**
 * Feeds messages of `size` bytes, each taken when it is whole, by reads of `step`
 * bytes at most; returns how much room each read was given.
 */
async function feedWhole(
  { size, step, count }: { size: number; step: number; count: number },
): Promise<number[]> {
  const rooms: number[] = [];
  let sent = 0;
  let taken = 0;
  const raw = makeRaw({
    read(buffer) {
      if (taken === count * size) return Promise.resolve(null);
      rooms.push(buffer.length);
      const length = Math.min(buffer.length, step);
      for (let at = 0; at < length; at++) buffer[at] = sent++ % 251;
      return Promise.resolve(length);
    },
  });
  const reads = new ReadHalf(raw, HOST, true);
  const { promise, resolve } = Promise.withResolvers<void>();
  const push = (bytes: Uint8Array) => {
    const whole = bytes.length - bytes.length % size;
    for (let at = 0; at < whole; at++) {
      if (bytes[at] !== (taken + at) % 251) assertEquals(taken + at, -1);
    }
    taken += whole;
    return whole;
  };
  reads.feed(new Intake(makeSink({ need: size, push, onStreamEnd: resolve })));
  await promise;
  assert(taken >= count * size);
  return rooms;
}

function makeSink(own: Partial<ByteSink>): ByteSink {
  return {
    wantsMore: true,
    push: ({ length }) => length,
    onFull() {},
    onStreamEnd() {},
    onStreamError() {},
    ...own,
  };
}

Deno.test("what is taken as a whole is read in bulk, into one buffer", async () => {
  const rooms = await feedWhole({ size: 1_000_000, step: Infinity, count: 20 });
  assert(rooms.length < 60, `read ${rooms.length} times`);
  assert(Math.max(...rooms) >= 1_000_000);
});

Deno.test("what is taken as a whole may come a little at a time", async () => {
  const rooms = await feedWhole({ size: 70_000, step: 1000, count: 3 });
  assert(Math.max(...rooms) <= LARGE_BUFFER);
});
