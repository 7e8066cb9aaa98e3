import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import { pipe } from "../../../tcp/pipe.ts";
import {
  assertSameBytes,
  BLOCKING,
  decode,
  filled,
  pattern,
  readBytes,
  readText,
} from "../support/_bytes.ts";
import {
  assertClosed,
  assertTimesOut,
  errorOf,
  isPending,
  nextTurn,
  until,
} from "../support/_outcomes.ts";
import { testEachKind } from "../support/kinds.ts";

testEachKind(
  "readable takes nothing before it is asked",
  async (left, right) => {
    const { readable } = right;
    assertStrictEquals(right.readable, readable);
    await left.writeString("one");
    const reader = readable.getReader();
    await nextTurn();
    assertEquals(right.bytesRead, 0);
    assertEquals(decode((await reader.read()).value), "one");
    await left.writeString("two");
    await nextTurn();
    assertEquals(right.bytesRead, 3);
    reader.releaseLock();
    const byob = readable.getReader({ mode: "byob" });
    await nextTurn();
    assertEquals(right.bytesRead, 3);
    const { value } = await byob.read(new Uint8Array(9));
    assertEquals(decode(value), "two");
    await left.writeString("three");
    await nextTurn();
    assertEquals(right.bytesRead, 6);
  },
);

testEachKind(
  "a chunk shares its memory with nothing, however small it is",
  async (left, right) => {
    const reader = right.readable.getReader();
    const length = 2_000_000;
    const writing = left.write(pattern(length));
    for (let received = 0; received < length;) {
      const { value } = await reader.read();
      assert(value !== undefined);
      assertSameBytes(value, pattern(value.length, received));
      received += value.length;
      assertEquals(value.buffer.byteLength, value.length);
      structuredClone(value, { transfer: [value.buffer] });
      assertEquals(value.length, 0);
    }
    await writing;
  },
);

testEachKind(
  "chunks that were handed out stay as they are",
  async (left, right) => {
    const reader = right.readable.getReader();
    const chunks: Uint8Array[] = [];
    for (const size of [1024, 1024, 16_384, 16_384, 262_144, 262_144, 5]) {
      const writing = left.write(pattern(size));
      for (let received = 0; received < size;) {
        const { value } = await reader.read();
        assert(value !== undefined);
        assertSameBytes(value, pattern(value.length, received));
        received += value.length;
        chunks.push(value.fill(0xee));
      }
      await writing;
    }
    for (const chunk of chunks) {
      assertSameBytes(chunk, filled(chunk.length, 0xee));
    }
  },
);

testEachKind(
  "overlapping reads of a reader are served in order",
  async (left, right) => {
    const reader = right.readable.getReader();
    const reads = [reader.read(), reader.read(), reader.read()];
    await left.writeString("a");
    assertEquals(decode((await reads[0])?.value), "a");
    await left.writeString("b");
    assertEquals(decode((await reads[1])?.value), "b");
    await left.closeWrite();
    assertEquals(await reads[2], { done: true, value: undefined });
    await reader.closed;
    assertEquals(await reader.read(), { done: true, value: undefined });
  },
);

testEachKind(
  "a BYOB reader fills the views it is given",
  async (left, right) => {
    const reader = right.readable.getReader({ mode: "byob" });
    await left.writeString("abcdefgh");
    const first = await reader.read(new Uint8Array(3));
    assertEquals(decode(first.value), "abc");
    assertEquals(first.value?.buffer.byteLength, 3);
    const second = await reader.read(new Uint8Array(new ArrayBuffer(9), 2, 4));
    assertEquals(decode(second.value), "defg");
    assertEquals(second.value?.byteOffset, 2);
    await left.closeWrite();
    const third = await reader.read(new Uint8Array(9));
    assertEquals(decode(third.value), "h");
    const { done, value } = await reader.read(new Uint8Array(9));
    assertEquals(done, true);
    assertEquals(value?.length, 0);
    assertEquals(right.state, "writeOnly");
  },
);

testEachKind(
  "a BYOB reader takes elements of two bytes",
  async (left, right) => {
    const reader = right.readable.getReader({ mode: "byob" });
    const reading = reader.read(new Uint16Array(4));
    await left.write(filled(1, 1));
    await until(() => right.bytesRead === 1);
    await left.write(filled(2, 1));
    assertEquals((await reading).value, new Uint16Array([0x0101]));
    await left.write(filled(1, 1));
    assertEquals((await reader.read(new Uint16Array(4))).value?.length, 1);
  },
);

