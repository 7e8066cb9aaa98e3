import { assert, assertEquals, assertLess, assertRejects } from "@std/assert";
import { delay } from "@std/async";
import {
  Closing,
  type ClosingHost,
  oldestClosing,
} from "../../../tcp/conn/_closing.ts";
import type { WaitOptions } from "../../../internal/wait/wait_options.ts";
import type { RawConn } from "../../../tcp/conn/_raw_conn.ts";
import { ReadHalf } from "../../../tcp/conn/_read_half.ts";
import { WriteHalf } from "../../../tcp/conn/_write_half.ts";
import { HOST, makeRaw } from "../support/_raw.ts";
import {
  assertSameBytes,
  BLOCKING,
  drain,
  encode,
  pattern,
} from "../support/_bytes.ts";
import {
  assertClosed,
  bytesWrittenOf,
  errorOf,
  isPending,
  nextTurn,
  until,
} from "../support/_outcomes.ts";
import { type Conn, testEachKind } from "../support/kinds.ts";

const SIZE = 2 * 1024 * 1024;

/** Sends bytes of no interest until the other end does not take them any more. */
async function pester(conn: Conn): Promise<void> {
  const chunk = new Uint8Array(1000);
  try {
    while (true) {
      await conn.write(chunk);
      await nextTurn();
    }
  } catch {
    // The other end has gone.
  }
}

testEachKind(
  "close() delivers what was written although the peer has sent more",
  async (left, right) => {
    await right.writeString("unread");
    await left.write(pattern(1000));
    const writing = left.write(pattern(SIZE, 1000));
    left.close();
    await right.writeString("late");

    assertSameBytes(await drain(right), pattern(SIZE + 1000));
    assertEquals(await writing, SIZE);
    right.close();
    await left.closed;
  },
);

testEachKind(
  "close() delivers what was written while the peer keeps sending",
  async (left, right) => {
    const sending = pester(right);
    left.write(pattern(SIZE));
    left.close();

    assertSameBytes(await drain(right), pattern(SIZE));
    right.close();
    await left.closed;
    await sending;
  },
);

testEachKind(
  "close() delivers to a peer that writes before it reads",
  async (left, right) => {
    const writing = left.write(pattern(SIZE));
    left.close();
    // More than the buffers hold: nobody would get on if this were not read.
    await right.write(new Uint8Array(SIZE));

    assertSameBytes(await drain(right), pattern(SIZE));
    assertEquals(await writing, SIZE);
    right.close();
    await left.closed;
  },
);

testEachKind(
  "writes that wait when close() is called settle in order",
  async (left, right) => {
    const settled: number[] = [];
    const writes = [BLOCKING / 4, 1, 2].map((length, index) =>
      left.write(new Uint8Array(length)).then(() => settled.push(index))
    );
    left.close();
    assertClosed(await errorOf(left.write(encode("too late"))));
    assertClosed(await errorOf(left.closeWrite()));
    assertEquals((await drain(right)).length, BLOCKING / 4 + 3);
    await Promise.all(writes);

    assertEquals(settled, [0, 1, 2]);
  },
);

testEachKind(
  "the tail arrives when the streams end on their own, the readable cancelled",
  async (left, right) => {
    await right.writeString("unread");
    const writer = left.writable.getWriter();
    await left.readable.cancel();
    writer.write(pattern(SIZE));
    await Promise.all([
      writer.close(),
      pester(right),
      (async () => {
        assertSameBytes(await drain(right), pattern(SIZE));
        right.close();
      })(),
    ]);

    await left.closed;
    assertEquals(left.state, "closed");
  },
);

testEachKind(
  "terminate() cuts a connection that is closing",
  async (left) => {
    const writing = errorOf(left.write(pattern(BLOCKING)));
    left.close();
    assert(await isPending(left.closed));
    left.terminate();

    assertClosed(await writing);
    await left.closed;
  },
);

testEachKind(
  "a connection that is closing is cut if its peer takes nothing",
  async (left) => {
    left.setCloseTimeout(20);
    const writing = errorOf(left.write(pattern(BLOCKING)));
    left.close();
    const error = await writing;

    assertClosed(error);
    assertLess(bytesWrittenOf(error), BLOCKING);
    await left.closed;
  },
);

