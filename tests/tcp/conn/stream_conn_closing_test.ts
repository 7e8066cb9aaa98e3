import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertStringIncludes,
} from "@std/assert";
import { afterPoll } from "../../../internal/wait/after_poll.ts";
import { MAX_PIECE } from "../../../tcp/conn/_write_half.ts";
import {
  assertSameBytes,
  BLOCKING,
  concat,
  decode,
  drain,
  encode,
  pattern,
} from "../support/_bytes.ts";
import {
  assertClosed,
  bytesWrittenOf,
  errorOf,
  isPending,
  until,
} from "../support/_outcomes.ts";
import { type Conn, type KindName, testEachKind } from "../support/kinds.ts";

/** Every call that fails once the connection is closed. */
function callAll(conn: Conn): Promise<unknown>[] {
  return [
    conn.read(new Uint8Array(4)),
    conn.read(new Uint8Array(4), { timeout: 60_000 }),
    conn.readFull(new Uint8Array(4)),
    conn.readLine(),
    conn.lines().next(),
    conn.write(encode("x")),
    conn.write(encode("x"), { timeout: 5000 }),
    conn.writev([encode("x"), encode("y")]),
    conn.writeString("x"),
  ];
}

/** Waits until the system takes no more of what is written. */
async function untilBlocked(conn: Conn): Promise<void> {
  for (let sent = 0; sent < conn.bytesWritten;) {
    sent = conn.bytesWritten;
    for (let poll = 0; poll < 10; poll++) {
      await new Promise<void>((resolve) => afterPoll(resolve));
    }
  }
}

testEachKind(
  "after close() every call rejects with ClosedError",
  async (left) => {
    left.close();
    for (const call of callAll(left)) assertClosed(await errorOf(call));
    assertClosed(await errorOf(left.closeWrite()));
    assertClosed(await errorOf(left.read(new Uint8Array(0))));
    assertClosed(await errorOf(left.write(new Uint8Array(0))));
    assertClosed(await errorOf(left.readable.getReader().read()));
    assertClosed(await errorOf(left.writable.getWriter().write(encode("x"))));
  },
);

testEachKind(
  "streams taken before close() fail with ClosedError after it",
  async (left) => {
    const reader = left.readable.getReader();
    const writer = left.writable.getWriter();
    left.close();
    assertClosed(await errorOf(reader.closed));
    assertClosed(await errorOf(reader.read()));
    assertClosed(await errorOf(writer.closed));
    assertClosed(await errorOf(writer.write(encode("x"))));
  },
);

testEachKind("terminate() wakes everyone who waits", async (left) => {
  const calls = [
    left.read(new Uint8Array(4)),
    left.readFull(new Uint8Array(4)),
    left.readLine(),
    left.write(pattern(BLOCKING)),
    left.writeString("behind"),
    left.closeWrite(),
  ].map(errorOf);
  for (const call of calls) assert(await isPending(call));
  left.terminate();
  for (const error of await Promise.all(calls)) assertClosed(error);
  await left.closed;
  assertEquals(left.state, "closed");
});

testEachKind(
  "terminate() wakes the readers and writers of the streams",
  async (left) => {
    const reader = left.readable.getReader();
    const writer = left.writable.getWriter();
    const calls = [
      reader.read(),
      reader.read(),
      reader.closed,
      writer.write(pattern(BLOCKING)),
      writer.write(encode("behind")),
      writer.ready,
      writer.closed,
    ].map(errorOf);
    for (const call of calls) assert(await isPending(call));
    left.terminate();
    for (const error of await Promise.all(calls)) assertClosed(error);
  },
);

testEachKind("close() wakes a BYOB reader and a loop", async (left, right) => {
  const byob = left.readable.getReader({ mode: "byob" });
  const reading = errorOf(byob.read(new Uint8Array(4)));
  const looping = errorOf(Array.fromAsync(right.readable));
  assert(await isPending(reading));
  left.close();
  right.close();
  assertClosed(await reading);
  assertClosed(await looping);
});

testEachKind(
  "close() may be called again, on any occasion",
  async (left, right) => {
    const calls = callAll(left).map((call) => call.catch(() => {}));
    left.close();
    left.close();
    left[Symbol.dispose]();
    await left[Symbol.asyncDispose]();
    await Promise.all(calls);
    left.close();
    right.close();
    right.close();
    await left.closed;
  },
);

testEachKind("setters and getters work on a closed connection", (left) => {
  left.close();
  left.setReadTimeout(5);
  left.setWriteTimeout(5);
  left.setDeadline(Date.now() + 60_000);
  left.setDeadline(1);
  left.setIdleTimeout(5, "close");
  left.ref();
  left.unref();
  assertEquals(left.state, "closed");
  assertEquals(left.bufferedBytes, 0);
  assertEquals(left.localAddr, left.addr);
  assertEquals(left.remoteAddr, left.peerAddr);
});

