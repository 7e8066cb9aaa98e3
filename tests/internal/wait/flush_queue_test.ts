import { assertEquals } from "@std/assert";
import { flushNext } from "../../../internal/wait/flush_queue.ts";
import { turn } from "../_turn.ts";

const MANY = 1000;

Deno.test("flushNext() flushes at the end of what goes on now", async () => {
  const order: string[] = [];
  flushNext({ flush: () => order.push("first") });
  flushNext({ flush: () => order.push("second") });
  order.push("now");
  await Promise.resolve();
  assertEquals(order, ["now", "first", "second"]);
});

Deno.test("flushNext() serves all in order, also if more come than a turn takes", async () => {
  await turn();
  const order: number[] = [];
  let count = 0;
  const add = () => {
    const index = count++;
    flushNext({ flush: () => order.push(index) });
  };
  for (let round = 0; round < 20; round++) {
    for (let each = 0; each < 200; each++) add();
    await turn();
  }
  while (order.length < count) await turn();
  assertEquals(order, Array.from({ length: count }, (_, index) => index));
});

Deno.test("flushNext() lets others run between the flushes of a broadcast", async () => {
  await turn();
  const { promise, resolve } = Promise.withResolvers<void>();
  const order: number[] = [];
  const counts: number[] = [];
  for (let index = 0; index < MANY; index++) {
    flushNext({
      flush: () => {
        order.push(index);
        // Who comes in the meantime stands behind all others.
        if (index === 10) flushNext({ flush: resolve });
      },
    });
  }
  assertEquals(order, []);
  while (order.length < MANY) {
    await turn();
    counts.push(order.length);
  }
  await promise;
  assertEquals(order, Array.from({ length: MANY }, (_, index) => index));
  // In portions of much the same size.
  assertEquals(counts.length >= 10, true, `${counts}`);
});

Deno.test("flushNext() serves the others also if a flush throws", async () => {
  await turn();
  const errors: unknown[] = [];
  const order: number[] = [];
  const onRejection = (event: PromiseRejectionEvent) => {
    event.preventDefault();
    errors.push(event.reason);
  };
  const failure = new Error("No memory");
  const failing = {
    flush: () => {
      throw failure;
    },
  };
  globalThis.addEventListener("unhandledrejection", onRejection);
  try {
    flushNext(failing);
    for (let index = 0; index < 3; index++) {
      flushNext({ flush: () => order.push(index) });
    }
    flushNext(failing);
    while (errors.length < 2) await turn();
    flushNext({ flush: () => order.push(3) });
    await turn();
  } finally {
    globalThis.removeEventListener("unhandledrejection", onRejection);
  }
  assertEquals(order, [0, 1, 2, 3]);
  assertEquals(errors, [failure, failure]);
});
