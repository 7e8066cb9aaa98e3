import {
  assertEquals,
  assertInstanceOf,
  assertRejects,
  assertStrictEquals,
} from "@std/assert";
import { copy } from "../../tcp/copy.ts";
import { dialTcp } from "../../tcp/dial_tcp.ts";
import { listenTcp } from "../../tcp/listen_tcp.ts";
import { pipe } from "../../tcp/pipe.ts";
import type { Reader, Writer } from "../../tcp/reader.ts";
import { assertSameBytes, concat, drain, pattern } from "./support/_bytes.ts";
import { assertTimeout, errorOf } from "./support/_outcomes.ts";

/** No wait takes this long unless something hangs. */
const HANGS = { timeout: 60_000 };

/** Gives each piece in turn. */
function readerOf(pieces: Uint8Array[]): Reader {
  const rest = [...pieces];
  return {
    async read(buffer) {
      await Promise.resolve();
      const piece = rest.shift();
      if (piece === undefined) return null;
      const length = Math.min(piece.length, buffer.length);
      buffer.set(piece.subarray(0, length));
      if (length < piece.length) rest.unshift(piece.subarray(length));
      return length;
    },
  };
}

/** Takes at most `size` bytes a call. */
function writerOf(size: number): Writer & { pieces: Uint8Array[] } {
  return {
    pieces: [],
    async write(data) {
      await Promise.resolve();
      const piece = data.slice(0, size);
      this.pieces.push(piece);
      return piece.length;
    },
  };
}

Deno.test("copy() copies everything, also to a writer that takes a part", async () => {
  const data = pattern(10_000);
  for (const size of [1, 7, 4096, 1_000_000]) {
    for (const bufferSize of [1, 1000, 64 * 1024]) {
      const writer = writerOf(size);
      const source = readerOf([data.subarray(0, 3), data.subarray(3)]);
      assertEquals(await copy(source, writer, { bufferSize }), 10_000);
      assertSameBytes(concat(writer.pieces), data);
    }
  }
});

Deno.test("copy() of nothing is 0, and reads of no bytes are no end", async () => {
  assertEquals(await copy(readerOf([]), writerOf(1)), 0);
  const empty = new Uint8Array(0);
  const writer = writerOf(10);
  const source = readerOf([empty, pattern(2), empty, empty, pattern(1)]);
  assertEquals(await copy(source, writer), 3);
});

Deno.test("copy() works both ways at once, and closes nothing", async () => {
  using listener = listenTcp("127.0.0.1:0");
  using client = await dialTcp(listener.addr);
  using server = await listener.accept(HANGS);
  const [left, right] = pipe();
  using _left = left;
  using _right = right;
  const up = copy(server, left);
  const down = copy(left, server);
  const there = pattern(300_000);
  const back = pattern(200_000, 5);
  const [atRight, atClient] = await Promise.all([
    drain(right),
    drain(client),
    client.write(there).then(() => client.closeWrite()),
    up.then(() => left.closeWrite()),
    right.write(back).then(() => right.closeWrite()),
    down.then(() => server.closeWrite()),
  ]);
  assertSameBytes(atRight, there);
  assertSameBytes(atClient, back);
  assertEquals([await up, await down], [300_000, 200_000]);
});

Deno.test("copy() of a connection to itself is an echo", async () => {
  const [left, right] = pipe();
  using _left = left;
  using _right = right;
  const echo = copy(right, right);
  for (const text of ["one\n", "two\n"]) {
    await left.writeString(text);
    assertEquals(await left.readLine(HANGS), text.trim());
  }
  await left.closeWrite();
  assertEquals(await echo, 8);
  assertEquals(right.state, "writeOnly");
});

Deno.test("copy() passes on the error of the reader, and leaves the writer", async () => {
  const failure = new Deno.errors.ConnectionReset("Reset");
  let isFirst = true;
  const source: Reader = {
    read() {
      if (!isFirst) return Promise.reject(failure);
      isFirst = false;
      return Promise.resolve(5);
    },
  };
  const writer = writerOf(100);
  assertStrictEquals(await errorOf(copy(source, writer)), failure);
  assertEquals(concat(writer.pieces).length, 5);
});

Deno.test("copy() passes on the error of the writer, and reads no more", async () => {
  const failure = new Deno.errors.BrokenPipe("Gone");
  let reads = 0;
  const source: Reader = {
    read() {
      reads++;
      return Promise.resolve(5);
    },
  };
  const writer: Writer = { write: () => Promise.reject(failure) };
  assertStrictEquals(await errorOf(copy(source, writer)), failure);
  assertEquals(reads, 1);
});

Deno.test("copy() rejects with the reason of its signal", async () => {
  const reason = new RangeError("Stopped by the test");
  const signal = AbortSignal.abort(reason);
  const source = readerOf([pattern(10)]);
  assertStrictEquals(
    await errorOf(copy(source, writerOf(1), { signal })),
    reason,
  );

  const controller = new AbortController();
  const writer: Writer = {
    write(data) {
      controller.abort(reason);
      return Promise.resolve(data.length);
    },
  };
  const options = { signal: controller.signal, bufferSize: 5 };
  assertStrictEquals(await errorOf(copy(source, writer, options)), reason);
});

Deno.test("copy() can be stopped when the writer takes nothing", async () => {
  const reason = new RangeError("Stopped by the test");
  const controller = new AbortController();
  let writes = 0;
  const writer: Writer = {
    write() {
      writes++;
      if (writes === 10) controller.abort(reason);
      if (writes > 1000) throw new Error("It writes on and on");
      return Promise.resolve(0);
    },
  };
  const { signal } = controller;
  const error = await errorOf(copy(readerOf([pattern(9)]), writer, { signal }));
  assertStrictEquals(error, reason);
});

