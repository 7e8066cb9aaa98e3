import { assert, assertEquals } from "@std/assert";
import {
  giveBuffer,
  IDLE_BUFFER,
  LARGE_BUFFER,
  MEDIUM_BUFFER,
  poolSizeFor,
  SMALL_BUFFER,
  takeBuffer,
} from "../../../internal/bytes/buffer_pool.ts";
import { ByteWindow } from "../../../tcp/conn/_byte_window.ts";
import { withSeeds } from "../../property/_random.ts";

/** Lets bytes arrive that count up from `first`. */
function arrive(
  window: ByteWindow,
  length: number,
  { size = MEDIUM_BUFFER, need = 0, first = 0 } = {},
): Uint8Array {
  const room = window.lend(size, need);
  assert(room.length >= length, `room for ${room.length} bytes`);
  for (let at = 0; at < length; at++) room[at] = first + at;
  window.fill(length);
  return room;
}

/** Whether the pool gives out the memory of `bytes` next, and only once. */
function isFree(bytes: Uint8Array): boolean {
  const taken = [takeBuffer(bytes.length), takeBuffer(bytes.length)];
  const [isFirst, isSecond] = taken.map(({ buffer }) =>
    buffer === bytes.buffer
  );
  // The buffer given back last is taken first.
  for (const buffer of taken.reverse()) giveBuffer(buffer);
  assert(!isSecond, "one buffer is in the pool twice, or below another");
  return isFirst;
}

Deno.test("ByteWindow takes, peeks at and drops what has arrived, in order", () => {
  const window = new ByteWindow();
  arrive(window, 10);
  assertEquals(window.length, 10);
  assertEquals(window.peek()[0], 0);
  window.consume(2);
  const target = new Uint8Array(3);
  assertEquals(window.take(target), 3);
  assertEquals([...target], [2, 3, 4]);
  assertEquals(window.take(target, 2), 1);
  assertEquals([...target], [2, 3, 5]);
  assertEquals([...window.takeCopy()], [6, 7, 8, 9]);
  assertEquals(window.length, 0);
});

Deno.test("ByteWindow has room behind what it holds, and for what is needed", () => {
  const window = new ByteWindow();
  arrive(window, 100, { size: IDLE_BUFFER });
  assert(window.lend(IDLE_BUFFER, 0).length >= 100);
  window.fill(0);
  const room = window.lend(IDLE_BUFFER, 5000);
  assert(room.length >= 4900, `room for ${room.length} bytes`);
  window.fill(0);
  assertEquals([...window.peek()], Array.from({ length: 100 }, (_, at) => at));
});

Deno.test("ByteWindow gives an empty window the room that is needed", () => {
  const window = new ByteWindow();
  assertEquals(window.lend(IDLE_BUFFER, 1000).length, SMALL_BUFFER);
  window.release();
  assertEquals(window.lend(IDLE_BUFFER, 0).length, IDLE_BUFFER);
  window.release();
  assertEquals(window.lend(LARGE_BUFFER, 1000).length, LARGE_BUFFER);
  window.release();
});

Deno.test("ByteWindow hands out a full buffer as it is, and copies of others", () => {
  const window = new ByteWindow();
  const room = arrive(window, SMALL_BUFFER, { size: SMALL_BUFFER });
  assertEquals(window.takeCopy().buffer, room.buffer);
  assert(!isFree(room));
  const part = arrive(window, 500, { size: SMALL_BUFFER });
  const copy = window.takeCopy();
  assertEquals(copy.length, copy.buffer.byteLength);
  assert(copy.buffer !== part.buffer);
  // Idle buffers share memory.
  arrive(window, IDLE_BUFFER, { size: IDLE_BUFFER });
  assertEquals(window.takeCopy().buffer.byteLength, IDLE_BUFFER);
  window.clear();
});

Deno.test("ByteWindow does not hand out the buffer that a read writes to", () => {
  const window = new ByteWindow();
  arrive(window, 200);
  window.unread(new Uint8Array(SMALL_BUFFER - 200));
  const room = window.lend(SMALL_BUFFER, SMALL_BUFFER + 1);
  const chunk = window.takeCopy();
  assert(chunk.buffer !== room.buffer);
  window.release();
});

for (const isClosedFirst of [false, true]) {
  for (const putsBack of [false, true]) {
    const how = `${isClosedFirst ? "before" : "after"} the read ends, ${
      putsBack ? "some put back" : "none put back"
    }`;
    Deno.test(`ByteWindow frees its buffer once: cleared ${how}`, () => {
      const window = new ByteWindow();
      arrive(window, 100);
      const room = window.lend(MEDIUM_BUFFER, 0);
      const buffer = new Uint8Array(room.buffer);
      assertEquals(buffer.length, MEDIUM_BUFFER);
      if (putsBack) window.unread(new Uint8Array(5));
      if (isClosedFirst) {
        window.clear();
        assert(!isFree(buffer), "it is still being written to");
        window.release();
      } else {
        window.fill(10);
        assertEquals(window.length, putsBack ? 115 : 110);
        window.clear();
      }
      assert(isFree(buffer));
      assertEquals(window.length, 0);
    });
  }
}

Deno.test("ByteWindow gives a large buffer back when all is taken", () => {
  const window = new ByteWindow();
  const room = arrive(window, 1000, { size: LARGE_BUFFER });
  window.consume(999);
  assert(!isFree(room));
  window.consume(1);
  assert(isFree(room));
});

Deno.test("ByteWindow puts bytes back in front, also while a read is in flight", () => {
  const window = new ByteWindow();
  arrive(window, 4, { first: 3 });
  const room = window.lend(MEDIUM_BUFFER, 0);
  window.unread(new Uint8Array([1, 2]));
  room.set([7, 8]);
  window.fill(2);
  assertEquals([...window.peek()], [1, 2, 3, 4, 5, 6, 7, 8]);
  window.clear();
});

Deno.test("ByteWindow keeps the order of random steps", () => {
  withSeeds(200, (random) => {
    const window = new ByteWindow();
    let expected: number[] = [];
    let next = 0;
    for (let step = 0; step < 50; step++) {
      const room = window.lend(
        random.pick([IDLE_BUFFER, SMALL_BUFFER, MEDIUM_BUFFER]),
        random.pick([0, 0, 0, 200, 3000]),
      );
      const act = () => {
        const length = Math.min(random.int(0, 400), expected.length);
        const taken = new Uint8Array(length);
        window.take(taken);
        assertEquals([...taken], expected.slice(0, length));
        expected = expected.slice(length);
        const back = random.int(0, 3) === 0 ? random.int(0, length) : 0;
        window.unread(taken.subarray(length - back));
        expected = [...taken.subarray(length - back), ...expected];
      };
      if (random.chance(0.5)) act();
      const length = random.int(0, Math.min(room.length, 300));
      for (let at = 0; at < length; at++) {
        room[at] = next;
        expected.push(next);
        next = (next + 1) % 256;
      }
      window.fill(length);
      if (random.chance(0.7)) act();
      assertEquals([...window.peek()], expected);
    }
    window.clear();
    assertEquals(poolSizeFor(window.length), IDLE_BUFFER);
  });
});