testEachKind(
  "using and await using close a connection",
  async (left, right) => {
    {
      using conn = left;
      assertEquals(conn.state, "open");
    }
    assertEquals(left.state, "closed");
    assertEquals(await right.read(new Uint8Array(1)), null);
    {
      await using conn = right;
      assertEquals(conn.state, "writeOnly");
    }
    assertEquals(right.state, "closed");
  },
);

testEachKind(
  "close() sends what the system has taken, then the end",
  async (left, right) => {
    await left.writeString("last words");
    left.close();
    assertEquals(decode(await drain(right)), "last words");
  },
);

/** Reads up to the end, or to the error of a connection that was cut. */
async function readUntilCut(
  conn: Conn,
): Promise<{ bytes: Uint8Array; error?: unknown }> {
  const pieces: Uint8Array[] = [];
  const buffer = new Uint8Array(64 * 1024);
  try {
    while (true) {
      const length = await conn.read(buffer);
      if (length === null) return { bytes: concat(pieces) };
      pieces.push(buffer.slice(0, length));
    }
  } catch (error) {
    return { bytes: concat(pieces), error };
  }
}

/** Of the last piece or record in flight, these kinds can't tell. */
const MAX_UNTOLD: Partial<Record<KindName, number>> = {
  "tcp/node": 16 * 1024,
  "tls": MAX_PIECE,
  "tls/tcp": 16 * 1024,
  "tls/unix": 16 * 1024,
  "tls/pipe": 16 * 1024,
};

/**
 * Checks what comes of data after a cut, of which so much is said to go out. The
 * layer of TLS tells its peer of the cut, and the runtime's TLS does not; a reset
 * may destroy what is on its way.
 */
async function assertComes(
  conn: Conn,
  data: Uint8Array,
  sent: number,
  kind: KindName,
): Promise<void> {
  const { bytes, error } = await readUntilCut(conn);
  if (kind.startsWith("tls/")) assertInstanceOf(error, Error);
  else assertEquals(error, undefined);
  assertSameBytes(bytes, data.subarray(0, bytes.length));
  const most = sent + (MAX_UNTOLD[kind] ?? 0);
  assert(bytes.length <= most, `${bytes.length} bytes of ${sent}`);
  if (error instanceof Deno.errors.ConnectionReset) return;
  assert(bytes.length >= sent, `${bytes.length} bytes of ${sent}`);
}

testEachKind(
  "a write that terminate() ends tells how much goes out",
  async (left, right, kind) => {
    const writing = errorOf(left.write(pattern(BLOCKING)));
    const behind = errorOf(left.writeString("behind"));
    await until(() => left.bytesWritten > 0);
    left.terminate();
    const sent = bytesWrittenOf(await writing);
    assertEquals(bytesWrittenOf(await behind), 0);
    assert(sent > 0 && sent < BLOCKING);
    await assertComes(right, pattern(BLOCKING), sent, kind);
  },
);

testEachKind(
  "a write cut in the same turn tells how much goes out",
  async (left, right, kind) => {
    const writes = [
      errorOf(left.writeString("now")),
      errorOf(left.writeString("later")),
    ];
    left.terminate();
    const errors = await Promise.all(writes);
    for (const error of errors) assertClosed(error);
    const [first = 0, second = 0] = errors.map(bytesWrittenOf);
    assert(first === 3 || second === 0, `${first}, then ${second} bytes`);
    await assertComes(right, encode("nowlater"), first + second, kind);
  },
);

testEachKind(
  "a peer that closes gives an end to reads",
  async (left, right) => {
    const calls = [left.read(new Uint8Array(4)), left.readLine()];
    right.close();
    assertEquals(await Promise.all(calls), [null, null]);
    assertEquals(left.state, "writeOnly");
  },
);

testEachKind(
  "writing to a peer that has closed fails in the end",
  async (left, right, kind) => {
    right.close();
    const error = await errorOf((async () => {
      while (true) await left.write(pattern(1024));
    })());
    assert(
      error instanceof Deno.errors.BrokenPipe ||
        error instanceof Deno.errors.ConnectionReset ||
        error instanceof Deno.errors.ConnectionAborted,
      String(error),
    );
    assertStringIncludes(error.message, "Cannot write to ");
    assert(error.cause instanceof Error);
    const again = await errorOf(left.writeString("again"));
    assertInstanceOf(again, error.constructor as typeof Error, kind);
    assertEquals(again.message, error.message);
    assertEquals(left.bufferedBytes, 0);
  },
);

testEachKind(
  "what a peer sent before it cut is read although writes fail",
  async (left, right) => {
    const writing = errorOf(left.write(pattern(BLOCKING)));
    await right.read(new Uint8Array(10));
    // A write of node:net that meets the reset first loses what came before it.
    await untilBlocked(left);
    await right.writeString("too large\n");
    await right.closeWrite();
    right.terminate();
    assertInstanceOf(await writing, Error);
    assertEquals(await left.readLine(), "too large");
  },
);