Deno.test("copy() refuses a buffer without room", async () => {
  for (const bufferSize of [0, -1, 1.5, NaN, Infinity]) {
    await assertRejects(
      () => copy(readerOf([]), writerOf(1), { bufferSize }),
      RangeError,
    );
  }
});

/** What the error of a copy that has ended early tells. */
interface Progress {
  readonly bytesWritten: number;
  readonly unwritten: Uint8Array;
}

/** How far a copy had come when it ended with an error. */
function progressOf(error: unknown): [number, string] {
  const { bytesWritten, unwritten } = error as Progress;
  return [bytesWritten, new TextDecoder().decode(unwritten)];
}

Deno.test("copy() of a silent peer ends at a timeout, and loses nothing", async () => {
  const [left, right] = pipe();
  using _left = left;
  using _right = right;
  await left.writeString("one");
  const writer = writerOf(100);
  const error = await errorOf(copy(right, writer, { timeout: 5 }));
  assertTimeout(error);
  assertEquals(progressOf(error), [3, ""]);
  await left.writeString("two\n");
  assertEquals(await right.readLine(HANGS), "two");
  assertTimeout(await errorOf(copy(right, writer, { deadline: 1 })));
});

Deno.test("copy() to a peer that reads nothing ends, and tells what it has read", async () => {
  const [left, right] = pipe();
  using _left = left;
  using _right = right;
  const data = pattern(1_000_000);
  const controller = new AbortController();
  const { signal } = controller;
  const options = { signal, bufferSize: data.length };
  const copying = errorOf(copy(readerOf([data]), left, options));
  const first = new Uint8Array(10);
  await right.readFull(first, HANGS);
  const reason = new RangeError("Stopped by the test");
  controller.abort(reason);
  assertStrictEquals(await copying, reason);
  const { bytesWritten, unwritten } = reason as Error & Progress;
  // What goes out is exactly what the error says.
  const [rest] = await Promise.all([drain(right), left.closeWrite()]);
  const received = concat([first, rest]);
  assertEquals(bytesWritten, received.length);
  assertSameBytes(concat([received, unwritten]), data);
});

Deno.test("copy() ends at its limits with readers and writers that take none", async () => {
  const never = new Promise<never>(() => {});
  const silent: Reader & Writer = { read: () => never, write: () => never };
  assertTimeout(await errorOf(copy(silent, writerOf(1), { timeout: 1 })));
  const error = await errorOf(
    copy(readerOf([new Uint8Array([65])]), silent, { timeout: 1 }),
  );
  assertTimeout(error);
  assertEquals(progressOf(error), [0, "A"]);
});

Deno.test("copy() checks its options before it reads", async () => {
  let reads = 0;
  const source: Reader = {
    read() {
      reads++;
      return Promise.resolve(null);
    },
  };
  const bad: [object, typeof RangeError][] = [
    [{ timeout: -1 }, RangeError],
    [{ timeout: "1" }, TypeError],
    [{ deadline: NaN }, RangeError],
    [{ signal: {} }, TypeError],
    [{ bufferSize: "10" }, TypeError],
  ];
  for (const [options, Class] of bad) {
    await assertRejects(() => copy(source, writerOf(1), options), Class);
  }
  assertEquals(reads, 0);
});

Deno.test("copy() of what never waits lets timers fire, and ends at its limits", async () => {
  // Without end, it would never come to the next timer.
  const most = 2_000_000;
  const cases: [number | null, number][] = [[4, 4], [0, 4], [4, 0]];
  for (const [read, written] of cases) {
    let calls = 0;
    const next = <T>(value: T): Promise<T> =>
      calls++ < most
        ? Promise.resolve(value)
        : Promise.reject(new Error("No timer has fired"));
    const source: Reader = { read: () => next(read) };
    const writer: Writer = { write: () => next(written) };
    const options = { bufferSize: 4, timeout: 1 };
    assertTimeout(await errorOf(copy(source, writer, options)));
    const controller = new AbortController();
    calls = 0;
    setTimeout(() => controller.abort("enough"), 0);
    const { signal } = controller;
    const copying = copy(source, writer, { bufferSize: 4, signal });
    assertEquals(await errorOf(copying), "enough");
  }
});

Deno.test("copy() refuses what can't be read or written before it reads", async () => {
  let reads = 0;
  const source: Reader = {
    read() {
      reads++;
      return Promise.resolve(1);
    },
  };
  const writer = writerOf(1);
  for (const other of [undefined, null, 5, "text", {}, { read: 5, write: 5 }]) {
    const none = other as unknown as Reader & Writer;
    await assertRejects(() => copy(none, writer), TypeError, '"read"');
    await assertRejects(() => copy(source, none), TypeError, '"write"');
  }
  assertEquals(reads, 0);
});

Deno.test("copy() fails where a reader or a writer tells an impossible number", async () => {
  for (const wrong of [-1, 5, 0.5, NaN, undefined as unknown as number]) {
    const source: Reader = { read: () => Promise.resolve(wrong) };
    const options = { bufferSize: 4 };
    await assertRejects(() => copy(source, writerOf(9), options), RangeError);
    const writer: Writer = { write: () => Promise.resolve(wrong) };
    const error = await errorOf(
      copy(readerOf([pattern(4)]), writer, { ...options, ...HANGS }),
    );
    assertInstanceOf(error, RangeError);
    assertEquals((error as Error & Progress).bytesWritten, 0);
    assertSameBytes((error as Error & Progress).unwritten, pattern(4));
  }
});
