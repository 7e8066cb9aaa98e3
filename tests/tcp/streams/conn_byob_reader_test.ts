import { runInNewContext } from "node:vm";
import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertStrictEquals,
} from "@std/assert";
import { pipe } from "../../../tcp/pipe.ts";
import {
  decode,
  filled,
  pattern,
  readBytes,
  readText,
} from "../support/_bytes.ts";
import {
  assertClosed,
  errorOf,
  isPending,
  nextTurn,
  until,
} from "../support/_outcomes.ts";
import { type Conn, testEachKind } from "../support/kinds.ts";

/** The types of the standard's table of typed array constructors. */
const TYPES = [
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  BigInt64Array,
  BigUint64Array,
  Float16Array,
  Float32Array,
  Float64Array,
] as const;

type View = ArrayBufferView<ArrayBuffer>;

/** The bytes that a view shows. */
function bytesOf(view: ArrayBufferView | undefined): number[] {
  assert(view !== undefined);
  return [...new Uint8Array(view.buffer, view.byteOffset, view.byteLength)];
}

/** A stream of a connection with bytes in it, and its peer. */
function withBytes(bytes: Uint8Array) {
  const [left, right] = pipe();
  const writing = left.write(bytes);
  return {
    left,
    right,
    reader: right.readable.getReader({ mode: "byob" }),
    async [Symbol.asyncDispose]() {
      left.close();
      right.close();
      await writing.catch(() => {});
    },
  };
}

testEachKind(
  "read() of a BYOB reader fills views of every type",
  async (left, right) => {
    const reader = right.readable.getReader({ mode: "byob" });
    for (const Type of TYPES) {
      const size = Type.BYTES_PER_ELEMENT;
      await left.write(pattern(2 * size));
      const view: View = new Type(new ArrayBuffer(5 * size), size, 3);
      const { done, value } = await reader.read(view, { min: 2 });
      assertEquals(done, false);
      assertStrictEquals(value?.constructor, Type);
      assertEquals(value.byteOffset, size);
      assertEquals(value.buffer.byteLength, 5 * size);
      assertEquals(bytesOf(value), [...pattern(2 * size)]);
      assertEquals(view.byteLength, 0);
      assert(view.buffer.detached);
    }
    await left.write(pattern(3));
    const view = new DataView(new ArrayBuffer(9), 2, 5);
    const { value } = await reader.read(view, { min: 3 });
    assertStrictEquals(value?.constructor, DataView);
    assertEquals([value.byteOffset, value.buffer.byteLength], [2, 9]);
    assertEquals(bytesOf(value), [...pattern(3)]);
  },
);

Deno.test("a view of a subclass or of another realm comes back as the plain type", async () => {
  class Sub extends Uint16Array {
    static override get BYTES_PER_ELEMENT(): 2 {
      throw new Error("Not for the reader");
    }
    override get [Symbol.toStringTag](): "Uint16Array" {
      throw new Error("Not for the reader");
    }
  }
  class SubView extends DataView<ArrayBuffer> {}
  const cases: [view: View, Type: unknown][] = [
    [new Sub(4), Uint16Array],
    [new SubView(new ArrayBuffer(8)), DataView],
    [runInNewContext("new Uint8Array(8)"), Uint8Array],
    [runInNewContext("new DataView(new ArrayBuffer(8))"), DataView],
  ];
  for (const [view, Type] of cases) {
    await using pair = withBytes(filled(4, 7));
    const { done, value } = await pair.reader.read(view);
    assertEquals(done, false);
    assertStrictEquals(value?.constructor, Type);
    assertEquals(bytesOf(value), [7, 7, 7, 7]);
  }
});

testEachKind(
  "min counts elements, and a read waits until it has so many",
  async (left, right) => {
    const reader = right.readable.getReader({ mode: "byob" });
    const reading = reader.read(new Uint32Array(4), { min: 2 });
    for (let count = 1; count < 8; count++) {
      await left.write(filled(1, count));
      await until(() => right.bytesRead === count);
      assert(await isPending(reading));
    }
    await left.write(filled(1, 8));
    assertEquals(bytesOf((await reading).value), [1, 2, 3, 4, 5, 6, 7, 8]);
  },
);

