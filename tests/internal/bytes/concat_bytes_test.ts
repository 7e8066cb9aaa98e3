import { assertEquals } from "@std/assert";
import { concatBytes } from "../../../internal/bytes/concat_bytes.ts";

Deno.test("concatBytes() puts arrays together into memory of its own", () => {
  const first = new Uint8Array([1, 2]);
  const joined = concatBytes([first, new Uint8Array(0), new Uint8Array([3])]);
  first[0] = 9;

  assertEquals(joined, new Uint8Array([1, 2, 3]));
  assertEquals(joined.buffer.byteLength, 3);
});

Deno.test("concatBytes() of no arrays is empty", () => {
  assertEquals(concatBytes([]), new Uint8Array(0));
});