testEachKind(
  "an end in the middle of an element fails the read and nothing else",
  async (left, right) => {
    const reader = right.readable.getReader({ mode: "byob" });
    const reading = errorOf(reader.read(new Uint16Array(4)));
    await left.write(filled(1, 1));
    await until(() => right.bytesRead === 1);
    await left.closeWrite();
    assertInstanceOf(await reading, TypeError);
    await until(() => right.state === "writeOnly");
    await right.writeString("still here");
    assertEquals(await readText(left, 10), "still here");
  },
);

testEachKind(
  "a BYOB reader that is released gives back a part of an element",
  async (left, right) => {
    const reader = right.readable.getReader({ mode: "byob" });
    const reading = errorOf(reader.read(new Uint16Array(4)));
    await left.writeString("a");
    await until(() => right.bytesRead === 1);
    reader.releaseLock();
    await reading;
    await left.writeString("b");
    assertEquals(await readText(right, 2), "ab");
  },
);

testEachKind(
  "releaseLock() fails the reads that wait and keeps their bytes",
  async (left, right) => {
    const reader = right.readable.getReader();
    const reads = [reader.read(), reader.read()].map(errorOf);
    assert(await isPending(reads[1] ?? Promise.resolve()));
    reader.releaseLock();
    reader.releaseLock();
    for (const error of await Promise.all(reads)) {
      assertInstanceOf(error, TypeError);
    }
    assertInstanceOf(await errorOf(reader.read()), TypeError);
    assertInstanceOf(await errorOf(reader.closed), TypeError);
    await left.writeString("kept");
    assertEquals(await readText(right, 4), "kept");
  },
);

for (const mode of ["default", "byob"] as const) {
  Deno.test(`asking for a second lock leaves the first alone (${mode})`, async () => {
    const intrusions: ((stream: ReadableStream<Uint8Array>) => unknown)[] = [
      (stream) => stream.getReader(),
      (stream) => stream.getReader({ mode: "byob" }),
      (stream) => stream.values(),
      (stream) => stream[Symbol.asyncIterator](),
      (stream) => stream.tee(),
      (stream) => stream.pipeThrough(new TransformStream()),
    ];
    for (const intrude of intrusions) {
      const [left, right] = pipe();
      using _left = left;
      using _right = right;
      const stream = right.readable;
      const reading = mode === "byob"
        ? stream.getReader({ mode }).read(new Uint8Array(9))
        : stream.getReader().read();
      await nextTurn();
      assertThrows(() => intrude(stream), TypeError);
      assertInstanceOf(
        await errorOf(stream.pipeTo(new WritableStream())),
        TypeError,
      );
      assertInstanceOf(await errorOf(stream.cancel()), TypeError);
      await left.writeString("mine");
      assertEquals(decode((await reading).value), "mine", String(intrude));
    }
  });
}

testEachKind(
  "cancel() ends the reads that wait, and reading",
  async (left, right) => {
    const reader = right.readable.getReader();
    const reads = [reader.read(), reader.read()];
    assert(await isPending(Promise.all(reads)));
    await reader.cancel("enough");
    for (const read of reads) {
      assertEquals(await read, { done: true, value: undefined });
    }
    await reader.closed;
    await reader.cancel();
    reader.releaseLock();
    await right.readable.cancel();
    assertClosed(await errorOf(right.read(new Uint8Array(1))));
    assertEquals(right.state, "writeOnly");
    await left.writeString("into the void");
    assertEquals(await Array.fromAsync(right.readable), []);
  },
);

testEachKind("cancel() ends a BYOB read that waits", async (_left, right) => {
  const reader = right.readable.getReader({ mode: "byob" });
  const reading = reader.read(new Uint8Array(4));
  assert(await isPending(reading));
  await reader.cancel();
  assertEquals((await reading).done, true);
  assertEquals(right.state, "writeOnly");
});

testEachKind(
  "a read() that waits fails when reading is cancelled",
  async (_left, right) => {
    const reading = errorOf(right.read(new Uint8Array(4)));
    assert(await isPending(reading));
    await right.readable.cancel();
    assertClosed(await reading);
  },
);

