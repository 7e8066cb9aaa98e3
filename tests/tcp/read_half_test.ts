import { assertEquals, assertGreater, assertLess } from "@std/assert";
import {
  IDLE_BUFFER,
  MEDIUM_BUFFER,
  SMALL_BUFFER,
} from "../../internal/buffer_pool.ts";
import { Waiter } from "../../internal/wait_queue.ts";
import { ReadHalf } from "../../tcp/_read_half.ts";
import type { ReadWaiter } from "../../tcp/_read_waiters.ts";
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

/** Takes all that is there as a chunk. */
class ChunkRead extends Waiter<Uint8Array> implements ReadWaiter {
  serve(half: ReadHalf): boolean {
    this.resolve(half.takeCopy());
    return true;
  }

  end(): void {
    this.reject(new Error("The stream has ended"));
  }

  fail(error: unknown): void {
    this.reject(error);
  }
}

Deno.test("ReadHalf hands out full buffers, but not those that share memory", async () => {
  const { half, offered } = makeHalf(() => Infinity);
  for (let reads = 0; reads < 4; reads++) {
    const chunk = await half.start(new ChunkRead(), undefined);
    assertEquals(chunk.length, offered[reads]);
    assertEquals(chunk.buffer.byteLength, chunk.length);
  }
  assertEquals(offered[0], IDLE_BUFFER);
});

Deno.test("ReadHalf takes each message of a peer that waits for answers with one read", async () => {
  const limits = [IDLE_BUFFER, SMALL_BUFFER, MEDIUM_BUFFER];
  const lengths = limits.flatMap((limit) =>
    [limit - 1, limit + 1, limit + 100, limit + IDLE_BUFFER, 2 * limit]
      .filter((length) => length < MEDIUM_BUFFER)
  );
  for (const length of lengths) {
    let left = 0;
    let reads = 0;
    const half = new ReadHalf(
      makeRaw({
        read: (buffer) => {
          reads++;
          if (left === 0) left = length;
          const count = Math.min(left, buffer.length);
          left -= count;
          return Promise.resolve(count);
        },
      }),
      HOST,
      true,
    );
    const target = new Uint8Array(length);
    const takeMessage = async () => {
      let taken = 0;
      while (taken < length) {
        taken += await half.read(target.subarray(taken)) ?? NaN;
      }
    };
    for (let message = 0; message < 4; message++) await takeMessage();
    reads = 0;
    for (let message = 0; message < 20; message++) await takeMessage();
    assertEquals(reads, 20, `messages of ${length} bytes`);
  }
});
