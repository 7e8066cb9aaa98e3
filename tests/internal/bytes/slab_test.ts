import {
  assertEquals,
  assertNotStrictEquals,
  assertStrictEquals,
} from "@std/assert";
import { Slab } from "../../../internal/bytes/slab.ts";

Deno.test("A slab's copies are apart from each other and from the original", () => {
  const slab = new Slab(4096, 256);
  const original = new Uint8Array(100);
  const copies = Array.from({ length: 200 }, (_, index) => {
    original.fill(index);
    return slab.copy(original.subarray(0, index % 100));
  });
  original.fill(255);

  for (const [index, copy] of copies.entries()) {
    assertEquals(copy, new Uint8Array(index % 100).fill(index));
  }
});

Deno.test("A slab shares its memory among small copies only", () => {
  const slab = new Slab(4096, 256);
  const small = slab.copy(new Uint8Array(256));
  const large = slab.copy(new Uint8Array(257));

  assertStrictEquals(slab.copy(new Uint8Array(3)).buffer, small.buffer);
  assertEquals(slab.copy(new Uint8Array(1)).byteOffset % 8, 0);
  assertNotStrictEquals(large.buffer, small.buffer);
  assertEquals(large.buffer.byteLength, 257);
});

Deno.test("A slab copies a part of what it is given", () => {
  const slab = new Slab(64, 16);
  const bytes = Uint8Array.from({ length: 100 }, (_, index) => index);
  assertEquals(slab.copy(bytes, 10, 3), new Uint8Array([10, 11, 12]));
  assertEquals(slab.copy(bytes, 98), new Uint8Array([98, 99]));
  assertEquals(slab.copy(bytes, 20, 70), bytes.slice(20, 90));
  assertEquals(slab.copy(bytes, 100).length, 0);
});

Deno.test("A slab goes on when somebody has transferred a copy", () => {
  const slab = new Slab(64, 16);
  for (const length of [0, 3, 16]) {
    for (let index = 0; index < 10; index++) {
      const bytes = new Uint8Array(length).fill(index);
      const copy = slab.copy(bytes);
      assertEquals(copy, bytes);
      if (index % 3 === 0) structuredClone(copy, { transfer: [copy.buffer] });
    }
  }
});