testEachKind(
  "a loop that is left cancels, unless prevented",
  async (left, right) => {
    await left.writeString("one");
    for await (const chunk of right.readable.values({ preventCancel: true })) {
      assertEquals(decode(chunk), "one");
      break;
    }
    assertEquals(right.readable.locked, false);
    await left.writeString("two");
    const failure = await errorOf((async () => {
      for await (const chunk of right.readable) {
        throw new RangeError(decode(chunk));
      }
    })());
    assertInstanceOf(failure, RangeError);
    assertEquals(failure.message, "two");
    assertEquals(right.readable.locked, false);
    assertEquals(right.state, "writeOnly");
  },
);

testEachKind("the iterator may be used by hand", async (left, right) => {
  const iterator = right.readable.values({ preventCancel: true });
  const [first, second] = [iterator.next(), iterator.next()];
  await left.writeString("one");
  assertEquals(decode((await first).value), "one");
  await left.closeWrite();
  assertEquals(await second, { done: true, value: undefined });
  assertEquals(await iterator.next(), { done: true, value: undefined });
  assertEquals((await iterator.return?.())?.done, true);
  await nextTurn();
  assertEquals(right.readable.locked, false);
});

testEachKind(
  "a limit fails a read of a reader, which may try again",
  async (left, right) => {
    right.setReadTimeout(1);
    const reader = right.readable.getReader();
    for (let count = 0; count < 3; count++) await assertTimesOut(reader.read());
    right.setReadTimeout(Infinity);
    await left.writeString("here");
    assertEquals(decode((await reader.read()).value), "here");
    right.setReadDeadline(1);
    await assertTimesOut(reader.read());
    right.setReadDeadline(undefined);
    await left.writeString("more");
    assertEquals(decode((await reader.read()).value), "more");
  },
);

testEachKind(
  "a limit fails a read of a BYOB reader, which may try again",
  async (left, right) => {
    right.setReadTimeout(1);
    const reader = right.readable.getReader({ mode: "byob" });
    await assertTimesOut(reader.read(new Uint8Array(4)));
    right.setReadTimeout(Infinity);
    await left.writeString("here");
    assertEquals(decode((await reader.read(new Uint8Array(4))).value), "here");
  },
);

testEachKind(
  "a limit that a BYOB reader met leaves the connection usable",
  async (left, right) => {
    right.setReadTimeout(1);
    const byob = right.readable.getReader({ mode: "byob" });
    await assertTimesOut(byob.read(new Uint8Array(4)));
    byob.releaseLock();
    right.setReadTimeout(Infinity);
    await left.writeString("here");
    assertEquals(await readText(right, 4), "here");
    const ending = right.read(new Uint8Array(4));
    await left.closeWrite();
    assertEquals(await ending, null);
    await right.writeString("back");
    assertEquals(await readText(left, 4), "back");
  },
);

testEachKind(
  "the end behind a limit that a BYOB reader met is an end",
  async (left, right) => {
    right.setReadTimeout(1);
    const byob = right.readable.getReader({ mode: "byob" });
    await assertTimesOut(byob.read(new Uint8Array(4)));
    byob.releaseLock();
    right.setReadTimeout(Infinity);
    const reading = right.readable.getReader().read();
    const outcome = reading.then(() => "settled", () => "settled");
    await left.closeWrite();
    assertEquals(await outcome, "settled");
    await until(() => right.state === "writeOnly");
  },
);

testEachKind(
  "a limit ends a loop, and the connection goes on",
  async (left, right) => {
    right.setReadTimeout(1);
    await assertTimesOut(Array.fromAsync(right.readable));
    await nextTurn();
    right.setReadTimeout(Infinity);
    await left.writeString("here");
    assertEquals(await readText(right, 4), "here");
  },
);

testEachKind("both branches of tee() get everything", async (left, right) => {
  const [first, second] = right.readable.tee();
  const length = 300_000;
  const writing = left.write(pattern(length)).then(() => left.closeWrite());
  const texts = await Promise.all([
    new Response(first).bytes(),
    new Response(second).bytes(),
  ]);
  for (const bytes of texts) assertSameBytes(bytes, pattern(length));
  await writing;
});

