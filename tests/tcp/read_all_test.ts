import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertRejects,
  assertStrictEquals,
} from "@std/assert";
import { pipe } from "../../tcp/pipe.ts";
import { readAll, ReadAllError } from "../../tcp/read_all.ts";
import type { Reader } from "../../tcp/reader.ts";
import { assertSameBytes, pattern } from "./support/_bytes.ts";
import { assertTimeout, errorOf } from "./support/_outcomes.ts";

/** Gives `data` in pieces of `size`, then does what `end` says. */
function readerOf(
  data: Uint8Array,
  size: number,
  end: () => number | null = () => null,
): Reader & { calls: number } {
  let offset = 0;
  return {
    calls: 0,
    async read(buffer) {
      this.calls++;
      await Promise.resolve();
      if (offset === data.length) return end();
      assert(buffer.length > 0);
      const length = Math.min(size, buffer.length, data.length - offset);
      buffer.set(data.subarray(offset, offset + length));
      offset += length;
      return length;
    },
  };
}

Deno.test("readAll() reads to the end, whatever the pieces", async () => {
  const sizes = [0, 1, 16 * 1024 - 1, 16 * 1024, 16 * 1024 + 1, 100_000];
  for (const total of sizes) {
    for (const piece of [1000, 16 * 1024, 1_000_000]) {
      const data = pattern(total);
      assertSameBytes(await readAll(readerOf(data, piece)), data);
    }
  }
});

Deno.test("readAll() reads a connection to its end", async () => {
  const [left, right] = pipe();
  using _left = left;
  using _right = right;
  const data = pattern(300_000);
  const writing = left.write(data).then(() => left.closeWrite());
  assertSameBytes(await readAll(right), data);
  await writing;
});

Deno.test("readAll() goes on over reads of no bytes", async () => {
  let turn = 0;
  const reader: Reader = {
    read(buffer) {
      buffer[0] = turn;
      const lengths = [0, 1, 0, 0, 1, null];
      return Promise.resolve(lengths[turn++] ?? null);
    },
  };
  assertEquals(await readAll(reader), new Uint8Array([1, 4]));
});

Deno.test("readAll() takes exactly maxBytes", async () => {
  const data = pattern(1000);
  for (const piece of [1, 999, 1000]) {
    const bytes = await readAll(readerOf(data, piece), { maxBytes: 1000 });
    assertSameBytes(bytes, data);
  }
  assertEquals(
    await readAll(readerOf(pattern(0), 1), { maxBytes: 0 }),
    new Uint8Array(0),
  );
});

Deno.test("readAll() fails beyond maxBytes, with what it has", async () => {
  const data = pattern(100_000);
  for (const maxBytes of [0, 1, 5000, 15_999]) {
    const reader = readerOf(data, 1000);
    const error = await assertRejects(
      () => readAll(reader, { maxBytes }),
      ReadAllError,
      `there are more than ${maxBytes} bytes`,
    );
    assertEquals(error.name, "ReadAllError");
    assertEquals(error.cause, undefined);
    assert(error.partial.length > maxBytes);
    assertSameBytes(error.partial, data.subarray(0, error.partial.length));
    // It stops as soon as it knows.
    assertEquals(reader.calls, Math.floor(maxBytes / 1000) + 1);
  }
});

Deno.test("readAll() fails with the cause and what came before", async () => {
  const failure = new Deno.errors.ConnectionReset("Reset");
  const data = pattern(50_000);
  const reader = readerOf(data, 777, () => {
    throw failure;
  });
  const error = await assertRejects(() => readAll(reader), ReadAllError);
  assertStrictEquals(error.cause, failure);
  assertSameBytes(error.partial, data);
  assert(error.message.includes("50000 bytes"));
});

Deno.test("readAll() fails when a reader throws instead of rejecting", async () => {
  const failure = new TypeError("Thrown");
  const reader: Reader = {
    read: () => {
      throw failure;
    },
  };
  const error = await assertRejects(() => readAll(reader), ReadAllError);
  assertStrictEquals(error.cause, failure);
  assertEquals(error.partial.length, 0);
});

Deno.test("readAll() keeps to the limits of a connection, which goes on", async () => {
  const [left, right] = pipe();
  using _left = left;
  using _right = right;
  await left.writeString("hel");
  right.setReadTimeout(1);
  const error = await errorOf(readAll(right));
  assertInstanceOf(error, ReadAllError);
  assertTimeout(error.cause);
  assertEquals(new TextDecoder().decode(error.partial), "hel");
  right.setReadTimeout(Infinity);
  await left.writeString("lo");
  await left.closeWrite();
  assertEquals(new TextDecoder().decode(await readAll(right)), "lo");
});

Deno.test("readAll() rejects with the reason of its signal", async () => {
  const reason = new RangeError("Stopped by the test");
  const before = readerOf(pattern(10), 1);
  assertStrictEquals(
    await errorOf(readAll(before, { signal: AbortSignal.abort(reason) })),
    reason,
  );
  assertEquals(before.calls, 0);

  const controller = new AbortController();
  const during: Reader = {
    read() {
      controller.abort(reason);
      return Promise.resolve(1);
    },
  };
  const { signal } = controller;
  assertStrictEquals(await errorOf(readAll(during, { signal })), reason);
});

