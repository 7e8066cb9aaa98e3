import { runInNewContext } from "node:vm";
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
  drain,
  drainAborted,
  encode,
  pattern,
  readBytes,
  readText,
} from "../support/_bytes.ts";
import {
  assertClosed,
  assertTimesOut,
  bytesWrittenOf,
  errorOf,
  isPending,
  nextTurn,
  until,
} from "../support/_outcomes.ts";
import { testEachKind } from "../support/kinds.ts";

const HIGH_WATER_MARK = 64 * 1024;

testEachKind("a writer writes whole chunks in order", async (left, right) => {
  const { writable } = left;
  assertStrictEquals(left.writable, writable);
  const writer = writable.getWriter();
  const writes: Promise<void>[] = [];
  let length = 0;
  for (const size of [1, 0, 300_000, 5, 1_000_000, 64]) {
    writes.push(writer.write(pattern(size, length)));
    length += size;
  }
  const closing = writer.close();
  assertSameBytes(await drain(right), pattern(length));
  for (const write of writes) assertEquals(await write, undefined);
  await closing;
  await writer.closed;
  assertInstanceOf(await errorOf(writer.write(encode("never"))), TypeError);
});

testEachKind(
  "a writer feels the peer that does not read",
  async (left, right) => {
    const writer = left.writable.getWriter();
    await writer.ready;
    assertEquals(writer.desiredSize, HIGH_WATER_MARK);
    const writing = writer.write(pattern(BLOCKING));
    assert((writer.desiredSize ?? 0) <= 0);
    const { ready } = writer;
    assert(await isPending(ready));
    assert((writer.desiredSize ?? 0) <= 0);
    assertSameBytes(await readBytes(right, BLOCKING), pattern(BLOCKING));
    await Promise.all([ready, writing]);
    assertEquals(writer.desiredSize, HIGH_WATER_MARK);
    await writer.ready;
  },
);

testEachKind("ready resolves while there is room for more", async (left) => {
  const writer = left.writable.getWriter();
  const writing = errorOf(writer.write(pattern(BLOCKING)));
  const behind = errorOf(writer.write(pattern(1000)));
  await until(() => left.bytesWritten > 0);
  left.setWriteDeadline(1);
  await Promise.all([writing, behind]);
  // What is on its way may make room in this turn.
  const isStopped = await isPending(writer.ready);
  assertEquals(isStopped, (writer.desiredSize ?? 0) <= 0);
});

Deno.test("ready resolves when a write that gave up makes room", async () => {
  const [left, right] = pipe();
  using _left = left;
  using _right = right;
  await left.write(pattern(64 * 1024));
  const writing = errorOf(left.write(pattern(60 * 1024)));
  const behind = errorOf(left.write(pattern(100 * 1024), { timeout: 5 }));
  const writer = left.writable.getWriter();
  const { ready } = writer;
  await behind;
  assertEquals(writer.desiredSize, 4 * 1024);
  assertEquals(await isPending(ready), false);
  left.terminate();
  await writing;
});

testEachKind(
  "a chunk of another type is a TypeError and sends nothing",
  async (left, right) => {
    const writer = left.writable.getWriter();
    const chunks: unknown[] = ["text", null, undefined, 5, new ArrayBuffer(2)];
    for (const chunk of chunks) {
      const failure = await errorOf(writer.write(chunk as Uint8Array));
      assertInstanceOf(failure, TypeError);
    }
    await writer.write(encode("bytes"));
    assertEquals(await readText(right, 5), "bytes");
  },
);

testEachKind(
  "releasing a writer leaves its writes as they are",
  async (left, right) => {
    const writer = left.writable.getWriter();
    const writing = writer.write(pattern(BLOCKING));
    writer.releaseLock();
    assertInstanceOf(await errorOf(writer.write(encode("never"))), TypeError);
    assertThrows(() => writer.desiredSize, TypeError);
    const second = left.writable.getWriter();
    const behind = second.write(encode("behind"));
    second.releaseLock();
    assertSameBytes(await readBytes(right, BLOCKING), pattern(BLOCKING));
    assertEquals(await readText(right, 6), "behind");
    await Promise.all([writing, behind]);
  },
);

