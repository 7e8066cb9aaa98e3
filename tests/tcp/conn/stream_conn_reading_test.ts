import { assert, assertEquals, assertInstanceOf } from "@std/assert";
import { decode, encode, filled, readText } from "../support/_bytes.ts";
import {
  assertTimesOut,
  errorOf,
  isPending,
  nextTurn,
} from "../support/_outcomes.ts";
import { testEachKind } from "../support/kinds.ts";

testEachKind("read() takes what is there", async (left, right) => {
  await left.writeString("hello");
  const buffer = filled(8, 0xa5);
  assertEquals(await right.read(buffer), 5);
  assertEquals(decode(buffer.subarray(0, 5)), "hello");
  assertEquals(buffer.subarray(5), filled(3, 0xa5));
});

testEachKind(
  "read() into part of a buffer keeps to it",
  async (left, right) => {
    await left.writeString("hello");
    const buffer = filled(8, 0xa5);
    assertEquals(await right.read(buffer.subarray(2, 5)), 3);
    assertEquals(decode(buffer.subarray(2, 5)), "hel");
    assertEquals(buffer[1], 0xa5);
    assertEquals(buffer[5], 0xa5);
    assertEquals(await readText(right, 2), "lo");
  },
);

testEachKind(
  "read() of no bytes gives 0 and takes none",
  async (left, right) => {
    assertEquals(await right.read(new Uint8Array(0)), 0);
    assertEquals(await right.readFull(new Uint8Array(0)), 0);
    await left.writeString("x");
    assertEquals(await right.read(new Uint8Array(0)), 0);
    assertEquals(await readText(right, 1), "x");
  },
);

testEachKind(
  "read() gives null at the end, again and again",
  async (left, right) => {
    await left.writeString("end");
    await left.closeWrite();
    assertEquals(await readText(right, 3), "end");
    for (let count = 0; count < 3; count++) {
      assertEquals(await right.read(new Uint8Array(4)), null);
      assertEquals(await right.readFull(new Uint8Array(4)), null);
      assertEquals(await right.readLine(), null);
    }
  },
);

testEachKind(
  "overlapping reads are served in the order asked",
  async (left, right) => {
    const buffers = Array.from({ length: 20 }, () => new Uint8Array(1));
    const order: number[] = [];
    const reads = buffers.map(async (buffer, index) => {
      assertEquals(await right.read(buffer), 1);
      order.push(index);
    });
    const text = "abcdefghijklmnopqrst";
    await left.writeString(text.slice(0, 7));
    await left.writeString(text.slice(7));
    await Promise.all(reads);
    assertEquals(buffers.map((buffer) => decode(buffer)).join(""), text);
    assertEquals(order, order.toSorted((a, b) => a - b));
  },
);

testEachKind(
  "overlapping reads all get null at the end",
  async (left, right) => {
    const reads = [1, 2, 3].map(() => right.read(new Uint8Array(4)));
    await left.closeWrite();
    assertEquals(await Promise.all(reads), [null, null, null]);
  },
);

testEachKind(
  "read() that timed out leaves its buffer alone",
  async (left, right) => {
    const buffer = filled(16, 0xa5);
    await assertTimesOut(right.read(buffer, { timeout: 1 }));
    await left.writeString("late");
    assertEquals(await readText(right, 4), "late");
    assertEquals(buffer, filled(16, 0xa5));
  },
);

testEachKind(
  "read() leaves its buffer alone when the limit comes while it waits",
  async (left, right) => {
    const buffer = filled(16, 0xa5);
    const reading = right.read(buffer);
    assert(await isPending(reading));
    right.setReadDeadline(Date.now() - 1);
    await assertTimesOut(reading);
    right.setReadDeadline(undefined);
    await left.writeString("late");
    assertEquals(await readText(right, 4), "late");
    assertEquals(buffer, filled(16, 0xa5));
  },
);

testEachKind(
  "the bytes of a read that gave up go to the read behind it",
  async (left, right) => {
    const first = right.read(new Uint8Array(4), { timeout: 1 });
    const buffer = new Uint8Array(4);
    const second = right.read(buffer);
    await assertTimesOut(first);
    await left.writeString("next");
    assertEquals(await second, 4);
    assertEquals(decode(buffer), "next");
  },
);

testEachKind(
  "read() rejects with the reason of an aborted signal",
  async (left, right) => {
    await left.writeString("kept");
    for (const reason of [new RangeError("Stop"), "stop", { stop: true }]) {
      const signal = AbortSignal.abort(reason);
      const buffer = new Uint8Array(4);
      assert(await errorOf(right.read(buffer, { signal })) === reason);
      assert(await errorOf(right.readFull(buffer, { signal })) === reason);
      assert(await errorOf(right.readLine({ signal })) === reason);
    }
    assertEquals(await readText(right, 4), "kept");
  },
);