Deno.test("readAll() refuses what is no limit", async () => {
  const reader = readerOf(pattern(10), 1);
  for (const maxBytes of [NaN, -1]) {
    await assertRejects(() => readAll(reader, { maxBytes }), RangeError);
  }
  assertEquals(reader.calls, 0);
});

/** What a property of an error has, whatever the error is. */
function partialOf(error: unknown): string {
  const { partial } = error as { partial?: Uint8Array };
  return new TextDecoder().decode(partial);
}

/** A reader that never gives anything, and takes no limits. */
const silent: Reader = { read: () => new Promise(() => {}) };

Deno.test("readAll() of a silent peer ends at a timeout, with what has come", async () => {
  const [left, right] = pipe();
  using _left = left;
  using _right = right;
  await left.writeString("hel");
  const error = await errorOf(readAll(right, { timeout: 5 }));
  assertTimeout(error);
  assertEquals(partialOf(error), "hel");
  // What comes later is there for the next call.
  await left.writeString("lo");
  await left.closeWrite();
  assertEquals(new TextDecoder().decode(await readAll(right)), "lo");
});

Deno.test("readAll() of a silent peer ends at a deadline", async () => {
  const [left, right] = pipe();
  using _left = left;
  using _right = right;
  assertTimeout(
    await errorOf(readAll(right, { deadline: new Date(Date.now() + 5) })),
  );
  assertTimeout(await errorOf(readAll(right, { deadline: Date.now() - 1 })));
  await left.writeString("there");
  await left.closeWrite();
  assertEquals(new TextDecoder().decode(await readAll(right)), "there");
});

Deno.test("readAll() of a silent peer ends when its signal aborts", async () => {
  const [left, right] = pipe();
  using _left = left;
  using _right = right;
  await left.writeString("hel");
  const controller = new AbortController();
  const reading = errorOf(readAll(right, { signal: controller.signal }));
  await left.writeString("lo");
  const reason = new RangeError("Stopped by the test");
  controller.abort(reason);
  assertStrictEquals(await reading, reason);
  const partial = partialOf(reason);
  await left.closeWrite();
  const rest = new TextDecoder().decode(await readAll(right));
  assertEquals(partial + rest, "hello");
  // A reason that is no object is passed on as it is.
  const signal = AbortSignal.abort("a string");
  assertEquals(await errorOf(readAll(right, { signal })), "a string");
});

Deno.test("readAll() ends at its limits with a reader that takes none", async () => {
  assertTimeout(await errorOf(readAll(silent, { timeout: 1 })));
  const controller = new AbortController();
  const reading = errorOf(readAll(silent, { signal: controller.signal }));
  controller.abort("enough");
  assertEquals(await reading, "enough");
});

Deno.test("readAll() within its limits reads everything", async () => {
  const data = pattern(100_000);
  const options = { timeout: 10_000, signal: new AbortController().signal };
  assertSameBytes(await readAll(readerOf(data, 1000), options), data);
  const error = await assertRejects(
    () => readAll(readerOf(data, 1000), { ...options, maxBytes: 10 }),
    ReadAllError,
  );
  assertEquals(error.partial.length, 1000);
});

Deno.test("readAll() checks its limits before it reads", async () => {
  const reader = readerOf(pattern(10), 1);
  const bad: [object, typeof RangeError][] = [
    [{ timeout: -1 }, RangeError],
    [{ timeout: "1" }, TypeError],
    [{ deadline: NaN }, RangeError],
    [{ signal: {} }, TypeError],
    [{ maxBytes: "10" }, TypeError],
  ];
  for (const [options, Class] of bad) {
    await assertRejects(() => readAll(reader, options), Class);
  }
  assertEquals(reader.calls, 0);
});

Deno.test("readAll() of a reader that never waits ends at its limits", async () => {
  let calls = 0;
  const reader: Reader = {
    read: () =>
      calls++ < 2_000_000
        ? Promise.resolve(0)
        : Promise.reject(new Error("No timer has fired")),
  };
  assertTimeout(await errorOf(readAll(reader, { timeout: 1 })));
});

Deno.test("readAll() refuses what can't be read, and impossible numbers", async () => {
  for (const other of [undefined, null, 5, "text", {}, { read: 5 }]) {
    const none = other as unknown as Reader;
    await assertRejects(() => readAll(none), TypeError, '"read"');
  }
  for (const wrong of [-1, 1e9, 0.5, NaN, undefined as unknown as number]) {
    const reader: Reader = { read: () => Promise.resolve(wrong) };
    const error = await assertRejects(() => readAll(reader), ReadAllError);
    assertInstanceOf(error.cause, RangeError);
    assertEquals(error.partial.length, 0);
  }
});
