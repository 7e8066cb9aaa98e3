import {
  assertEquals,
  assertNotStrictEquals,
  assertStrictEquals,
} from "@std/assert";
import { Slab } from "../../udp/_slab.ts";

Deno.test("A slab's copies are apart from each other and from the original", () => {
  const slab = new Slab();
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
  const slab = new Slab();
  const small = slab.copy(new Uint8Array(256));
  const large = slab.copy(new Uint8Array(257));

  assertStrictEquals(slab.copy(new Uint8Array(3)).buffer, small.buffer);
  assertEquals(slab.copy(new Uint8Array(1)).byteOffset % 8, 0);
  assertNotStrictEquals(large.buffer, small.buffer);
  assertEquals(large.buffer.byteLength, 257);
});