testEachKind(
  "read() takes no more than the view holds, and keeps parts of elements",
  async (left, right) => {
    const reader = right.readable.getReader({ mode: "byob" });
    await left.write(pattern(11));
    const first = await reader.read(new Uint16Array(2), { min: 2 });
    assertEquals(bytesOf(first.value), [...pattern(4)]);
    const second = await reader.read(new Uint32Array(4));
    assertEquals(bytesOf(second.value), [...pattern(4, 4)]);
    const third = await reader.read(new Uint8Array(4), { min: 3 });
    assertEquals(bytesOf(third.value), [...pattern(3, 8)]);
  },
);

Deno.test("min is a whole number of 1 or more that the view has room for", async () => {
  await using pair = withBytes(pattern(16));
  const { reader } = pair;
  const views = [
    () => new Uint8Array(3),
    () => new Uint16Array(3),
    () => new DataView(new ArrayBuffer(3)),
  ];
  for (const make of views) {
    for (const min of [4, 100, Number.MAX_SAFE_INTEGER]) {
      const view = make();
      assertInstanceOf(await errorOf(reader.read(view, { min })), RangeError);
      assert(view.byteLength > 0);
    }
    for (const min of [0, -1, -0, 0.5, NaN, Infinity, 2 ** 53, "x", null, 1n]) {
      const options = { min: min as number };
      const view = make();
      assertInstanceOf(await errorOf(reader.read(view, options)), TypeError);
      assert(view.byteLength > 0);
    }
  }
  // None of them has taken a byte, and Web IDL makes these numbers.
  const two = { min: "2" as unknown as number };
  assertEquals(bytesOf((await reader.read(new Uint8Array(2), two)).value), [
    ...pattern(2),
  ]);
  const { value } = await reader.read(new Uint8Array(1), { min: 1.9 });
  assertEquals(bytesOf(value), [...pattern(1, 2)]);
  for (const options of [undefined, null, {}, { min: undefined }]) {
    const { value } = await reader.read(new Uint8Array(1), options as never);
    assertEquals(value?.byteLength, 1);
  }
  for (const options of [5, true, "min"]) {
    const reading = reader.read(new Uint8Array(1), options as never);
    assertInstanceOf(await errorOf(reading), TypeError);
  }
});

Deno.test("read() refuses views it can't take over, and leaves them alone", async () => {
  const detached = new Uint8Array(4);
  detached.buffer.transfer();
  const memory = new WebAssembly.Memory({ initial: 1 });
  const shared = new WebAssembly.Memory({
    initial: 1,
    maximum: 1,
    shared: true,
  });
  const resizable = new ArrayBuffer(4, { maxByteLength: 8 });
  const refused: unknown[] = [
    new Uint8Array(0),
    new Uint8Array(new ArrayBuffer(4), 2, 0),
    new DataView(new ArrayBuffer(4), 4),
    detached,
    new Uint8Array(memory.buffer, 0, 4),
    new Uint8Array(shared.buffer, 0, 4),
    new Uint8Array(new SharedArrayBuffer(4)),
    new Uint8Array(resizable),
    new Uint8Array(resizable, 0, 2),
    new ArrayBuffer(4),
    "view",
    {},
    null,
    undefined,
  ];
  await using pair = withBytes(pattern(4));
  for (const view of refused) {
    const reading = pair.reader.read(view as Uint8Array);
    assertInstanceOf(await errorOf(reading), TypeError);
  }
  assertEquals([resizable.byteLength, memory.buffer.byteLength], [4, 65536]);
  const { value } = await pair.reader.read(new Uint8Array(4));
  assertEquals(bytesOf(value), [...pattern(4)]);
});

testEachKind(
  "the end of the stream gives what there is of fewer than min",
  async (left, right) => {
    const reader = right.readable.getReader({ mode: "byob" });
    const first = reader.read(new Uint16Array(4), { min: 4 });
    const second = reader.read(new Uint8Array(3));
    await left.write(pattern(6));
    await left.closeWrite();
    const { done, value } = await first;
    assertEquals(done, true);
    assertStrictEquals(value?.constructor, Uint16Array);
    assertEquals(bytesOf(value), [...pattern(6)]);
    assertEquals(value.buffer.byteLength, 8);
    assertEquals(await second, { done: true, value: new Uint8Array(0) });
    await reader.closed;
    const view = new Float64Array(2);
    const third = await reader.read(view, { min: 2 });
    assertEquals(third, { done: true, value: new Float64Array(0) });
    assert(view.buffer.detached);
    await right.writeString("still open");
    assertEquals(await readText(left, 10), "still open");
  },
);