testEachKind(
  "abort() fails what waits, tells how much goes out, and sends an end",
  async (left, right, kind) => {
    const writer = left.writable.getWriter();
    const reason = new RangeError("Stop");
    const first = errorOf(writer.write(pattern(BLOCKING)));
    await until(() => left.bytesWritten > 0);
    const aborting = writer.abort(reason);
    assert(await first === reason);
    const sent = bytesWrittenOf(reason);
    assert(sent > 0 && sent < BLOCKING);
    assertEquals(left.lastWriteSent, sent);
    const received = await drainAborted(right, kind);
    assertEquals(received.length, sent);
    assertSameBytes(received, pattern(sent));
    await aborting;
    assertEquals(left.state, "readOnly");
    assertEquals(left.bufferedBytes, 0);
    assertInstanceOf(await errorOf(writer.write(encode("never"))), RangeError);
  },
);

testEachKind(
  "abort() fails every write that waits",
  async (left, right, kind) => {
    const writer = left.writable.getWriter();
    const reason = { name: "Stop" };
    const writes = [BLOCKING, 5, 5].map((size) =>
      errorOf(writer.write(pattern(size)))
    );
    await nextTurn();
    const aborting = writer.abort(reason);
    for (const error of await Promise.all(writes)) assert(error === reason);
    const received = await drainAborted(right, kind);
    assertSameBytes(received, pattern(received.length));
    await aborting;
    assert(await errorOf(writer.closed) === reason);
  },
);

testEachKind(
  "close() of a writer waits for what was written",
  async (left, right) => {
    const writer = left.writable.getWriter();
    const writing = writer.write(pattern(BLOCKING));
    const closing = writer.close();
    assert(await isPending(closing));
    assertEquals((await drain(right)).length, BLOCKING);
    await Promise.all([writing, closing, writer.closed]);
    assertEquals(left.state, "readOnly");
  },
);

testEachKind(
  "a limit fails a write of a writer, which may go on",
  async (left, right) => {
    const writer = left.writable.getWriter();
    left.setWriteTimeout(5);
    const error = await errorOf(writer.write(pattern(BLOCKING)));
    assert(error instanceof DOMException);
    const sent = bytesWrittenOf(error);
    left.setWriteTimeout(Infinity);
    const behind = writer.write(encode("behind"));
    assertSameBytes(await readBytes(right, sent), pattern(sent));
    assertEquals(await readText(right, 6), "behind");
    await behind;
    left.setWriteDeadline(1);
    await assertTimesOut(writer.write(encode("never")));
  },
);

testEachKind("writable fails after closeWrite()", async (left) => {
  await left.closeWrite();
  assertClosed(await errorOf(left.writable.getWriter().write(encode("x"))));
});

testEachKind("a stream of chunks may be piped in", async (left, right) => {
  const length = 2_000_000;
  let offset = 0;
  const source = new ReadableStream<Uint8Array>({
    pull(controller) {
      const size = Math.min(70_001, length - offset);
      controller.enqueue(pattern(size, offset));
      offset += size;
      if (offset === length) controller.close();
    },
  });
  const piping = source.pipeTo(left.writable);
  assertSameBytes(await drain(right), pattern(length));
  await piping;
  assertEquals(left.state, "readOnly");
});

testEachKind(
  "a source piped in waits for a peer that does not read",
  async (left, right) => {
    const size = 1024 * 1024;
    const chunk = pattern(size);
    let produced = 0;
    const source = new ReadableStream<Uint8Array>({
      pull(controller) {
        produced += size;
        assert(produced - left.bytesWritten <= 3 * size);
        controller.enqueue(chunk);
        if (produced === 24 * size) controller.close();
      },
    }, { highWaterMark: 0 });
    const piping = source.pipeTo(left.writable);
    await until(() => left.bufferedBytes > 0);
    assert(await isPending(piping));
    assert(produced < 24 * size);
    assertEquals((await drain(right)).length, 24 * size);
    await piping;
  },
);

testEachKind(
  "a source that fails ends the writing side, unless prevented",
  async (left, right, kind) => {
    const reason = new RangeError("Stop");
    const fail = () =>
      new ReadableStream<Uint8Array>({
        start(controller) {
          controller.enqueue(encode("some"));
        },
        pull(controller) {
          controller.error(reason);
        },
      });
    const kept = errorOf(fail().pipeTo(left.writable, { preventAbort: true }));
    assert(await kept === reason);
    assertEquals(left.state, "open");
    assert(await errorOf(fail().pipeTo(left.writable)) === reason);
    // An abort does not wait for FIN.
    await until(() => left.state === "readOnly");
    const text = decode(await drainAborted(right, kind));
    assert(text === "" || text === "some" || text === "somesome", text);
  },
);