testEachKind("close() frees at once what has sent nothing", async (left) => {
  const reading = errorOf(left.read(new Uint8Array(1)));
  left.close();
  assertClosed(await reading);
  await left.closed;
});

testEachKind(
  "close() frees at once what its peer has ended",
  async (left, right) => {
    await left.writeString("hello");
    await right.closeWrite();
    assertEquals(await left.read(new Uint8Array(1)), null);
    left.close();
    await left.closed;
  },
);

testEachKind("the close timeout is checked", (left) => {
  assertEquals(left.closeTimeout, 30_000);
  left.setCloseTimeout(5);
  assertEquals(left.closeTimeout, 5);
  for (const bad of [-1, NaN]) {
    let error: unknown;
    try {
      left.setCloseTimeout(bad);
    } catch (thrown) {
      error = thrown;
    }
    assert(error instanceof RangeError);
  }
});

testEachKind(
  "closeWrite() ends at its limits, and FIN goes out all the same",
  async (left, right) => {
    const writing = left.write(pattern(BLOCKING));
    const reason = new Error("Enough");
    const calls = [
      errorOf(left.closeWrite({ timeout: 1 })),
      errorOf(left.closeWrite({ deadline: Date.now() + 1 })),
    ];
    for (const error of await Promise.all(calls)) {
      assertEquals((error as Error).name, "TimeoutError");
    }
    await assertRejects(
      () => left.closeWrite({ signal: AbortSignal.abort(reason) }),
      Error,
      "Enough",
    );
    const controller = new AbortController();
    const aborted = left.closeWrite(controller);
    left.setWriteDeadline(Date.now() + 60_000);
    const limited = left.closeWrite();
    controller.abort(reason);
    assertEquals(await errorOf(aborted), reason);
    left.setWriteDeadline(Date.now() - 1);
    assertEquals((await errorOf(limited) as Error).name, "TimeoutError");

    await errorOf(writing);
    const received = await drain(right);
    assertSameBytes(received, pattern(received.length));
  },
);

testEachKind(
  "a deadline that is set later ends a closeWrite() that waits",
  async (left) => {
    const writing = errorOf(left.write(pattern(BLOCKING)));
    const closing = errorOf(left.closeWrite());
    assert(await isPending(closing));
    left.setWriteDeadline(Date.now() - 1);
    assertEquals((await closing as Error).name, "TimeoutError");
    await writing;
  },
);

testEachKind(
  "closeWrite() with a limit that is none, or that has passed, sends no FIN",
  async (left, right) => {
    const reason = new Error("Stopped by the test");
    for (
      const [wait, expected] of [
        [{ timeout: -1 }, RangeError],
        [{ deadline: NaN }, RangeError],
        [{ signal: "x" }, TypeError],
        [{ deadline: 1 }, DOMException],
        [{ signal: AbortSignal.abort(reason) }, Error],
      ] as const
    ) {
      const error = await errorOf(left.closeWrite(wait as WaitOptions));
      assert(error instanceof expected, String(error));
      assertEquals(left.state, "open");
    }
    await left.writeString("still open");
    left.close();
    assertEquals((await drain(right)).length, 10);
  },
);

/** Views whose memory was transferred, or has shrunk until they were out of it. */
function makeLost(): Uint8Array[] {
  const transferred = new Uint8Array(4);
  transferred.buffer.transfer();
  const buffer = new ArrayBuffer(16, { maxByteLength: 32 });
  const outside = new Uint8Array(buffer, 8, 8);
  buffer.resize(4);
  return [transferred, outside];
}

testEachKind(
  "a view whose buffer was transferred or resized is a TypeError",
  async (left, right) => {
    for (const lost of makeLost()) {
      const writer = left.writable.getWriter();
      const writing = writer.write(lost);
      writer.releaseLock();
      for (
        const call of [
          writing,
          left.read(lost),
          left.readFull(lost),
          left.write(lost),
          left.writev([encode("x"), lost]),
        ]
      ) {
        const error = await errorOf(call);
        assert(error instanceof TypeError, String(error));
      }
    }
    left.close();
    assertEquals((await drain(right)).length, 0);
  },
);

/** A connection that is closing, and what it was told. */
interface Fixture {
  readonly host: ClosingHost;
  readonly events: string[];
}

