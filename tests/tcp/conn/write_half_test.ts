import { assertEquals, assertGreater, assertRejects } from "@std/assert";
import {
  giveBuffer,
  LARGE_BUFFER,
  takeBuffer,
} from "../../../internal/bytes/buffer_pool.ts";
import { ClosedError } from "../../../internal/errors/closed_error.ts";
import type { WaitOptions } from "../../../internal/wait/wait_options.ts";
import type { RawConn } from "../../../tcp/conn/_raw_conn.ts";
import { WriteHalf } from "../../../tcp/conn/_write_half.ts";
import { concat, decode } from "../support/_bytes.ts";
import { isPending } from "../support/_outcomes.ts";
import { HOST, makeRaw } from "../support/_raw.ts";
import { StoppedClock } from "../support/_stopped_clock.ts";

/** The writing side over a `write` of the test's own. */
function makeHalf(write: RawConn["write"]): WriteHalf {
  return new WriteHalf(makeRaw({ write }), HOST, true);
}

/** A half whose writes end when the test says so. */
function makeHeld() {
  const writes: PromiseWithResolvers<number>[] = [];
  const half = makeHalf(() => {
    const write = Promise.withResolvers<number>();
    writes.push(write);
    return write.promise;
  });
  return { half, writes };
}

const bytes = (length: number) => new Uint8Array(length);

Deno.test("WriteHalf hears of its own writes, whichever ends first", async () => {
  const left = makeHeld();
  const right = makeHeld();
  const first = left.half.write(bytes(3));
  const second = right.half.write(bytes(5));
  right.writes[0]?.resolve(5);
  assertEquals(await second, 5);
  assertEquals([left.half.bytesWritten, right.half.bytesWritten], [0, 5]);
  const third = left.half.write(bytes(7));
  const fourth = right.half.write(bytes(2));
  left.writes[0]?.resolve(3);
  assertEquals(await first, 3);
  right.writes[1]?.reject(new Deno.errors.ConnectionReset("Gone"));
  await assertRejects(() => fourth, Deno.errors.ConnectionReset);
  left.writes[1]?.resolve(7);
  assertEquals(await third, 7);
  assertEquals([left.half.bytesWritten, left.half.bufferedBytes], [10, 0]);
});

Deno.test("WriteHalf is not disturbed by another one that hears twice of a write", async () => {
  const odd = makeHalf(({ length }) => {
    const twice = {
      then: (onDone: (length: number) => void) => {
        onDone(length);
        onDone(length);
      },
    };
    return twice as Promise<number>;
  });
  assertEquals(await odd.write(bytes(4)), 4);
  const left = makeHeld();
  const right = makeHeld();
  const first = left.half.write(bytes(3));
  const second = right.half.write(bytes(5));
  left.writes[0]?.resolve(3);
  assertEquals(await first, 3);
  assertEquals(await isPending(second), true);
  right.writes[0]?.resolve(5);
  assertEquals(await second, 5);
});

/** A half that tells the pieces it has handed to the system. */
function makeRecorded() {
  const pieces: Uint8Array[] = [];
  const half = makeHalf((piece) => {
    pieces.push(piece.slice());
    return Promise.resolve(piece.length);
  });
  return { half, pieces };
}

const PIECE = 112 * 1024;

Deno.test("WriteHalf hands the system 112 KiB at a time, of one write or of many", async () => {
  const { half, pieces } = makeRecorded();
  const large = bytes(2 * PIECE + 5).map((_, index) => index % 251);
  assertEquals(await half.write(large), large.length);
  assertEquals(pieces.map(({ length }) => length), [PIECE, PIECE, 5]);
  assertEquals(concat(pieces), large);
  pieces.length = 0;
  const writes = [1, PIECE - 1, 2, PIECE].map((size) =>
    half.write(bytes(size))
  );
  assertEquals(await Promise.all(writes), [1, PIECE - 1, 2, PIECE]);
  assertEquals(pieces.map(({ length }) => length), [1, PIECE, PIECE, 1]);
});

Deno.test("a text of several pieces is sent as it was, whatever becomes of free buffers", async () => {
  const { half, pieces } = makeRecorded();
  const text = "\u00e9".repeat(80_000);
  const writing = half.writeText(text);
  const taken = Array.from({ length: 8 }, () => takeBuffer(LARGE_BUFFER));
  for (const buffer of taken) buffer.fill(0);
  assertEquals(await writing, 160_000);
  taken.forEach(giveBuffer);
  assertEquals(decode(concat(pieces)), text);
});