testEachKind(
  "a foreign chunk that is no bytes fails the pipe and cancels its source",
  async (left) => {
    const cancelled = Promise.withResolvers<unknown>();
    const source = new ReadableStream({
      start: (controller) => controller.enqueue("text"),
      cancel: (reason) => cancelled.resolve(reason),
    });
    assertInstanceOf(await errorOf(source.pipeTo(left.writable)), TypeError);
    assertInstanceOf(await cancelled.promise, TypeError);
  },
);

testEachKind(
  "text goes through an encoder into a connection",
  async (left, right) => {
    const source = ReadableStream.from(["漢", "字\n"]);
    const piping = source.pipeThrough(new TextEncoderStream()).pipeTo(
      left.writable,
    );
    assertEquals(await right.readLine(), "漢字");
    await piping;
  },
);

testEachKind(
  "a chunk that was transferred is a TypeError, one of another realm is sent",
  async (left, right) => {
    const writer = left.writable.getWriter();
    const transferred = new Uint8Array(4);
    transferred.buffer.transfer();
    const foreign: Uint8Array = runInNewContext("new Uint8Array(4)");
    (foreign.buffer as ArrayBuffer).transfer();
    for (const chunk of [transferred, foreign]) {
      assertInstanceOf(await errorOf(writer.write(chunk)), TypeError);
    }
    await writer.write(new Uint8Array(0));
    await writer.write(runInNewContext("new Uint8Array([104, 105])"));
    assertEquals(await readText(right, 2), "hi");
    writer.releaseLock();
    // The same through the machinery of the platform.
    const piping = ReadableStream.from([
      runInNewContext("new Uint8Array([104, 111])"),
      transferred,
    ]).pipeTo(left.writable, { preventAbort: true });
    assertInstanceOf(await errorOf(piping), TypeError);
    assertEquals(await readText(right, 2), "ho");
  },
);

Deno.test("ready is one promise until it changes, and ends with its writer", async () => {
  const [left, right] = pipe();
  using _left = left;
  using _right = right;
  const full = (): WritableStreamDefaultWriter<Uint8Array> => {
    const writer = left.writable.getWriter();
    writer.write(pattern(1024 * 1024)).catch(() => {});
    return writer;
  };
  const idle = left.writable.getWriter();
  assertStrictEquals(idle.ready, idle.ready);
  idle.releaseLock();

  const released = full();
  const { ready } = released;
  assertStrictEquals(released.ready, ready);
  released.releaseLock();
  assertInstanceOf(await errorOf(ready), TypeError);

  const aborted = full();
  const reason = new RangeError("Stop");
  const never = errorOf(aborted.ready);
  const aborting = aborted.abort(reason);
  assertStrictEquals(await never, reason);
  assertStrictEquals(await errorOf(aborted.ready), reason);
  left.terminate();
  await aborting.catch(() => {});
});

Deno.test("ready resolves when the writer closes without room", async () => {
  const [left, right] = pipe();
  using _left = left;
  using _right = right;
  const writer = left.writable.getWriter();
  const writing = errorOf(writer.write(pattern(1024 * 1024)));
  const { ready } = writer;
  assert(await isPending(ready));
  const closing = errorOf(writer.close());
  await ready;
  await writer.ready;
  left.terminate();
  assertClosed(await writing);
  assertClosed(await closing);
});

testEachKind(
  "a writable moves to another owner by structuredClone()",
  async (left, right) => {
    const { writable } = left;
    const moved: WritableStream<Uint8Array> = structuredClone(writable, {
      transfer: [writable],
    });
    assert(writable.locked);
    const writer = moved.getWriter();
    await writer.write(encode("moved"));
    assertEquals(await readText(right, 5), "moved");
    await writer.close();
    assertEquals((await drain(right)).length, 0);
  },
);

testEachKind(
  "abort() does not wait for what a peer does not take",
  async (left) => {
    const reason = new Error("Stopped by the test");
    const writer = left.writable.getWriter();
    const writing = errorOf(writer.write(pattern(BLOCKING)));
    await until(() => left.bytesWritten > 0);
    await writer.abort(reason);
    assertStrictEquals(await writing, reason);
  },
);
