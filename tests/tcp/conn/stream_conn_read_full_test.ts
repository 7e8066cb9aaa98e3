import { assert, assertEquals, assertInstanceOf } from "@std/assert";
import {
  assertSameBytes,
  decode,
  filled,
  pattern,
  readText,
} from "../support/_bytes.ts";
import {
  assertTimeout,
  assertTimesOut,
  errorOf,
  isPending,
  nextTurn,
  until,
} from "../support/_outcomes.ts";
import { testEachKind } from "../support/kinds.ts";

testEachKind(
  "readFull() waits until its buffer is full",
  async (left, right) => {
    const buffer = new Uint8Array(6);
    const reading = right.readFull(buffer);
    for (const piece of ["a", "bc", "defg"]) {
      await left.writeString(piece);
      await nextTurn();
    }
    assertEquals(await reading, 6);
    assertEquals(decode(buffer), "abcdef");
    assertEquals(await readText(right, 1), "g");
  },
);

testEachKind(
  "readFull() takes more than any buffer of the connection",
  async (left, right) => {
    const length = 1024 * 1024 + 7;
    const buffer = new Uint8Array(length);
    const writing = left.write(pattern(length + 3));
    assertEquals(await right.readFull(buffer), length);
    assertSameBytes(buffer, pattern(length));
    await writing;
    await right.readFull(buffer.subarray(0, 3));
    assertSameBytes(buffer.subarray(0, 3), pattern(3, length));
  },
);

testEachKind(
  "readFull() that times out has taken nothing",
  async (left, right) => {
    await left.writeString("abc");
    const buffer = new Uint8Array(5);
    const reading = right.readFull(buffer, { timeout: 20 });
    await assertTimesOut(reading);
    buffer.fill(0xa5);
    await left.writeString("de");
    assertEquals(await readText(right, 5), "abcde");
    assertEquals(buffer, filled(5, 0xa5));
  },
);

testEachKind(
  "readFull() that is aborted has taken nothing",
  async (left, right) => {
    const controller = new AbortController();
    const { signal } = controller;
    const reading = right.readFull(new Uint8Array(5), { signal });
    await left.writeString("abc");
    await until(() => right.bytesRead === 3);
    controller.abort("enough");
    assertEquals(await errorOf(reading), "enough");
    assertEquals(await readText(right, 3), "abc");
  },
);

testEachKind(
  "what readFull() gives back comes before what arrives later",
  async (left, right) => {
    const whole = pattern(5000);
    const reading = right.readFull(new Uint8Array(6000), { timeout: 30 });
    const failure = errorOf(reading);
    await left.write(whole.subarray(0, 2000));
    await until(() => right.bytesRead === 2000);
    right.setReadDeadline(1);
    assertTimeout(await failure);
    right.setReadDeadline(undefined);
    await left.write(whole.subarray(2000));
    const buffer = new Uint8Array(5000);
    assertEquals(await right.readFull(buffer), 5000);
    assertSameBytes(buffer, whole);
  },
);

testEachKind(
  "readFull() gives up again and again and loses nothing",
  async (left, right) => {
    const whole = pattern(100);
    for (let index = 0; index < whole.length; index++) {
      const reading = errorOf(right.readFull(new Uint8Array(101)));
      await left.write(whole.subarray(index, index + 1));
      if (index % 3 === 0) await until(() => right.bytesRead === index + 1);
      right.setReadDeadline(1);
      assertTimeout(await reading);
      right.setReadDeadline(undefined);
    }
    const buffer = new Uint8Array(100);
    assertEquals(await right.readFull(buffer), 100);
    assertSameBytes(buffer, whole);
  },
);

testEachKind(
  "readFull() fails at an end after some bytes, which stay",
  async (left, right) => {
    await left.writeString("abc");
    await left.closeWrite();
    const error = await errorOf(right.readFull(new Uint8Array(5)));
    assertInstanceOf(error, Deno.errors.UnexpectedEof);
    assertEquals(await readText(right, 3), "abc");
    assertEquals(await right.readFull(new Uint8Array(5)), null);
  },
);

testEachKind(
  "a read behind a readFull() that gave up gets its bytes",
  async (left, right) => {
    const full = errorOf(right.readFull(new Uint8Array(5), { timeout: 30 }));
    const next = readText(right, 3);
    await left.writeString("abc");
    assertTimeout(await full);
    assertEquals(await next, "abc");
  },
);

testEachKind(
  "a limit behind a readFull() that gave up still ends its wait",
  async (left, right) => {
    const full = errorOf(right.readFull(new Uint8Array(5), { timeout: 30 }));
    const second = right.read(new Uint8Array(5));
    const third = errorOf(right.read(new Uint8Array(5), { timeout: 40 }));
    await left.writeString("abc");
    assertTimeout(await full);
    assertEquals(await second, 3);
    assertTimeout(await third);
  },
);

testEachKind(
  "a past deadline fails all reads behind a readFull() and moves nothing",
  async (left, right) => {
    const calls = [
      right.readFull(new Uint8Array(5)),
      right.read(new Uint8Array(5)),
      right.read(new Uint8Array(5)),
      right.readLine(),
    ].map((call) => call.then(() => "served", () => "failed"));
    await left.writeString("abc");
    await until(() => right.bytesRead === 3);
    right.setReadDeadline(1);
    const outcomes: string[] = [];
    calls.forEach((call, index) => call.then((text) => outcomes[index] = text));
    await nextTurn();
    assertEquals(outcomes, ["failed", "failed", "failed", "failed"]);
    right.setReadDeadline(undefined);
    assertEquals(await readText(right, 3), "abc");
  },
);

testEachKind(
  "read() waits its turn behind a readFull()",
  async (left, right) => {
    const full = new Uint8Array(4);
    const first = right.readFull(full);
    const second = readText(right, 2);
    await left.writeString("abc");
    assert(await isPending(second));
    await left.writeString("def");
    assertEquals(await first, 4);
    assertEquals(decode(full), "abcd");
    assertEquals(await second, "ef");
  },
);

testEachKind(
  "readFull() into a buffer that is transferred meanwhile leaves the stream whole",
  async (left, right) => {
    const buffer = new Uint8Array(64);
    const reading = right.readFull(buffer);
    await left.write(filled(60, 1));
    await until(() => right.bytesRead === 60);
    buffer.buffer.transfer();
    await left.write(filled(10, 2));
    await reading;
    const rest = new Uint8Array(64);
    assertEquals(await right.read(rest), 10);
    assertEquals(rest.subarray(0, 10), filled(10, 2));
  },
);
