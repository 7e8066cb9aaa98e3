import { assertEquals, assertInstanceOf, assertThrows } from "@std/assert";
import type { WaitOptions } from "../../../internal/wait/wait_options.ts";
import { pipe } from "../../../tcp/pipe.ts";
import { BLOCKING, pattern, readText } from "../support/_bytes.ts";
import { errorOf, until } from "../support/_outcomes.ts";
import { connectResettable } from "../support/_resettable.ts";
import { testEachKind } from "../support/kinds.ts";

testEachKind("the limits are as they were set", (left) => {
  assertEquals(left.readTimeout, Infinity);
  assertEquals(left.writeTimeout, Infinity);
  assertEquals(left.readDeadline, undefined);
  assertEquals(left.writeDeadline, undefined);
  left.setReadTimeout(1500);
  left.setWriteTimeout(0);
  assertEquals(left.readTimeout, 1500);
  assertEquals(left.writeTimeout, 0);
  const moment = new Date(4_000_000_000_000);
  left.setReadDeadline(moment);
  left.setWriteDeadline(moment.getTime() + 1);
  assertEquals(left.readDeadline, moment);
  assertEquals(left.writeDeadline, new Date(moment.getTime() + 1));
  left.setDeadline(1000);
  assertEquals(left.readDeadline, new Date(1000));
  assertEquals(left.writeDeadline, new Date(1000));
  left.setDeadline(undefined);
  left.setReadTimeout(Infinity);
  assertEquals(left.readDeadline, undefined);
  assertEquals(left.writeDeadline, undefined);
  assertEquals(left.readTimeout, Infinity);
});

Deno.test("a deadline beyond all dates is told as a date that is valid, or as none", () => {
  const [left, right] = pipe();
  using _left = left;
  using _right = right;
  for (const deadline of [1e20, Number.MAX_SAFE_INTEGER, -1e20, -Infinity]) {
    left.setReadDeadline(deadline);
    assertEquals(Number.isNaN(left.readDeadline?.getTime()), false);
  }
  left.setReadDeadline(Infinity);
  assertEquals(left.readDeadline, undefined);
});

Deno.test("the date that sets a deadline may change afterwards", () => {
  const [left, right] = pipe();
  using _left = left;
  using _right = right;
  const moment = new Date(5000);
  left.setReadDeadline(moment);
  moment.setTime(9000);
  left.readDeadline?.setTime(7000);
  assertEquals(left.readDeadline, new Date(5000));
});

testEachKind(
  "the setters throw at what is no limit and change nothing",
  (left) => {
    left.setReadTimeout(5000);
    left.setWriteTimeout(5000);
    left.setDeadline(4_000_000_000_000);
    for (const timeout of [NaN, -1, -0.5, -Infinity]) {
      assertThrows(() => left.setReadTimeout(timeout), RangeError);
      assertThrows(() => left.setWriteTimeout(timeout), RangeError);
      assertThrows(() => left.setIdleTimeout(timeout, "close"), RangeError);
    }
    const notNumbers: unknown[] = ["5", null, undefined, {}, new Date(), true];
    for (const value of notNumbers) {
      const timeout = value as number;
      assertThrows(() => left.setReadTimeout(timeout), TypeError);
      assertThrows(() => left.setWriteTimeout(timeout), TypeError);
      assertThrows(() => left.setIdleTimeout(timeout, "close"), TypeError);
    }
    for (const deadline of [NaN, new Date(NaN)]) {
      assertThrows(() => left.setReadDeadline(deadline), RangeError);
      assertThrows(() => left.setWriteDeadline(deadline), RangeError);
      assertThrows(() => left.setDeadline(deadline), RangeError);
    }
    const notMoments: unknown[] = ["soon", null, {}, true, 5n];
    for (const value of notMoments) {
      const deadline = value as Date;
      assertThrows(() => left.setReadDeadline(deadline), TypeError);
      assertThrows(() => left.setDeadline(deadline), TypeError);
    }
    assertEquals(left.readTimeout, 5000);
    assertEquals(left.writeTimeout, 5000);
    assertEquals(left.readDeadline, new Date(4_000_000_000_000));
    assertEquals(left.writeDeadline, new Date(4_000_000_000_000));
    assertEquals(left.idleTimeout, Infinity);
  },
);