testEachKind(
  "readable goes through transforms and into a Response",
  async (left, right) => {
    const text = "漢字 and more\n".repeat(5000);
    const writing = left.writeString(text).then(() => left.closeWrite());
    const decoded = right.readable.pipeThrough(new TextDecoderStream());
    assertEquals((await Array.fromAsync(decoded)).join(""), text);
    await writing;
    const answering = right.writeString(text).then(() => right.closeWrite());
    assertEquals(await new Response(left.readable).text(), text);
    await answering;
  },
);

testEachKind(
  "getReader() and values() refuse what is no options",
  async (left, right) => {
    const { readable } = right;
    type Loose = (options: unknown) => unknown;
    const getReader = readable.getReader.bind(readable) as Loose;
    const values = readable.values.bind(readable) as Loose;
    assertThrows(() => getReader({ mode: "x" }), TypeError);
    assertThrows(() => getReader({ mode: null }), TypeError);
    assertThrows(() => getReader(5), TypeError);
    assertThrows(() => values("x"), TypeError);
    const pipeTo = readable.pipeTo.bind(readable) as (
      ...given: unknown[]
    ) => Promise<void>;
    for (const options of [5, { signal: "x" }, { signal: null }]) {
      const piping = pipeTo(left.writable, options);
      assertInstanceOf(await errorOf(piping), TypeError);
    }
    assertEquals(left.writable.locked, false);
    assertEquals(readable.locked, false);
    const reader = getReader(null) as ReadableStreamDefaultReader<Uint8Array>;
    await left.writeString("read");
    assertEquals(decode((await reader.read()).value), "read");
  },
);

testEachKind(
  "return() of an iterator waits for the reads before it",
  async (left, right) => {
    const iterator = right.readable.values({ preventCancel: true });
    const reads = [iterator.next(), iterator.next()];
    const returning = iterator.return?.("enough");
    const late = iterator.next();
    assert(await isPending(returning ?? Promise.resolve()));
    await left.writeString("one");
    assertEquals(decode((await reads[0])?.value), "one");
    await left.writeString("two");
    assertEquals(decode((await reads[1])?.value), "two");
    assertEquals(await returning as unknown, { done: true, value: "enough" });
    assertEquals(await late, { done: true, value: undefined });
    assertEquals(right.readable.locked, false);
    assertEquals(right.state, "open");
  },
);

testEachKind(
  "return() of an iterator at the end of the stream gives its lock back",
  async (left, right) => {
    const iterator = right.readable.values();
    const reading = iterator.next();
    const returning = iterator.return?.();
    await left.closeWrite();
    assertEquals(await reading, { done: true, value: undefined });
    assertEquals(await returning, { done: true, value: undefined });
    assertEquals(right.readable.locked, false);
    assertEquals(right.state, "writeOnly");
  },
);

testEachKind(
  "close() of the connection fails all reads with one error",
  async (_left, right) => {
    const reader = right.readable.getReader();
    const reads = [reader.read(), reader.read()].map(errorOf);
    assert(await isPending(Promise.all(reads)));
    right.close();
    const [first, second] = await Promise.all(reads);
    assertClosed(first);
    assertStrictEquals(second, first);
    assertStrictEquals(await errorOf(reader.closed), first);
    assertStrictEquals(await errorOf(reader.read()), first);
  },
);

testEachKind(
  "a readable moves to another owner by structuredClone()",
  async (left, right) => {
    const { readable } = right;
    const moved: ReadableStream<Uint8Array> = structuredClone(readable, {
      transfer: [readable],
    });
    assert(readable.locked);
    const reader = moved.getReader();
    await left.writeString("moved");
    assertEquals(decode((await reader.read()).value), "moved");
    await left.closeWrite();
    assertEquals((await reader.read()).done, true);
  },
);

testEachKind(
  "a pipe that leaves its destination open resolves when all is written",
  async (left, right) => {
    const [source, end] = pipe();
    using _source = source;
    using _end = end;
    const piping = end.readable.pipeTo(left.writable, { preventClose: true });
    const writing = source.write(pattern(BLOCKING)).then(() =>
      source.closeWrite()
    );
    assertSameBytes(await readBytes(right, BLOCKING), pattern(BLOCKING));
    await writing;
    await piping;
    assertEquals([left.bufferedBytes, left.bytesWritten], [0, BLOCKING]);
    assertEquals(left.state, "open");
  },
);
