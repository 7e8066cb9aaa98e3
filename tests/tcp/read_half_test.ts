import { assertEquals, assertGreater, assertLess } from "@std/assert";
import { ReadHalf } from "../../tcp/_read_half.ts";
import { HOST, makeRaw } from "./_raw.ts";

/** A reading side whose peer sends lines of 37 bytes without end. */
function makeHalf(most: () => number) {
  const line = new TextEncoder().encode(`${"x".repeat(36)}\n`);
  const offered: number[] = [];
  let at = 0;
  const raw = makeRaw({
    read: (buffer) => {
      offered.push(buffer.length);
      const length = Math.min(buffer.length, most());
      for (let index = 0; index < length; index++, at++) {
        buffer[index] = line[at % line.length];
      }
      return Promise.resolve(length);
    },
  });
  return { half: new ReadHalf(raw, HOST, true), offered };
}

Deno.test("ReadHalf reads much at a time although a part of a line is left", async () => {
  let most = Infinity;
  const { half, offered } = makeHalf(() => most);
  while (offered.length < 10) {
    assertEquals((await half.readLine(100))?.length, 36);
  }
  assertGreater(offered.at(-1) ?? 0, 200_000);
  // When little comes, little is held, though a part of a line is there again.
  most = 40;
  while (offered.length < 20) {
    assertEquals((await half.readLine(100))?.length, 36);
  }
  assertLess(offered.at(-1) ?? Infinity, 300);
});