testEachKind(
  "calls reject what is no limit and move nothing",
  async (left, right) => {
    await right.writeString("kept");
    const cases: [WaitOptions, typeof RangeError | typeof TypeError][] = [
      [{ timeout: NaN }, RangeError],
      [{ timeout: -1 }, RangeError],
      [{ timeout: "5" as unknown as number }, TypeError],
      [{ timeout: null as unknown as number }, TypeError],
      [{ deadline: NaN }, RangeError],
      [{ deadline: new Date(NaN) }, RangeError],
      [{ deadline: "soon" as unknown as Date }, TypeError],
      [{ deadline: null as unknown as Date }, TypeError],
      [{ signal: {} as AbortSignal }, TypeError],
      [{ signal: 5 as unknown as AbortSignal }, TypeError],
      [null as unknown as WaitOptions, TypeError],
    ];
    for (const [wait, type] of cases) {
      const calls = [
        async () => await left.read(new Uint8Array(4), wait),
        async () => await left.readFull(new Uint8Array(4), wait),
        async () => await left.write(new Uint8Array(4), wait),
        async () => await left.writev([new Uint8Array(4)], wait),
        async () => await left.writeString("never", wait),
      ];
      for (const call of calls) assertInstanceOf(await errorOf(call()), type);
    }
    assertEquals(await readText(left, 4), "kept");
    await left.writeString("next");
    assertEquals(await readText(right, 4), "next");
    assertEquals(left.bytesWritten, 4);
  },
);

testEachKind("limits that are undefined are no limits", async (left, right) => {
  const none = { signal: undefined, timeout: undefined, deadline: undefined };
  await right.writeString("here", none);
  assertEquals(await left.readFull(new Uint8Array(4), none), 4);
  await right.writeString("line\n");
  assertEquals(await left.readLine({ ...none, maxLength: undefined }), "line");
});

// The sanitizer finds the timers that these leave behind.

testEachKind(
  "close() leaves no timer of any limit behind",
  async (left, right) => {
    left.setDeadline(Date.now() + 60_000);
    left.setReadTimeout(60_000);
    left.setWriteTimeout(60_000);
    left.setIdleTimeout(60_000, "close");
    const reading = errorOf(left.read(new Uint8Array(4), { timeout: 60_000 }));
    const timed = readText(right, 4);
    await left.writeString("here", { deadline: Date.now() + 60_000 });
    await timed;
    left.close();
    await reading;
    left.setDeadline(Date.now() + 60_000);
    left.setIdleTimeout(60_000, "close");
  },
);

testEachKind(
  "a connection whose directions have both ended leaves no timer behind",
  async (left, right) => {
    left.setIdleTimeout(60_000, "close");
    const reading = left.read(new Uint8Array(4), { timeout: 60_000 });
    await right.closeWrite();
    assertEquals(await reading, null);
    await left.writeString("here", { timeout: 60_000 });
    await left.closeWrite();
    await left.closed;
    assertEquals(await left.read(new Uint8Array(4), { timeout: 60_000 }), null);
  },
);

Deno.test("a reset connection leaves no timer behind", async () => {
  using peer = await connectResettable();
  const { conn } = peer;
  const wait = { timeout: 60_000 };
  const reading = errorOf(conn.read(new Uint8Array(4), wait));
  const writing = errorOf(conn.write(pattern(BLOCKING), wait));
  await until(() => conn.bytesWritten > 0);
  peer.reset();
  await Promise.all([reading, writing]);
  await conn.closed;
  await errorOf(conn.read(new Uint8Array(4), wait));
  await errorOf(conn.write(new Uint8Array(4), wait));
});
