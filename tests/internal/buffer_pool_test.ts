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
  poolSizeFor,
  SMALL_BUFFER,
  takeBuffer,
  takeWasmBuffer,
} from "../../internal/buffer_pool.ts";
import { isWasmMemory } from "../../internal/wasm_memory.ts";

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

Deno.test("poolSizeFor() has a size for every length", () => {
  for (let length = 1; length < 5_000_000; length = length * 2 + 1) {
    const size = poolSizeFor(length);
    assert(size >= length, `${size} bytes for ${length}`);
    assertEquals(poolSizeFor(size), size);
  }
});

Deno.test("takeWasmBuffer() gives memory of WebAssembly, as long as there is any", () => {
  for (const length of [LARGE_BUFFER, 1024 * 1024 + 14]) {
    const size = poolSizeFor(length);
    const taken = Array.from({ length: 10 }, () => takeWasmBuffer(size));
    const wasm = taken.filter(({ buffer }) => isWasmMemory(buffer));
    assert(wasm.length > 0 && wasm.length <= 4, `${wasm.length} of them`);
    for (const [index, buffer] of taken.entries()) {
      assertEquals(buffer.length, size);
      buffer.fill(index);
    }
    for (const [index, buffer] of taken.entries()) {
      assert(buffer.every((byte) => byte === index), "memory is shared");
    }
    taken.forEach(giveBuffer);
    // They come first, whoever was given back last, and nobody else gets them.
    const others = Array.from({ length: 10 }, () => takeBuffer(size));
    assert(!others.some(({ buffer }) => isWasmMemory(buffer)));
    const again = Array.from(wasm, () => takeWasmBuffer(size));
    assertEquals(new Set(again), new Set(wasm));
    others.forEach(giveBuffer);
    again.forEach(giveBuffer);
  }
  for (const size of [SMALL_BUFFER, MEDIUM_BUFFER]) {
    const buffer = takeWasmBuffer(size);
    assert(!isWasmMemory(buffer.buffer));
    giveBuffer(buffer);
  }
});
