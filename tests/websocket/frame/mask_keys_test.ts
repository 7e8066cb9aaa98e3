import { assert, assertEquals } from "@std/assert";
import { MaskKeys } from "../../../websocket/frame/_mask_keys.ts";

/** Counts the bytes that `run` draws from `crypto`. */
function countRandomBytes(run: () => void): number[] {
  const original = crypto.getRandomValues;
  const draws: number[] = [];
  crypto.getRandomValues = (array) => {
    draws.push(array?.byteLength ?? 0);
    return original.call(crypto, array) as typeof array;
  };
  try {
    run();
  } finally {
    crypto.getRandomValues = original;
  }
  return draws;
}

Deno.test("MaskKeys draws every key from crypto, a few first and then 4 KiB at a time", () => {
  const draws = countRandomBytes(() => {
    const keys = new MaskKeys();
    for (let count = 0; count < 16 + 1024 + 1; count++) keys.next();
  });
  assertEquals(draws, [64, 4096, 4096]);
});

Deno.test("MaskKeys draws nothing before the first key", () => {
  assertEquals(countRandomBytes(() => new MaskKeys()), []);
});

Deno.test("MaskKeys hands out different keys that use all bits", () => {
  const keys = new MaskKeys();
  const seen = new Set<number>();
  let ones = 0;
  let zeros = 0;
  for (let count = 0; count < 3000; count++) {
    const key = keys.next();
    seen.add(key);
    ones |= key;
    zeros |= ~key;
  }
  // Two of 3,000 keys are alike once in 1,000 runs, ten of them never.
  assert(seen.size > 2990);
  assertEquals([ones, zeros], [-1, -1]);
});
