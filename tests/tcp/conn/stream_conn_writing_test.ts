import { assert, assertEquals, assertInstanceOf } from "@std/assert";
import {
  assertSameBytes,
  BLOCKING,
  concat,
  decode,
  drain,
  encode,
  filled,
  pattern,
  readBytes,
  readText,
} from "../support/_bytes.ts";
import {
  assertTimeout,
  bytesWrittenOf,
  errorOf,
  nextTurn,
} from "../support/_outcomes.ts";
import { testEachKind } from "../support/kinds.ts";

testEachKind(
  "write() sends everything, whatever the size",
  async (left, right) => {
    const sizes = [
      0,
      1,
      47,
      48,
      49,
      1023,
      1024,
      1025,
      16_384,
      16_385,
      262_144,
      262_145,
      1_000_000,
    ];
    const total = sizes.reduce((sum, size) => sum + size, 0);
    const receiving = readBytes(right, total);
    let offset = 0;
    for (const size of sizes) {
      assertEquals(await left.write(pattern(size, offset)), size);
      offset += size;
    }
    assertSameBytes(await receiving, pattern(total));
    assertEquals(left.bytesWritten, total);
  },
);

testEachKind(
  "large overlapping writes never interleave",
  async (left, right) => {
    const length = 1024 * 1024;
    const values = [1, 2, 3, 4];
    const writes = values.map((value) => left.write(filled(length, value)));
    const received = await readBytes(right, length * values.length);
    assertEquals(await Promise.all(writes), values.map(() => length));
    assertSameBytes(
      received,
      concat(values.map((value) => filled(length, value))),
    );
  },
);

testEachKind(
  "overlapping writes of many sizes go out in the order asked",
  async (left, right) => {
    const settled: number[] = [];
    const writes: Promise<void>[] = [];
    let offset = 0;
    for (let index = 0; index < 500; index++) {
      const size = (index * index) % 3001;
      const write = left.write(pattern(size, offset));
      if (size > 0) writes.push(write.then(() => void settled.push(index)));
      offset += size;
    }
    assertSameBytes(await readBytes(right, offset), pattern(offset));
    await Promise.all(writes);
    assertEquals(settled, settled.toSorted((a, b) => a - b));
  },
);

testEachKind(
  "a caller may reuse its buffer as soon as write() has settled",
  async (left, right) => {
    const buffer = new Uint8Array(300_000);
    const receiving = readBytes(right, 5 * buffer.length);
    for (let round = 0; round < 5; round++) {
      buffer.set(pattern(buffer.length, round * buffer.length));
      await left.write(buffer);
      buffer.fill(0);
    }
    assertSameBytes(await receiving, pattern(5 * buffer.length));
  },
);

testEachKind(
  "write() that times out tells exactly how much goes out",
  async (left, right) => {
    const data = pattern(BLOCKING);
    const error = await errorOf(left.write(data, { timeout: 20 }));
    data.fill(0);
    assertTimeout(error);
    const sent = bytesWrittenOf(error);
    assert(sent > 0 && sent < BLOCKING);
    assertEquals(left.lastWriteSent, sent);
    const tail = left.writeString("tail");
    const end = left.closeWrite();
    const received = await drain(right);
    assertSameBytes(received.subarray(0, sent), pattern(sent));
    assertEquals(decode(received.subarray(sent)), "tail");
    assertEquals(await tail, 4);
    await end;
    assertEquals(left.bytesWritten, sent + 4);
    assertEquals(left.bufferedBytes, 0);
  },
);

testEachKind(
  "write() that is aborted tells exactly how much goes out",
  async (left, right) => {
    const controller = new AbortController();
    const reason = new RangeError("Stop");
    const data = pattern(BLOCKING);
    const writing = errorOf(left.write(data, { signal: controller.signal }));
    const behind = left.writeString("behind");
    await nextTurn();
    controller.abort(reason);
    assert(await writing === reason);
    data.fill(0);
    const sent = bytesWrittenOf(reason);
    assert(sent > 0 && sent < BLOCKING);
    const end = left.closeWrite();
    const received = await drain(right);
    assertSameBytes(received.subarray(0, sent), pattern(sent));
    assertEquals(decode(received.subarray(sent)), "behind");
    assertEquals(await behind, 6);
    await end;
  },
);

