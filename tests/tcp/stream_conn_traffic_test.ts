import { assert, assertEquals } from "@std/assert";
import { Random } from "../property/_random.ts";
import {
  assertSameBytes,
  concat,
  drain,
  filled,
  pattern,
  readBytes,
} from "./_bytes.ts";
import {
  assertTimeout,
  bytesWrittenOf,
  isPending,
  nextTurn,
} from "./_outcomes.ts";
import { testEachKind } from "./kinds.ts";

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

testEachKind("1 MiB in pieces goes both ways at once", async (left, right) => {
  const send = async (conn: typeof left) => {
    for (let offset = 0; offset < MEBIBYTE; offset += 7919) {
      const length = Math.min(7919, MEBIBYTE - offset);
      await conn.write(pattern(length, offset));
    }
    await conn.closeWrite();
  };
  const [there, back] = await Promise.all([
    drain(right),
    drain(left),
    send(left),
    send(right),
  ]);
  assertSameBytes(there, pattern(MEBIBYTE));
  assertSameBytes(back, pattern(MEBIBYTE));
  await Promise.all([left.closed, right.closed]);
});

testEachKind(
  "1,000 ping-pongs of 8 bytes come back as they were",
  async (left, right) => {
    const echo = (async () => {
      const buffer = new Uint8Array(8);
      while (await right.readFull(buffer) !== null) await right.write(buffer);
    })();
    const message = new Uint8Array(8);
    const view = new DataView(message.buffer);
    for (let count = 0; count < 1000; count++) {
      view.setFloat64(0, count);
      await left.write(message);
      message.fill(0);
      assertEquals(await left.readFull(message), 8);
      assertEquals(view.getFloat64(0), count);
    }
    await left.closeWrite();
    await echo;
  },
);

testEachKind(
  "ten tasks that read under a limit of 1 ms see only timeouts",
  async (left, right) => {
    let isDone = false;
    const writing = (async () => {
      for (let offset = 0; !isDone; offset += 500) {
        await left.write(pattern(500, offset % 50_000));
        if (offset % 2000 === 0) await nextTurn();
      }
    })();
    const failed: Uint8Array[] = [];
    let timeouts = 0;
    const read = async () => {
      for (let round = 0; round < 20; round++) {
        const buffer = filled(700, 0xa5);
        right.setReadDeadline(Date.now() + 1);
        try {
          const length = await right.read(buffer);
          assert(length !== null && length > 0);
          assertEquals(buffer.subarray(length), filled(700 - length, 0xa5));
        } catch (error) {
          assertTimeout(error);
          timeouts++;
          failed.push(buffer);
        }
      }
    };
    await Promise.all(Array.from({ length: 10 }, read));
    assertEquals(failed.length, timeouts);
    right.setReadDeadline(undefined);
    isDone = true;
    const draining = drain(right);
    await writing;
    await left.closeWrite();
    await draining;
    for (const buffer of failed) assertEquals(buffer, filled(700, 0xa5));
  },
);

testEachKind(
  "ten tasks that write under a limit of 1 ms see only timeouts",
  async (left, right) => {
    const receiving = drain(right);
    const size = 200_000;
    let sent = 0;
    const write = async (_: unknown, task: number) => {
      const data = new Uint8Array(size);
      for (let round = 0; round < 10; round++) {
        data.fill(task + 1);
        left.setWriteDeadline(Date.now() + 1);
        try {
          const written = await left.write(data);
          sent += written;
        } catch (error) {
          assertTimeout(error);
          sent += bytesWrittenOf(error);
        }
        data.fill(0xff);
      }
    };
    await Promise.all(Array.from({ length: 10 }, write));
    left.setWriteDeadline(undefined);
    await left.closeWrite();
    const received = await receiving;
    assertEquals(received.length, sent);
    assertEquals(received.includes(0xff), false);
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