testEachKind(
  "an end in the middle of an element fails the stream by the standard",
  async (left, right) => {
    const reader = right.readable.getReader({ mode: "byob" });
    const reading = errorOf(reader.read(new Uint16Array(4), { min: 4 }));
    const behind = errorOf(reader.read(new Uint8Array(4)));
    await left.write(pattern(3));
    await left.closeWrite();
    const error = await reading;
    assertInstanceOf(error, TypeError);
    assertStrictEquals(await behind, error);
    assertStrictEquals(await errorOf(reader.closed), error);
    const late = reader.read(new Uint8Array(4));
    assertStrictEquals(await errorOf(late), error);
    reader.releaseLock();
    // The connection is as it was: nothing that has come is lost.
    const rest = new Uint8Array(3);
    assertEquals(await right.readFull(rest), 3);
    assertEquals(rest, pattern(3));
    await right.writeString("still open");
    assertEquals(await readText(left, 10), "still open");
  },
);

testEachKind(
  "releaseLock() rejects the reads that wait, and keeps their bytes",
  async (left, right) => {
    const reader = right.readable.getReader({ mode: "byob" });
    const views = [new Uint8Array(8), new Uint8Array(8)];
    const reads = views.map((view) => errorOf(reader.read(view, { min: 8 })));
    await left.writeString("kept");
    await until(() => right.bytesRead === 4);
    reader.releaseLock();
    for (const error of await Promise.all(reads)) {
      assertInstanceOf(error, TypeError);
    }
    assertInstanceOf(await errorOf(reader.closed), TypeError);
    assertInstanceOf(
      await errorOf(reader.read(new Uint8Array(1))),
      TypeError,
    );
    const next = right.readable.getReader();
    assertEquals(decode((await next.read()).value), "kept");
    next.releaseLock();
    const byob = right.readable.getReader({ mode: "byob" });
    const reading = byob.read(new Uint8Array(4), { min: 4 });
    await left.writeString("more");
    assertEquals(decode((await reading).value), "more");
  },
);

testEachKind(
  "cancel() ends BYOB reads that wait without a view",
  async (left, right) => {
    const reader = right.readable.getReader({ mode: "byob" });
    const reads = [
      reader.read(new Uint8Array(4), { min: 4 }),
      reader.read(new DataView(new ArrayBuffer(4))),
    ];
    await left.write(pattern(2));
    await until(() => right.bytesRead === 2);
    await reader.cancel("enough");
    for (const read of reads) {
      assertEquals(await read, { done: true, value: undefined });
    }
    await reader.closed;
    const late = await reader.read(new Uint16Array(4));
    assertEquals(late, { done: true, value: new Uint16Array(0) });
    assertEquals(right.state, "writeOnly");
  },
);

testEachKind(
  "close() of the connection fails BYOB reads that wait with one error",
  async (left, right) => {
    const reader = right.readable.getReader({ mode: "byob" });
    const reads = [
      errorOf(reader.read(new Uint8Array(4), { min: 4 })),
      errorOf(reader.read(new Uint8Array(4))),
    ];
    await left.write(pattern(2));
    await until(() => right.bytesRead === 2);
    right.close();
    const [first, second] = await Promise.all(reads);
    assertClosed(first);
    assertStrictEquals(second, first);
    assertStrictEquals(await errorOf(reader.closed), first);
    const late = reader.read(new Uint8Array(4));
    assertStrictEquals(await errorOf(late), first);
  },
);

testEachKind(
  "BYOB readers of both branches of tee() get everything",
  async (left, right) => {
    const [first, second] = right.readable.tee();
    const readers = [first, second].map((branch) =>
      branch.getReader({ mode: "byob" })
    );
    await left.write(pattern(4));
    for (const reader of readers) {
      const { value } = await reader.read(new Uint16Array(2), { min: 2 });
      assertStrictEquals(value?.constructor, Uint16Array);
      assertEquals(bytesOf(value), [...pattern(4)]);
    }
    const reads = readers.map((reader) => reader.read(new Uint8Array(4)));
    await left.closeWrite();
    for (const read of reads) {
      assertEquals(await read, { done: true, value: new Uint8Array(0) });
    }
    assertEquals(right.state, "writeOnly");
  },
);

