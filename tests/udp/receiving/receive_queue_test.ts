import { assertEquals } from "@std/assert";
import {
  DATAGRAM_COST,
  type Overflow,
  ReceiveQueue,
} from "../../../udp/receiving/_receive_queue.ts";
import { Counters } from "../../../udp/udp_stats.ts";

const ADDR = { transport: "udp", hostname: "127.0.0.1", port: 1 } as const;

function makeQueue(
  maxQueued: number,
  maxQueuedBytes: number,
  overflow: Overflow = "oldest",
) {
  const counters = new Counters();
  const limits = { maxQueued, maxQueuedBytes, overflow };
  return { counters, queue: new ReceiveQueue(limits, counters) };
}

/** A datagram of a length that tells it from others. */
function datagram(length: number) {
  return { data: new Uint8Array(length), addr: ADDR, truncated: false };
}

function drain(queue: ReceiveQueue): number[] {
  const lengths = [];
  for (let next = queue.shift(); next; next = queue.shift()) {
    lengths.push(next.data.length);
  }
  return lengths;
}

Deno.test("A receive queue keeps the order, however it grows and wraps", () => {
  const { queue } = makeQueue(1000, Infinity);
  let pushed = 0;
  let taken = 0;
  for (let round = 1; round < 60; round++) {
    for (let count = 0; count < round; count++) queue.push(datagram(pushed++));
    for (let count = 0; count < round - 1; count++) {
      assertEquals(queue.shift()?.data.length, taken++);
    }
  }

  assertEquals(queue.length, 59);
  assertEquals(drain(queue), Array.from({ length: 59 }, (_, i) => taken + i));
  assertEquals([queue.length, queue.bytes], [0, 0]);
  assertEquals(queue.shift(), undefined);
});

Deno.test("A full receive queue drops the oldest, as many as it takes", () => {
  const { queue, counters } = makeQueue(3, 10);
  for (const length of [1, 2, 3, 4]) queue.push(datagram(length));
  assertEquals([queue.bytes, counters.dropped], [9, 1]);
  queue.push(datagram(6));

  assertEquals(counters.dropped, 3);
  assertEquals(drain(queue), [4, 6]);
});

Deno.test("A full receive queue drops the newest if told so", () => {
  const { queue, counters } = makeQueue(3, 10, "newest");
  for (const length of [1, 2, 8, 3, 0]) queue.push(datagram(length));

  assertEquals(counters.dropped, 2);
  assertEquals(drain(queue), [1, 2, 3]);
});

Deno.test("What never fits in a receive queue pushes nothing out", () => {
  for (const overflow of ["oldest", "newest"] as const) {
    const { queue, counters } = makeQueue(3, 10, overflow);
    for (const length of [5, 11]) queue.push(datagram(length));
    assertEquals(counters.dropped, 1);
    assertEquals(drain(queue), [5]);

    const none = makeQueue(0, 10, overflow);
    none.queue.push(datagram(1));
    assertEquals(none.counters.dropped, 1);
    assertEquals(none.queue.length, 0);
  }
});

Deno.test("A cleared receive queue starts anew", () => {
  const { queue, counters } = makeQueue(3, 10);
  for (const length of [1, 2]) queue.push(datagram(length));
  queue.clear();
  queue.push(datagram(3));

  assertEquals(drain(queue), [3]);
  assertEquals(counters.dropped, 0);
});

Deno.test("Receive queues of one budget count each datagram, however short", () => {
  const counters = new Counters();
  const budget = { used: 0, max: 3 * DATAGRAM_COST + 2 };
  const shared = {
    maxQueued: 10,
    maxQueuedBytes: 100,
    overflow: "oldest",
    budget,
  } as const;
  const [a, b, c] = Array.from(
    { length: 3 },
    () => new ReceiveQueue(shared, counters),
  );
  for (const length of [1, 0, 1]) a.push(datagram(length));
  b.push(datagram(0));
  assertEquals([a.length, b.length, counters.dropped], [3, 0, 1]);
  a.push(datagram(2));
  assertEquals([a.bytes, counters.dropped], [1 + 2, 3]);
  a.clear();
  assertEquals(budget.used, 0);
  for (const queue of [a, b, c]) queue.push(datagram(0));
  b.shift();
  c.leaveBudget();
  assertEquals(budget.used, DATAGRAM_COST);
});

Deno.test("A receive queue drops nothing of its own where that makes no room", () => {
  const counters = new Counters();
  const budget = { used: 0, max: 100 + 4 * DATAGRAM_COST };
  const shared = {
    maxQueued: 10,
    maxQueuedBytes: 200,
    overflow: "oldest",
    budget,
  } as const;
  const [a, b] = [
    new ReceiveQueue(shared, counters),
    new ReceiveQueue(shared, counters),
  ];
  for (const length of [80, 0]) a.push(datagram(length));
  for (const length of [8, 9]) b.push(datagram(length));
  b.push(datagram(150));
  assertEquals([b.bytes, counters.dropped], [8 + 9, 1]);
  b.push(datagram(148));
  assertEquals([drain(b), counters.dropped], [[148], 3]);
});