testEachKind(
  "a write that a past deadline ends while it waits is as exact",
  async (left, right) => {
    const data = pattern(BLOCKING);
    const writing = errorOf(left.write(data));
    await nextTurn();
    left.setWriteDeadline(Date.now() - 1);
    const error = await writing;
    data.fill(0);
    assertTimeout(error);
    const sent = bytesWrittenOf(error);
    left.setWriteDeadline(undefined);
    const tail = left.writeString("tail");
    const end = left.closeWrite();
    const received = await drain(right);
    assertSameBytes(received.subarray(0, sent), pattern(sent));
    assertEquals(decode(received.subarray(sent)), "tail");
    await Promise.all([tail, end]);
  },
);

testEachKind(
  "a write that waits behind another and gives up sends nothing",
  async (left, right) => {
    const first = left.write(pattern(BLOCKING));
    const controller = new AbortController();
    const reason = { name: "Stop" };
    const calls = [
      errorOf(left.writeString("timed", { timeout: 1 })),
      errorOf(left.writeString("aborted", { signal: controller.signal })),
    ];
    const last = left.writeString("last");
    assertTimeout(await calls[0]);
    controller.abort(reason);
    assert(await calls[1] === reason);
    assertEquals(bytesWrittenOf(await calls[0]), 0);
    assertEquals(bytesWrittenOf(reason), 0);
    assertEquals(left.lastWriteSent, 0);
    assertSameBytes(await readBytes(right, BLOCKING), pattern(BLOCKING));
    assertEquals(await readText(right, 4), "last");
    assertEquals(await first, BLOCKING);
    assertEquals(left.lastWriteSent, 4);
    await last;
  },
);

testEachKind(
  "writes that time out in a row are all exact",
  async (left, right) => {
    const pieces: Uint8Array[] = [];
    for (let round = 0; round < 4; round++) {
      const data = filled(BLOCKING / 4, round + 1);
      const error = await left.write(data, { timeout: 10 }).then(
        () => undefined,
        (error) => error,
      );
      if (error !== undefined) assertTimeout(error);
      const sent = error === undefined ? data.length : bytesWrittenOf(error);
      pieces.push(filled(sent, round + 1));
      data.fill(0xff);
    }
    const end = left.closeWrite();
    assertSameBytes(await drain(right), concat(pieces));
    await end;
  },
);

testEachKind(
  "write() with a limit that has passed sends nothing",
  async (left, right) => {
    const reason = new RangeError("Stop");
    const limits = [
      { deadline: Date.now() - 1 },
      { deadline: new Date(0) },
      { signal: AbortSignal.abort(reason) },
    ];
    for (const limit of limits) {
      const error = await errorOf(left.writeString("never", limit));
      assertEquals(bytesWrittenOf(error), 0);
      assertEquals(left.lastWriteSent, 0);
    }
    assertEquals(left.bytesWritten, 0);
    assertEquals(left.bufferedBytes, 0);
    await left.writeString("sent");
    assertEquals(await readText(right, 4), "sent");
  },
);

testEachKind(
  "a reason that takes no property is passed on as it is",
  async (left, right) => {
    for (const reason of ["stop", Object.freeze({ stop: true }), null]) {
      const controller = new AbortController();
      const data = pattern(BLOCKING);
      const writing = errorOf(left.write(data, { signal: controller.signal }));
      controller.abort(reason);
      assert(await writing === reason);
    }
    const sent = left.bytesWritten + left.bufferedBytes;
    assertEquals((await readBytes(right, sent)).length, sent);
  },
);

