import { assert, assertEquals } from "@std/assert";
import {
  assertSameBytes,
  BLOCKING,
  decode,
  pattern,
  readBytes,
  readText,
} from "../support/_bytes.ts";
import {
  assertTimeout,
  assertTimesOut,
  errorOf,
  isPending,
} from "../support/_outcomes.ts";
import { testEachKind } from "../support/kinds.ts";

const PAST = [0, 1, Date.now() - 1, new Date(1), -1, -Infinity] as const;

testEachKind("a past deadline of a call moves nothing", async (left, right) => {
  await right.writeString("here");
  await readText(left, 1);
  for (const deadline of PAST) {
    await assertTimesOut(left.read(new Uint8Array(4), { deadline }));
    await assertTimesOut(left.writeString("never", { deadline }));
  }
  assertEquals(await readText(left, 3), "ere");
  assertEquals(left.bytesWritten, 0);
});

testEachKind(
  "a read timeout leaves a pending write alone",
  async (left, right) => {
    left.setReadTimeout(1);
    const writing = left.write(pattern(BLOCKING));
    for (let count = 0; count < 5; count++) {
      await assertTimesOut(left.read(new Uint8Array(1)));
    }
    assertSameBytes(await readBytes(right, BLOCKING), pattern(BLOCKING));
    assertEquals(await writing, BLOCKING);
  },
);

testEachKind(
  "a write timeout leaves a pending read alone",
  async (left, right) => {
    left.setWriteTimeout(1);
    const reading = readText(left, 4);
    await assertTimesOut(left.write(pattern(BLOCKING)));
    assert(await isPending(reading));
    await right.writeString("read");
    assertEquals(await reading, "read");
  },
);

testEachKind(
  "a deadline moved later extends the pending calls",
  async (left, right) => {
    // Not so soon that it may be over before it is moved.
    left.setReadDeadline(Date.now() + 40);
    const reading = readText(left, 4);
    left.setReadDeadline(Date.now() + 60_000);
    await assertTimesOut(right.read(new Uint8Array(1), { timeout: 60 }));
    await right.writeString("late");
    assertEquals(await reading, "late");
  },
);

testEachKind(
  "a deadline taken away frees the pending calls",
  async (left, right) => {
    left.setDeadline(Date.now() + 40);
    const reading = readText(left, 4);
    left.setDeadline(undefined);
    await assertTimesOut(right.read(new Uint8Array(1), { timeout: 60 }));
    await right.writeString("late");
    assertEquals(await reading, "late");
  },
);

testEachKind(
  "a deadline moved nearer ends the pending calls sooner",
  async (left) => {
    left.setDeadline(Date.now() + 60_000);
    const calls = [
      errorOf(left.read(new Uint8Array(4))),
      errorOf(left.readLine({ timeout: 50_000 })),
      errorOf(left.write(pattern(BLOCKING))),
    ];
    left.setDeadline(Date.now() + 2);
    for (const error of await Promise.all(calls)) assertTimeout(error);
  },
);

testEachKind("the earliest of all limits ends a call", async (left) => {
  const soon = () => Date.now() + 2;
  const late = 60_000;
  const limits = [
    () => left.read(new Uint8Array(1), { timeout: 2, deadline: soon() + late }),
    () => left.read(new Uint8Array(1), { timeout: late, deadline: soon() }),
    () => {
      left.setReadTimeout(2);
      return left.read(new Uint8Array(1), { timeout: late });
    },
    () => {
      left.setReadTimeout(late);
      left.setReadDeadline(soon());
      return left.read(new Uint8Array(1), { timeout: late });
    },
    () => {
      left.setReadDeadline(soon() + late);
      return left.read(new Uint8Array(1), { timeout: 2 });
    },
    () => {
      const signal = AbortSignal.timeout(2);
      return left.read(new Uint8Array(1), { timeout: late, signal });
    },
  ];
  for (const call of limits) {
    const error = await errorOf(call());
    assert(error instanceof DOMException);
    assertEquals(error.name, "TimeoutError");
  }
});

testEachKind(
  "a timeout set later leaves pending calls as they are",
  async (left, right) => {
    const reading = readText(left, 4);
    left.setReadTimeout(1);
    await assertTimesOut(left.readFull(new Uint8Array(4)));
    await right.writeString("kept");
    assertEquals(await reading, "kept");
  },
);

testEachKind("limits far in the future are no limits", async (left, right) => {
  const reading = Promise.all([
    left.readFull(new Uint8Array(1), { timeout: 2 ** 40 }),
    left.readFull(new Uint8Array(1), { deadline: 8.64e15 }),
    left.readFull(new Uint8Array(1), { timeout: Infinity, deadline: Infinity }),
  ]);
  assert(await isPending(reading));
  await right.writeString("abc");
  assertEquals(await reading, [1, 1, 1]);
});

testEachKind(
  "calls that time out do so apart from each other",
  async (left, right) => {
    const order: string[] = [];
    const track = (name: string, call: Promise<unknown>) =>
      call.then(() => order.push(name), () => order.push(`${name} timed out`));
    const buffer = new Uint8Array(1);
    const slow = track("slow", left.read(buffer, { timeout: 60_000 }));
    const fast = track("fast", left.read(new Uint8Array(1), { timeout: 2 }));
    const mid = track("mid", left.read(new Uint8Array(1), { timeout: 20 }));
    await Promise.all([fast, mid]);
    await right.writeString("x");
    await slow;
    assertEquals(order, ["fast timed out", "mid timed out", "slow"]);
    assertEquals(decode(buffer), "x");
  },
);
