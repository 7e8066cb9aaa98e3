import { assert, assertEquals, assertInstanceOf } from "@std/assert";
import { Random } from "../../property/_random.ts";
import {
  assertSameBytes,
  concat,
  pattern,
  readText,
} from "../support/_bytes.ts";
import { consumers, quitters } from "../support/_consumers.ts";
import { errorOf, isPending } from "../support/_outcomes.ts";
import { type Conn, kinds, testEachKind } from "../support/kinds.ts";

for (const { name, take } of consumers) {
  testEachKind(
    `${name} gets what is there, and what comes`,
    async (left, right, kind) => {
      await left.writeString("hello");
      assertEquals(await take(right), "hello");
      const again = kinds.find((each) => each.name === kind);
      assert(again !== undefined);
      const [first, second] = await again.connect();
      using _first = first;
      using _second = second;
      const taking = take(second);
      assert(await isPending(taking));
      await first.writeString("world");
      assertEquals(await taking, "world");
    },
  );
}

for (const quitter of quitters) {
  for (const consumer of consumers) {
    testEachKind(
      `${consumer.name} gets what comes after ${quitter.name}`,
      async (left, right) => {
        await quitter.quit(right);
        await quitter.quit(right);
        const taking = consumer.take(right);
        assert(await isPending(taking));
        await left.writeString("hello");
        assertEquals(await taking, "hello");
        if (!consumer.isPolite) return;
        await left.writeString("world");
        assertEquals(await consumer.take(right), "world");
      },
    );
  }
}

testEachKind(
  "all ways to read take turns in any order without loss",
  async (left, right) => {
    const random = new Random(7);
    const polite = consumers.filter((consumer) => consumer.isPolite);
    let text = "";
    let expected = "";
    for (let round = 0; round < 150; round++) {
      const word = String(10_000 + random.below(90_000));
      if (random.below(3) === 0) await random.pick(quitters).quit(right);
      const isAhead = random.below(2) === 0;
      const taking = isAhead ? random.pick(polite).take(right) : undefined;
      await left.writeString(word);
      expected += word;
      text += await (taking ?? random.pick(polite).take(right));
    }
    assertEquals(text, expected);
  },
);

testEachKind(
  "all ways to read take turns on a bulk transfer without loss",
  async (left, right) => {
    const random = new Random(11);
    const length = 1_500_000;
    const writing = left.write(pattern(length)).then(() => left.closeWrite());
    const chunks: Uint8Array[] = [];
    let received = 0;
    while (received < length) {
      const chunk = await takeChunk(right, random);
      chunks.push(chunk);
      received += chunk.length;
    }
    await writing;
    assertSameBytes(concat(chunks), pattern(length));
    assertEquals(await right.read(new Uint8Array(1)), null);
  },
);

async function takeChunk(conn: Conn, random: Random): Promise<Uint8Array> {
  const size = 1 + random.below(100_000);
  switch (random.below(5)) {
    case 0: {
      const reader = conn.readable.getReader();
      const { value } = await reader.read();
      reader.releaseLock();
      return value ?? new Uint8Array(0);
    }
    case 1: {
      const reader = conn.readable.getReader({ mode: "byob" });
      const { value } = await reader.read(new Uint8Array(size));
      reader.releaseLock();
      return value ?? new Uint8Array(0);
    }
    case 2: {
      const reader = new ReadableStreamDefaultReader(conn.readable);
      const { value } = await reader.read();
      reader.releaseLock();
      return value ?? new Uint8Array(0);
    }
    case 3: {
      for await (const chunk of conn.readable.values({ preventCancel: true })) {
        return chunk;
      }
      return new Uint8Array(0);
    }
    default: {
      const buffer = new Uint8Array(size);
      return buffer.subarray(0, await conn.read(buffer) ?? 0);
    }
  }
}

testEachKind(
  "a locked readable makes reads fail, and a released one no more",
  async (left, right) => {
    for (const mode of [undefined, "byob"] as const) {
      const reader = mode === undefined
        ? right.readable.getReader()
        : right.readable.getReader({ mode });
      const calls = [
        () => right.read(new Uint8Array(4)),
        () => right.read(new Uint8Array(4), { timeout: 5 }),
        () => right.readFull(new Uint8Array(4)),
        () => right.readLine(),
        () => right.lines().next(),
      ];
      for (const call of calls) {
        assertInstanceOf(await errorOf(call()), TypeError);
      }
      assertEquals(right.readable.locked, true);
      reader.releaseLock();
      assertEquals(right.readable.locked, false);
      await left.writeString("free");
      assertEquals(await readText(right, 4), "free");
    }
  },
);

testEachKind(
  "a locked writable makes writes fail, and a released one no more",
  async (left, right) => {
    const writer = left.writable.getWriter();
    const calls = [
      () => left.write(new Uint8Array(4)),
      () => left.writeString("never"),
      () => left.writev([new Uint8Array(4)]),
      () => left.closeWrite(),
    ];
    for (const call of calls) {
      assertInstanceOf(
        await errorOf(call()),
        TypeError,
      );
    }
    writer.releaseLock();
    await left.writeString("free");
    assertEquals(await readText(right, 4), "free");
  },
);

testEachKind(
  "a reader may queue up behind a read that waits",
  async (left, right) => {
    const first = readText(right, 3);
    const reader = right.readable.getReader();
    const second = reader.read();
    assert(await isPending(second));
    await left.writeString("one");
    assertEquals(await first, "one");
    await left.writeString("two");
    assertEquals((await second).value?.length, 3);
  },
);

testEachKind(
  "a writer may queue up behind a write that waits",
  async (left, right) => {
    const first = left.write(pattern(3_000_000));
    const writer = left.writable.getWriter();
    const second = writer.write(pattern(1000, 3_000_000));
    writer.releaseLock();
    const third = left.write(pattern(1000, 3_001_000));
    const received = new Uint8Array(3_002_000);
    await right.readFull(received);
    assertSameBytes(received, pattern(3_002_000));
    await Promise.all([first, second, third]);
  },
);