testEachKind("write() of no bytes gives 0", async (left, right) => {
  await left.writeString("four");
  assertEquals(await left.write(new Uint8Array(0)), 0);
  assertEquals(left.lastWriteSent, 0);
  assertEquals(await left.writeString(""), 0);
  assertEquals(await left.writev([]), 0);
  assertEquals(await left.writev([new Uint8Array(0)]), 0);
  assertEquals(await readText(right, 4), "four");
});

testEachKind(
  "writev() sends pieces of any size as one",
  async (left, right) => {
    const base = pattern(600_000);
    const pieces = [
      base.subarray(0, 3),
      base.subarray(3, 3),
      base.subarray(3, 50_000),
      new Uint8Array(base.buffer, 50_000, 1),
      base.subarray(50_001, 50_001),
      base.subarray(50_001),
    ];
    const receiving = readBytes(right, base.length);
    assertEquals(await left.writev(pieces), base.length);
    assertSameBytes(await receiving, base);
    assertEquals(left.lastWriteSent, base.length);
  },
);

testEachKind(
  "writev() that times out tells exactly how much goes out",
  async (left, right) => {
    const base = pattern(BLOCKING);
    const pieces: Uint8Array[] = [];
    for (let offset = 0; offset < BLOCKING; offset += 100_001) {
      pieces.push(base.subarray(offset, offset + 100_001));
    }
    const writing = errorOf(left.writev(pieces, { timeout: 20 }));
    pieces.length = 0;
    const error = await writing;
    assertTimeout(error);
    base.fill(0);
    const sent = bytesWrittenOf(error);
    const end = left.closeWrite();
    assertSameBytes(await drain(right), pattern(sent));
    await end;
  },
);

testEachKind("writeString() sends UTF-8", async (left, right) => {
  const text = "aé漢😀\0\r\n";
  const bytes = encode(text);
  assertEquals(await left.writeString(text), bytes.length);
  assertEquals(await readBytes(right, bytes.length), bytes);
  assertEquals(await left.writeString("\ud800!"), 4);
  assertEquals(await readText(right, 4), "\uFFFD!");
  assertEquals(await left.writeStr("v"), 1);
  assertEquals(await readText(right, 1), "v");
});

testEachKind(
  "a write rejects data of another type and sends nothing",
  async (left, right) => {
    const values: unknown[] = [undefined, null, 5, "text", new ArrayBuffer(2), [
      1,
    ], {}];
    for (const value of values) {
      const calls = [
        () => left.write(value as Uint8Array),
        () => left.writev(value as Uint8Array[]),
        () => left.writev([encode("x"), value] as Uint8Array[]),
        () => left.writeString((value === "text" ? 5 : value) as string),
      ];
      for (const call of calls) {
        let result: Promise<number> | undefined;
        try {
          result = call();
        } catch (error) {
          throw new Error(`Threw instead of rejecting: ${call}`, {
            cause: error,
          });
        }
        assertInstanceOf(await errorOf(result), TypeError);
      }
    }
    assertEquals(left.bytesWritten + left.bufferedBytes, 0);
    await left.writeString("sent");
    assertEquals(await readText(right, 4), "sent");
  },
);

testEachKind(
  "writeString() sends everything, whatever the size and what is ahead of it",
  async (left, right) => {
    // Around the sizes from which a string is encoded in another way.
    const sizes = [
      0,
      1,
      85,
      86,
      87,
      363,
      5000,
      87_404,
      87_405,
      87_406,
      200_000,
    ];
    const texts = sizes.flatMap((size) =>
      ["x", "漢", "é\ud800"].map(
        (unit) => unit.repeat(size),
      )
    );
    const expected = encode(texts.join(""));
    const receiving = readBytes(right, 2 * expected.length);
    for (const text of texts) {
      assertEquals(await left.writeString(text), encode(text).length);
    }
    await Promise.all(texts.map((text) => left.writeString(text)));
    assertSameBytes(await receiving, concat([expected, expected]));
  },
);
