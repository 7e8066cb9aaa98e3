import { assertEquals, assertRejects } from "@std/assert";
import type { RawConn } from "../../tcp/_raw_conn.ts";
import { WriteHalf } from "../../tcp/_write_half.ts";
import { isPending } from "./_outcomes.ts";
import { HOST, makeRaw } from "./_raw.ts";

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
