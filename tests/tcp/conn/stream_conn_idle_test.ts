import { assert, assertEquals, assertThrows } from "@std/assert";
import { pipe } from "../../../tcp/pipe.ts";
import { readText } from "../support/_bytes.ts";
import { assertClosed, errorOf } from "../support/_outcomes.ts";
import { type Conn, testEachKind } from "../support/kinds.ts";

/** Resolves at the next notice that a connection is idle. */
function whenIdle(conn: Conn, timeout: number): Promise<void> {
  return new Promise((resolve) => conn.setIdleTimeout(timeout, resolve));
}

testEachKind(
  "an idle connection gives notice and stays open",
  async (left, right) => {
    await whenIdle(left, 2);
    assertEquals(left.idleTimeout, 2);
    assertEquals(left.state, "open");
    await left.writeString("here");
    assertEquals(await readText(right, 4), "here");
  },
);

testEachKind('"close" closes an idle connection', async (left, right) => {
  const reading = errorOf(left.read(new Uint8Array(4)));
  left.setIdleTimeout(2, "close");
  assertClosed(await reading);
  await left.closed;
  assertEquals(left.state, "closed");
  assertEquals(await right.read(new Uint8Array(4)), null);
});

testEachKind("there is one notice for each idle time", async (left, right) => {
  let count = 0;
  let told = Promise.withResolvers<void>();
  left.setIdleTimeout(2, () => {
    count++;
    told.resolve();
  });
  await told.promise;
  for (let round = 0; round < 3; round++) await whenIdle(right, 3);
  assertEquals(count, 1);
  for (const sender of [left, right]) {
    told = Promise.withResolvers();
    const receiver = sender === left ? right : left;
    await sender.writeString("x");
    await readText(receiver, 1);
    await told.promise;
  }
  assertEquals(count, 3);
});

testEachKind("bytes either way put the notice off", async (left, right) => {
  const timeout = 10;
  const idle = Promise.withResolvers<void>();
  let isIdle = false;
  left.setIdleTimeout(timeout, () => {
    isIdle = true;
    idle.resolve();
  });
  const start = performance.now();
  let last = start;
  while (!isIdle && performance.now() - start < 3 * timeout) {
    const [from, to] = last % 2 < 1 ? [left, right] : [right, left];
    last = performance.now();
    await from.writeString("x");
    await readText(to, 1);
  }
  await idle.promise;
  assert(performance.now() - last >= timeout - 1);
});

testEachKind(
  "an idle timeout of 0 or Infinity turns the notice off",
  async (left, right) => {
    for (const off of [0, Infinity]) {
      let count = 0;
      left.setIdleTimeout(2, () => count++);
      left.setIdleTimeout(off);
      assertEquals(left.idleTimeout, Infinity);
      await whenIdle(right, 8);
      assertEquals(count, 0);
    }
  },
);

testEachKind(
  "setIdleTimeout() keeps what to do from the last time",
  async (left) => {
    const told = Promise.withResolvers<void>();
    left.setIdleTimeout(60_000, () => told.resolve());
    left.setIdleTimeout(2);
    await told.promise;
    left.setIdleTimeout(2, "close");
    left.setIdleTimeout(0);
    left.setIdleTimeout(1);
    await left.closed;
  },
);

testEachKind(
  "a notice may close the connection or change the timeout",
  async (left, right) => {
    const told = Promise.withResolvers<void>();
    left.setIdleTimeout(1, () => left.setIdleTimeout(2, () => told.resolve()));
    await told.promise;
    right.setIdleTimeout(1, () => right.close());
    await right.closed;
  },
);

Deno.test("setIdleTimeout() without anything to do throws and changes nothing", () => {
  const [left, right] = pipe();
  using _left = left;
  using _right = right;
  assertThrows(() => left.setIdleTimeout(5), TypeError);
  assertEquals(left.idleTimeout, Infinity);
});
