import { assert, assertEquals } from "@std/assert";
import { Random } from "../../property/_random.ts";
import {
  assertSameBytes,
  concat,
  drain,
  filled,
  pattern,
  readBytes,
} from "../support/_bytes.ts";
import { assertTimeout, isPending, nextTurn } from "../support/_outcomes.ts";
import { testEachKind } from "../support/kinds.ts";

const MEBIBYTE = 1024 * 1024;

testEachKind(
  "1 MiB arrives whole and in order, then the end",
  async (left, right) => {
    const writing = left.write(pattern(MEBIBYTE)).then(() => left.close());
    assertSameBytes(await drain(right), pattern(MEBIBYTE));
    await writing;
    assertEquals(await right.read(new Uint8Array(1)), null);
  },
);

testEachKind(
  "1,000 timeouts in a row under traffic lose no byte",
  async (left, right) => {
    const random = new Random(3);
    let sent = 0;
    const pieces: Uint8Array[] = [];
    const writes: Promise<number>[] = [];
    const leftAlone: Uint8Array[] = [];
    for (let timeouts = 0; timeouts < 1000;) {
      const size = 1 + random.below(2500);
      writes.push(left.write(pattern(size, sent)));
      sent += size;
      while (true) {
        const buffer = filled(1 + random.below(3000), 0xa5);
        const reading = random.below(12) === 0
          ? right.read(buffer, { timeout: 0 })
          : right.read(buffer);
        if (random.below(3) > 0) {
          right.setReadDeadline(1);
          right.setReadDeadline(undefined);
        } else if (random.below(8) === 0) right.setReadTimeout(1);
        try {
          const isStuck = right.bytesRead === sent && await isPending(reading);
          if (isStuck) right.setReadDeadline(1);
          const length = await reading;
          pieces.push(buffer.subarray(0, length ?? 0));
        } catch (error) {
          assertTimeout(error);
          leftAlone.push(buffer);
          timeouts++;
          break;
        } finally {
          right.setReadDeadline(undefined);
          right.setReadTimeout(Infinity);
        }
      }
    }
    await Promise.all(writes);
    await left.closeWrite();
    pieces.push(await drain(right));
    assertSameBytes(concat(pieces), pattern(sent));
    for (const buffer of leftAlone) {
      assert(buffer.every((byte) => byte === 0xa5));
    }
  },
);

testEachKind(
  "1,000 reads that end at a timeout of 1 ms lose no byte",
  async (left, right) => {
    const length = 200_000;
    let timeouts = 0;
    const reading = (async () => {
      const pieces: Uint8Array[] = [];
      const read = async () => {
        while (timeouts < 1000) {
          const buffer = new Uint8Array(512);
          try {
            const count = await right.read(buffer, { timeout: 1 });
            pieces.push(buffer.subarray(0, count ?? 0));
          } catch (error) {
            assertTimeout(error);
            timeouts++;
          }
        }
      };
      await Promise.all(Array.from({ length: 20 }, read));
      pieces.push(await readBytes(right, length - right.bytesRead + unread()));
      return concat(pieces);
      function unread(): number {
        return right.bytesRead -
          pieces.reduce((sum, { length }) => sum + length, 0);
      }
    })();
    for (let offset = 0; offset < length;) {
      const size = Math.min(timeouts < 1000 ? 700 : length, length - offset);
      await left.write(pattern(size, offset));
      offset += size;
      await nextTurn();
    }
    assertSameBytes(await reading, pattern(length));
    assert(timeouts >= 1000);
  },
);