testEachKind(
  "read() rejects with the reason when aborted while it waits",
  async (left, right) => {
    const controller = new AbortController();
    const reason = new RangeError("Stop");
    const { signal } = controller;
    const buffer = filled(4, 0xa5);
    const calls = [
      right.read(buffer, { signal }),
      right.readFull(buffer, { signal }),
      right.readLine({ signal }),
    ].map(errorOf);
    const unlimited = readText(right, 4);
    assert(await isPending(unlimited));
    controller.abort(reason);
    for (const error of await Promise.all(calls)) assert(error === reason);
    await left.writeString("next");
    assertEquals(await unlimited, "next");
    assertEquals(buffer, filled(4, 0xa5));
  },
);

testEachKind("an abort after read() has no effect", async (left, right) => {
  const controller = new AbortController();
  const buffer = new Uint8Array(3);
  const reading = right.read(buffer, { signal: controller.signal });
  await left.writeString("one");
  assertEquals(await reading, 3);
  controller.abort(new RangeError("Too late"));
  await left.writeString("two");
  assertEquals(await readText(right, 3), "two");
});

testEachKind(
  "a signal keeps no listener of a call that has settled",
  async (left, right) => {
    const { signal } = new AbortController();
    let count = 0;
    const add = signal.addEventListener.bind(signal);
    const remove = signal.removeEventListener.bind(signal);
    signal.addEventListener = (...args: Parameters<typeof add>) => {
      count++;
      add(...args);
    };
    signal.removeEventListener = (...args: Parameters<typeof remove>) => {
      count--;
      remove(...args);
    };
    const buffer = new Uint8Array(4);
    await errorOf(right.read(buffer, { signal, timeout: 1 }));
    await left.writeString("here", { signal });
    assertEquals(await right.read(buffer, { signal }), 4);
    const reading = right.read(buffer, { signal });
    right.close();
    await errorOf(reading);
    assertEquals(count, 0);
  },
);

testEachKind(
  "a timeout of 0 takes what is there and else times out",
  async (left, right) => {
    const buffer = new Uint8Array(4);
    await assertTimesOut(right.read(buffer, { timeout: 0 }));
    await left.writeString("abcdefgh");
    assertEquals(await right.read(buffer.subarray(0, 1)), 1);
    assertEquals(right.bytesRead, 8);
    assertEquals(await right.read(buffer, { timeout: 0 }), 4);
    assertEquals(decode(buffer), "bcde");
    assertEquals(
      await right.readFull(buffer.subarray(0, 3), { timeout: 0 }),
      3,
    );
    await assertTimesOut(right.read(buffer, { timeout: 0 }));
  },
);

testEachKind("polling finds what arrives", async (left, right) => {
  right.setReadTimeout(0);
  await left.writeString("soon");
  const buffer = new Uint8Array(4);
  let length: number | null = 0;
  for (let poll = 0; poll < 1000 && length === 0; poll++) {
    length = await right.read(buffer).catch(() => 0);
  }
  assertEquals(length, 4);
  assertEquals(decode(buffer), "soon");
});

testEachKind("read() rejects a buffer of another type", async (left, right) => {
  await left.writeString("kept");
  const values: unknown[] = [undefined, null, 4, "text", new ArrayBuffer(4)];
  for (const value of values) {
    const buffer = value as Uint8Array;
    assertInstanceOf(await errorOf(right.read(buffer)), TypeError);
    assertInstanceOf(await errorOf(right.readFull(buffer)), TypeError);
  }
  assertEquals(await readText(right, 4), "kept");
});

testEachKind(
  "read() rejects what is no signal and loses nothing",
  async (left, right) => {
    const signal = {} as AbortSignal;
    const call = async () => await right.read(new Uint8Array(4), { signal });
    assertInstanceOf(await errorOf(call()), TypeError);
    await left.writeString("kept");
    assertEquals(await readText(right, 4), "kept");
  },
);

testEachKind(
  "read() takes bytes of a shared buffer and of node's Buffer",
  async (left, right) => {
    const shared = new Uint8Array(new SharedArrayBuffer(3));
    await left.write(encode("abc"));
    assertEquals(await right.read(shared), 3);
    assertEquals(shared[2], "c".charCodeAt(0));
    const { Buffer } = await import("node:buffer");
    const buffer = Buffer.alloc(3);
    await left.write(Buffer.from("def"));
    assertEquals(await right.read(buffer), 3);
    assertEquals(buffer.toString(), "def");
  },
);

testEachKind(
  "reads and writes don't wait for each other",
  async (left, right) => {
    const reading = readText(left, 4);
    assert(await isPending(reading));
    await left.writeString("ping");
    assertEquals(await readText(right, 4), "ping");
    await right.writeString("pong");
    assertEquals(await reading, "pong");
    await nextTurn();
  },
);