for (
  const [name, change] of [
    ["shrinks", (buffer: ArrayBuffer) => buffer.resize(3)],
    ["is transferred", (buffer: ArrayBuffer) => void buffer.transfer()],
  ] as const
) {
  Deno.test(`a write whose buffer ${name} while it waits fails alone`, async () => {
    const { half, writes } = makeHeld();
    const buffer = () => new ArrayBuffer(8, { maxByteLength: 16 });
    const [one, other, all] = [buffer(), buffer(), buffer()];
    const first = half.write(bytes(5));
    const calls = [
      half.write(new Uint8Array(one)),
      half.writev([bytes(2), new Uint8Array(other), bytes(4)]),
      half.writev([bytes(0), new Uint8Array(all)]),
      half.write(bytes(7)),
    ];
    [one, other, all].forEach(change);
    const failing = calls.slice(0, 3).map((call) =>
      assertRejects(() => call, TypeError, "transferred or resized")
    );
    writes[0]?.resolve(5);
    assertEquals(await first, 5);
    // Of the second, what was there before the gap.
    writes[1]?.resolve(2);
    await Promise.all(failing);
    writes[2]?.resolve(7);
    assertEquals(await calls[3], 7);
    assertEquals([half.bytesWritten, half.bufferedBytes], [14, 0]);
    assertEquals(writes.length, 3);
  });
}

Deno.test("a write whose buffer goes while its limits are read fails alone", async () => {
  for (const size of [0, 50]) {
    const { half, pieces } = makeRecorded();
    const write = (start: (data: Uint8Array, wait: WaitOptions) => unknown) => {
      const buffer = new ArrayBuffer(100, { maxByteLength: 100 });
      return start(new Uint8Array(buffer), {
        get timeout() {
          buffer.resize(size);
          return 60_000;
        },
      }) as Promise<number>;
    };
    const calls = [
      write((data, wait) => half.write(data, wait)),
      half.write(bytes(3)),
      write((data, wait) => half.write(data, wait)),
      write((data, wait) => half.writev([data, bytes(9)], wait)),
      half.write(bytes(5)),
    ];
    const outcomes = await Promise.allSettled(calls);
    assertEquals(
      outcomes.map((outcome) =>
        outcome.status === "fulfilled" ? outcome.value : outcome.reason.name
      ),
      ["TypeError", 3, "TypeError", "TypeError", 5],
    );
    assertEquals(pieces.map(({ length }) => length), [3, 5]);
    half.close(() => undefined);
  }
});

Deno.test("a write takes as much of a buffer that grows as there was at the call", async () => {
  const { half, pieces } = makeRecorded();
  const buffer = new ArrayBuffer(2, { maxByteLength: 16 });
  const list = [new Uint8Array(buffer), bytes(1)];
  const first = half.write(bytes(1));
  const calls = [
    half.write(new Uint8Array(buffer)),
    half.writev(list),
    half.write(bytes(1)),
  ];
  buffer.resize(16);
  list.length = 0;
  assertEquals(await first, 1);
  assertEquals(await Promise.all(calls), [2, 3, 1]);
  assertEquals(pieces.map(({ length }) => length), [1, 6]);
});

Deno.test("WriteHalf tells exactly what has gone out when it is closed while it waits for a poll", async () => {
  let taken = 0;
  const half = makeHalf((data) => {
    taken += data.length;
    return Promise.resolve(data.length);
  });
  const writing = assertRejects(() => half.write(bytes(64 * 1024 * 1024)));
  // A loop of microtasks ends only where the half waits for the runtime.
  for (let before = -1; before < taken;) {
    before = taken;
    for (let tick = 0; tick < 10; tick++) await undefined;
  }
  const sent = half.bytesWritten;
  half.close(() => new ClosedError("Closed by the test"));
  const error = await writing as ClosedError;

  assertGreater(taken, sent);
  assertEquals(error.bytesWritten, taken);
  assertEquals(half.bytesWritten, taken);
});

Deno.test("WriteHalf does not look at the clock for the first piece after a poll", async () => {
  const { half, writes } = makeHeld();
  using clock = new StoppedClock();
  // After an idle time a poll is due.
  clock.now += 1000;
  const writings: Promise<number>[] = [];
  /** Lets the system take the next piece, and the half go on if it may. */
  const takePiece = async () => {
    const index = writings.length;
    writings.push(half.write(bytes(1)));
    writes[index]?.resolve(1);
    for (let tick = 0; tick < 5; tick++) await undefined;
  };
  while (half.bytesWritten === writings.length) await takePiece();
  assertEquals(await Promise.all(writings), writings.map(() => 1));
  clock.looks = 0;

  await takePiece();

  assertEquals(half.bytesWritten, writings.length);
  assertEquals(clock.looks, 0);
});
