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
import { assertSameBytes, pattern } from "./_bytes.ts";
import { assertTimeout, errorOf } from "./_outcomes.ts";

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
