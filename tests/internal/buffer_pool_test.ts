import {
  assert,
  assertEquals,
  assertNotStrictEquals,
  assertStrictEquals,
} from "@std/assert";
import {
  giveBuffer,
  LARGE_BUFFER,
  MEDIUM_BUFFER,
  SMALL_BUFFER,
  takeBuffer,
} from "../../internal/buffer_pool.ts";

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
  assert(kept <= 4, `${kept} buffers were kept`);
});
