// The eleven checks of Go's `golang.org/x/net/nettest.TestConn`, by their names,
// for each kind of connection.
import { assert, assertEquals } from "@std/assert";
import {
  assertSameBytes,
  BLOCKING,
  drain,
  filled,
  pattern,
  readBytes,
  readText,
} from "./support/_bytes.ts";
import {
  assertClosed,
  assertTimeout,
  assertTimesOut,
  bytesWrittenOf,
  errorOf,
  isPending,
  nextTurn,
} from "./support/_outcomes.ts";
import { type Conn, testEachKind } from "./support/kinds.ts";

const MEBIBYTE = 1024 * 1024;

const PAST = [0, 1, Date.now() - 1, new Date(1), -1, -Infinity] as const;

testEachKind(
  "BasicIO: 1 MiB goes both ways in pieces, then the end",
  async (left, right) => {
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
  },
);

testEachKind(
  "PingPong: 1,000 messages of 8 bytes come back as they were",
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
  "RacyRead: ten tasks that read under a limit of 1 ms see only timeouts",
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
  "RacyWrite: ten tasks that write under a limit of 1 ms see only timeouts",
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
  "ReadTimeout: a past read deadline leaves writes alone",
  async (left, right) => {
    left.setReadDeadline(1);
    await assertTimesOut(left.read(new Uint8Array(1)));
    await left.writeString("sent");
    assertEquals(await readText(right, 4), "sent");
    const writing = left.write(pattern(BLOCKING));
    await assertTimesOut(left.read(new Uint8Array(1)));
    assertSameBytes(await readBytes(right, BLOCKING), pattern(BLOCKING));
    assertEquals(await writing, BLOCKING);
  },
);

testEachKind(
  "WriteTimeout: a past write deadline leaves reads alone",
  async (left, right) => {
    const reading = readText(left, 4);
    const writing = errorOf(left.write(pattern(BLOCKING)));
    left.setWriteDeadline(1);
    assertTimeout(await writing);
    await assertTimesOut(left.writeString("never"));
    assert(await isPending(reading));
    await right.writeString("read");
    assertEquals(await reading, "read");
  },
);

testEachKind(
  "PastTimeout: a past deadline moves nothing",
  async (left, right) => {
    await right.writeString("here");
    await readText(left, 1);
    for (const deadline of PAST) {
      left.setDeadline(deadline);
      const buffer = filled(4, 0xa5);
      await assertTimesOut(left.read(buffer));
      await assertTimesOut(left.readFull(buffer));
      await assertTimesOut(left.readLine());
      assertEquals(buffer, filled(4, 0xa5));
      const error = await errorOf(left.writeString("never"));
      assertTimeout(error);
      assertEquals(bytesWrittenOf(error), 0);
    }
    assertEquals(left.bytesWritten, 0);
    left.setDeadline(undefined);
    assertEquals(await readText(left, 3), "ere");
    await left.writeString("sent");
    assertEquals(await readText(right, 4), "sent");
  },
);

testEachKind(
  "PresentTimeout: setting a past deadline wakes pending calls",
  async (left) => {
    const calls = [
      left.read(new Uint8Array(4)),
      left.readFull(new Uint8Array(4)),
      left.readLine(),
      left.write(pattern(BLOCKING)),
      left.writeString("behind"),
    ].map(errorOf);
    for (const call of calls) assert(await isPending(call));
    left.setDeadline(Date.now());
    for (const error of await Promise.all(calls)) assertTimeout(error);
  },
);

testEachKind(
  "FutureTimeout: the connection recovers from a future deadline",
  async (left, right) => {
    left.setDeadline(new Date(Date.now() + 20));
    const reading = errorOf((async () => {
      while (true) await left.read(new Uint8Array(64));
    })());
    let sent = 0;
    const writing = errorOf((async () => {
      const chunk = pattern(256 * 1024);
      while (true) {
        await left.write(chunk);
        sent += chunk.length;
      }
    })());
    assertTimeout(await reading);
    const error = await writing;
    assertTimeout(error);
    sent += bytesWrittenOf(error);
    left.setDeadline(undefined);
    const marker = left.writeString("marker");
    const backlog = await readBytes(right, sent);
    const whole = pattern(256 * 1024);
    for (let offset = 0; offset < sent; offset += whole.length) {
      const part = backlog.subarray(offset, offset + whole.length);
      assertSameBytes(part, whole.subarray(0, part.length));
    }
    assertEquals(await readText(right, 6), "marker");
    await marker;
    await right.writeString("back");
    assertEquals(await readText(left, 4), "back");
  },
);

testEachKind(
  "CloseTimeout: close() wakes pending reads, terminate() pending writes too",
  async (left) => {
    left.setDeadline(Date.now() + 60_000);
    const writes = [
      left.write(pattern(BLOCKING)),
      left.writeString("behind"),
    ].map(errorOf);
    const reads = [
      left.read(new Uint8Array(4)),
      left.readFull(new Uint8Array(4)),
      left.readLine(),
    ].map(errorOf);
    for (const call of [...reads, ...writes]) assert(await isPending(call));
    left.close();
    for (const error of await Promise.all(reads)) assertClosed(error);
    // What was written before close() goes out, as long as the peer takes it.
    for (const call of writes) assert(await isPending(call));
    left.terminate();
    for (const error of await Promise.all(writes)) assertClosed(error);
    await left.closed;
  },
);

/** What Go's check calls, by the names used here. */
const METHODS: readonly ((conn: Conn) => unknown)[] = [
  (conn) => conn.read(new Uint8Array(1024)),
  (conn) => conn.write(new Uint8Array(1024)),
  (conn) => conn.setDeadline(Date.now() + 10),
  (conn) => conn.setReadDeadline(Date.now() + 10),
  (conn) => conn.setWriteDeadline(Date.now() + 10),
  (conn) => conn.localAddr,
  (conn) => conn.remoteAddr,
];

testEachKind(
  "ConcurrentMethods: 700 tasks call the methods of a connection, which goes on",
  async (left, right) => {
    const echoing = right.readable.pipeTo(right.writable);
    await Promise.all(Array.from({ length: 700 }, async (_, task) => {
      for (let hops = task % 11; hops > 0; hops--) await null;
      try {
        await METHODS[task % METHODS.length](left);
      } catch (error) {
        assertTimeout(error);
      }
    }));
    left.setDeadline(undefined);
    const unread = left.bytesWritten - left.bytesRead;
    await left.writeString("marker");
    await left.closeWrite();
    const rest = await drain(left);
    assert(rest.length >= unread + 6);
    assertEquals(new TextDecoder().decode(rest.subarray(-6)), "marker");
    assertEquals(left.bytesRead, left.bytesWritten);
    await echoing;
  },
);