testEachKind(
  "the platform's own BYOB reader reads a connection by the standard",
  async (left, right) => {
    const reader = new ReadableStreamBYOBReader(right.readable);
    await left.write(pattern(6));
    const first = await reader.read(new Uint16Array(2), { min: 2 });
    assertEquals(bytesOf(first.value), [...pattern(4)]);
    const reading = reader.read(new Uint8Array(4), { min: 4 });
    await until(() => right.bytesRead === 6);
    await nextTurn();
    await left.closeWrite();
    const { done, value } = await reading;
    assertEquals(done, true);
    assertEquals(bytesOf(value), [...pattern(2, 4)]);
    await reader.closed;
  },
);

/** Uses up a read of the platform's own reader, which leaves a part of bytes. */
async function leaveBytes(left: Conn, right: Conn): Promise<void> {
  const reader = new ReadableStreamBYOBReader(right.readable);
  await left.write(pattern(3));
  const { value } = await reader.read(new Uint16Array(2), { min: 1 });
  assertEquals(bytesOf(value), [...pattern(2)]);
  reader.releaseLock();
}

testEachKind(
  "no reader passes over bytes that the platform's own BYOB reader has left",
  async (left, right) => {
    await leaveBytes(left, right);
    const reader = right.readable.getReader();
    assertEquals(bytesOf((await reader.read()).value), [...pattern(1, 2)]);
    reader.releaseLock();

    await leaveBytes(left, right);
    const byob = right.readable.getReader({ mode: "byob" });
    const first = await byob.read(new Uint8Array(4));
    assertEquals(bytesOf(first.value), [...pattern(1, 2)]);
    byob.releaseLock();

    await leaveBytes(left, right);
    for await (const chunk of right.readable.values({ preventCancel: true })) {
      assertEquals(bytesOf(chunk), [...pattern(1, 2)]);
      break;
    }

    await leaveBytes(left, right);
    await left.closeWrite();
    const [near, far] = pipe();
    const arrived = readBytes(far, 1);
    await right.readable.pipeTo(near.writable);
    assertEquals(await arrived, pattern(1, 2));
    far.close();
  },
);

testEachKind(
  "no reader passes over bytes of a read that the platform's own has given up",
  async (left, right) => {
    const given = new ReadableStreamBYOBReader(right.readable);
    const reading = errorOf(given.read(new Uint8Array(4), { min: 4 }));
    await left.write(pattern(2));
    await until(() => right.bytesRead === 2);
    await nextTurn();
    given.releaseLock();
    assertInstanceOf(await reading, TypeError);
    const reader = right.readable.getReader({ mode: "byob" });
    const second = reader.read(new Uint8Array(4), { min: 4 });
    await left.write(pattern(2, 2));
    assertEquals(bytesOf((await second).value), [...pattern(4)]);
  },
);

testEachKind(
  "a read that the platform's own reader has given up delays no bytes",
  async (left, right) => {
    const given = new ReadableStreamBYOBReader(right.readable);
    // The rest of the first read is the beginning of the second one.
    const reads = [Uint16Array, Uint32Array].map((Type) =>
      given.read(new Type(1))
    );
    const last = errorOf(reads[1]);
    await left.write(pattern(3));
    await reads[0];
    given.releaseLock();
    assertInstanceOf(await last, TypeError);
    const reader = right.readable.getReader();
    const next = [reader.read(), reader.read()];
    await left.write(pattern(2, 3));
    assertEquals(bytesOf((await next[0]).value), [...pattern(1, 2)]);
    assertEquals(bytesOf((await next[1]).value), [...pattern(2, 3)]);
    reader.releaseLock();

    // The branches have a reader of the native stream.
    const empty = new ReadableStreamBYOBReader(right.readable);
    const reading = errorOf(empty.read(new Uint8Array(4)));
    empty.releaseLock();
    assertInstanceOf(await reading, TypeError);
    const [branch] = right.readable.tee();
    const first = branch.getReader().read();
    await left.write(pattern(2));
    assertEquals(bytesOf((await first).value), [...pattern(2)]);
  },
);
