import {
  assert,
  assertEquals,
  assertNotStrictEquals,
  assertStrictEquals,
} from "@std/assert";
import {
  giveBuffer,
  IDLE_BUFFER,
  LARGE_BUFFER,
  MEDIUM_BUFFER,
  ownsMemory,
  poolSizeFor,
  SMALL_BUFFER,
  takeBuffer,
} from "../../../internal/bytes/buffer_pool.ts";

Deno.test("takeBuffer() gives buffers of the size asked, each to one taker", () => {
  for (const size of [SMALL_BUFFER, MEDIUM_BUFFER, LARGE_BUFFER]) {
    const buffers = Array.from({ length: 5 }, () => takeBuffer(size));
    for (const buffer of buffers) {
      assertEquals(buffer.length, size);
      assertEquals(buffer.buffer.byteLength, size);
    }
    assertEquals(new Set(buffers.map(({ buffer }) => buffer)).size, 5);
    buffers.forEach(giveBuffer);
  }
});

Deno.test("takeBuffer() gives the buffer given back last", () => {
  const first = takeBuffer(MEDIUM_BUFFER);
  giveBuffer(first);
  const second = takeBuffer(MEDIUM_BUFFER);
  assertStrictEquals(second, first);
  assertNotStrictEquals(takeBuffer(MEDIUM_BUFFER), first);
  giveBuffer(second);
});

Deno.test("buffers of idle connections share memory, and no byte of it", () => {
  const buffers = Array.from({ length: 300 }, () => takeBuffer(IDLE_BUFFER));
  for (const [index, buffer] of buffers.entries()) {
    assertEquals(buffer.length, IDLE_BUFFER);
    buffer.fill(index);
  }
  for (const [index, buffer] of buffers.entries()) {
    assert(buffer.every((byte) => byte === index % 256));
  }
  const blocks = new Set(buffers.map(({ buffer }) => buffer));
  assert(blocks.size < 300 / 3, `${blocks.size} blocks`);
  buffers.forEach(giveBuffer);
});

Deno.test("takeBuffer() gives none whose memory somebody has transferred", () => {
  const buffers = Array.from({ length: 20 }, () => takeBuffer(IDLE_BUFFER));
  buffers.forEach(giveBuffer);
  for (const memory of new Set(buffers.map(({ buffer }) => buffer))) {
    memory.transfer();
  }
  for (const { length } of buffers) assertEquals(length, 0);
  for (let taken = 0; taken < 50; taken++) {
    assertEquals(takeBuffer(IDLE_BUFFER).length, IDLE_BUFFER);
  }
});

Deno.test("ownsMemory() tells what may be handed out", () => {
  assert(ownsMemory(takeBuffer(SMALL_BUFFER)));
  assert(!ownsMemory(takeBuffer(IDLE_BUFFER)));
  assert(!ownsMemory(new Uint8Array(8).subarray(1)));
});

Deno.test("giveBuffer() keeps no buffer of another size", () => {
  for (const size of [0, 1, SMALL_BUFFER + 1, 2 * LARGE_BUFFER]) {
    const buffer = new Uint8Array(size);
    giveBuffer(buffer);
    assertNotStrictEquals(takeBuffer(size), buffer);
  }
});

Deno.test("giveBuffer() keeps no more than the pool may hold", () => {
  const given = Array.from({ length: 40 }, () => new Uint8Array(LARGE_BUFFER));
  given.forEach(giveBuffer);
  const taken = Array.from({ length: 40 }, () => takeBuffer(LARGE_BUFFER));
  const kept = taken.filter((buffer) => given.includes(buffer)).length;
  assert(kept <= 8, `${kept} buffers were kept`);
});

Deno.test("poolSizeFor() has a size for every length", () => {
  for (let length = 1; length < 5_000_000; length = length * 2 + 1) {
    const size = poolSizeFor(length);
    assert(size >= length, `${size} bytes for ${length}`);
    assertEquals(poolSizeFor(size), size);
  }
});