function makeHost(own: Partial<RawConn>, closeTimeout = 60_000): Fixture {
  const events: string[] = [];
  const raw = makeRaw(own);
  const writes = new WriteHalf(raw, HOST, false);
  // A peer that was sent nothing has nothing to lose: nobody waits for it.
  writes.bytesWritten = 1;
  const host: ClosingHost = {
    raw,
    reads: new ReadHalf(raw, HOST, false),
    writes,
    owner: events,
    isRef: true,
    keepsAlive: false,
    closeTimeout,
    onOver: () => events.push("over"),
    onCut: () => events.push("cut"),
  };
  // Of a connection that has sent nothing, nothing is on its way.
  host.writes.bytesWritten = 1;
  return { host, events };
}

/** A peer that sends nothing and does not end. */
const SILENT: Partial<RawConn> = { read: () => new Promise(() => {}) };

Deno.test("a closing connection is over at the peer's end, not before FIN", async () => {
  const { host, events } = makeHost({});
  const closing = new Closing(host);
  await nextTurn();
  assertEquals(events, []);
  closing.onWriteEnd(undefined);
  assertEquals(events, ["over"]);
  await closing.whenSent();
});

Deno.test("a closing connection waits for its peer for a time after FIN", async () => {
  const { host, events } = makeHost(SILENT);
  const closing = new Closing(host, { totalTime: 5, totalDropped: 1000 });
  closing.onWriteEnd(undefined);
  await closing.whenSent();
  assertEquals(events, []);
  await until(() => events.length > 0);
  assertEquals(events, ["cut", "over"]);
});

Deno.test("a closing connection drops a number of bytes after FIN", async () => {
  const read = ({ length }: Uint8Array) => Promise.resolve(length);
  const { host, events } = makeHost({ read });
  const closing = new Closing(host, {
    totalTime: 60_000,
    totalDropped: 1024 * 1024,
  });
  closing.onWriteEnd(undefined);
  await until(() => events.length > 0);
  assertEquals(events, ["cut", "over"]);
});

Deno.test("bytes of the peer before FIN are dropped without a limit", async () => {
  let reads = 0;
  const read = ({ length }: Uint8Array) => {
    reads++;
    return Promise.resolve(reads > 100 ? null : length);
  };
  const { host, events } = makeHost({ read });
  const closing = new Closing(host, { totalTime: 60_000, totalDropped: 1000 });
  await until(() => reads > 100);
  closing.onWriteEnd(undefined);
  assertEquals(events, ["over"]);
});

Deno.test("only bytes of this side count as progress of a closing connection", async () => {
  // A peer that sends all the time.
  const read = () => nextTurn().then(() => 1);
  const { host, events } = makeHost({ read }, 5);
  new Closing(host);
  await until(() => events.length > 0);
  assertEquals(events, ["cut", "over"]);
});

Deno.test("a closing connection with progress is not cut", async () => {
  const { host, events } = makeHost(SILENT, 20);
  const closing = new Closing(host);
  for (let step = 0; step < 8; step++) {
    await delay(5);
    host.writes.bytesWritten++;
  }
  assertEquals(events, []);
  closing.onWriteEnd(undefined);
  closing.stop();
});

Deno.test("a closing connection whose FIN fails is over", () => {
  const { host, events } = makeHost(SILENT);
  new Closing(host).onWriteEnd(new Deno.errors.BrokenPipe());
  assertEquals(events, ["over"]);
});

Deno.test("of too many connections that wait for their peers the oldest is cut", () => {
  const fixtures = Array.from({ length: 1025 }, () => makeHost(SILENT));
  const closings = fixtures.map(({ host }) => new Closing(host));
  for (const closing of closings) closing.onWriteEnd(undefined);
  assertEquals(fixtures[0]?.events, ["cut", "over"]);
  assertEquals(fixtures.slice(1).flatMap(({ events }) => events), []);
  // They have only just begun to wait.
  assertEquals(oldestClosing(), undefined);
  for (const closing of closings) closing.waitingSince = -Infinity;
  const owned = oldestClosing(fixtures[7]?.events);
  assertEquals(owned === closings[7], true);
  assertEquals(fixtures[7]?.events, []);
  owned?.cut();
  assertEquals(fixtures[7]?.events, ["cut", "over"]);
  assertEquals(oldestClosing(fixtures[7]?.events), undefined);
  assertEquals(oldestClosing() === closings[1], true);
  for (const closing of closings) closing.stop();
});
