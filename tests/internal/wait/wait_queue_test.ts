import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertThrows,
} from "@std/assert";
import { Waiter, WaitQueue } from "../../../internal/wait/wait_queue.ts";
import {
  assertTimeout,
  errorOf,
  isPending,
} from "../../tcp/support/_outcomes.ts";

class Call extends Waiter<string> {}

/** A queue, with those whom a limit or a signal has taken out. */
function makeQueue(
  onDropped: (call: Call, queue: WaitQueue<Call>) => void = () => {},
): { queue: WaitQueue<Call>; dropped: Call[] } {
  const dropped: Call[] = [];
  const queue: WaitQueue<Call> = new WaitQueue(
    () => "Cannot wait",
    (call) => {
      dropped.push(call);
      onDropped(call, queue);
    },
    true,
  );
  return { queue, dropped };
}

function list(queue: WaitQueue<Call>): Call[] {
  const calls: Call[] = [];
  for (let call = queue.head; call !== undefined; call = call.next) {
    calls.push(call);
  }
  return calls;
}

function add(queue: WaitQueue<Call>, count: number): Call[] {
  const calls = Array.from({ length: count }, () => new Call());
  for (const call of calls) queue.add(call, undefined);
  return calls;
}

Deno.test("a WaitQueue keeps the order asked", () => {
  const { queue } = makeQueue();
  const calls = add(queue, 4);
  assertEquals(list(queue), calls);
  assert(queue.head === calls[0]);
});

Deno.test("a WaitQueue takes waiters out anywhere", () => {
  for (const order of [[0, 1, 2], [2, 1, 0], [1, 0, 2], [1, 2, 0]]) {
    const { queue } = makeQueue();
    const calls = add(queue, 3);
    const left = new Set(calls);
    for (const index of order) {
      const call = calls[index];
      assert(call !== undefined);
      queue.remove(call);
      left.delete(call);
      assertEquals(list(queue), [...left]);
    }
    assertEquals(queue.head, undefined);
    assertEquals(list(queue), []);
    assertEquals(list(queue).length + add(queue, 2).length, 2);
    assertEquals(list(queue).length, 2);
  }
});

Deno.test("a Waiter settles apart from the others", async () => {
  const [first, second] = [new Call(), new Call()];
  second.resolve("second");
  first.reject("first");
  assertEquals(await second.promise, "second");
  assertEquals(await errorOf(first.promise), "first");
});

Deno.test("drain() hands out all waiters in order", async () => {
  const { queue } = makeQueue();
  const calls = add(queue, 3);
  queue.drain((call) => call.resolve(`${calls.indexOf(call)}`));
  assertEquals(await Promise.all(calls.map(({ promise }) => promise)), [
    "0",
    "1",
    "2",
  ]);
  assertEquals(queue.head, undefined);
});

Deno.test("rejectAll() rejects all waiters with one error", async () => {
  const { queue, dropped } = makeQueue();
  const calls = add(queue, 2);
  const error = new RangeError("Over");
  queue.rejectAll(error);
  for (const { promise } of calls) assert(await errorOf(promise) === error);
  assertEquals(dropped, []);
});

Deno.test("a limit takes its own waiter out and no other", async () => {
  const { queue, dropped } = makeQueue();
  const [first, second, third] = [new Call(), new Call(), new Call()];
  queue.add(first, undefined);
  queue.add(second, { timeout: 1 });
  queue.add(third, { timeout: 60_000 });
  assertTimeout(await errorOf(second.promise));
  assertEquals(dropped, [second]);
  assertEquals(list(queue), [first, third]);
  queue.drain((call) => call.resolve(""));
});

Deno.test("a past deadline takes all waiters out, in order", async () => {
  const { queue, dropped } = makeQueue();
  const calls = add(queue, 3);
  queue.setDeadline(0);
  assertEquals(dropped, calls);
  for (const { promise } of calls) assertTimeout(await errorOf(promise));
  assertEquals(queue.head, undefined);
});

Deno.test("a waiter that leaves because another is dropped leaves the rest in line", async () => {
  // As a read that gives its bytes back serves the one behind it.
  const { queue } = makeQueue((_, self) => {
    const { head } = self;
    if (head === undefined || head === last) return;
    self.remove(head);
    head.resolve("served");
  });
  const [first, second, last] = [new Call(), new Call(), new Call()];
  queue.add(first, { timeout: 1 });
  queue.add(second, undefined);
  queue.add(last, { timeout: 3 });
  assertTimeout(await errorOf(first.promise));
  assertEquals(await second.promise, "served");
  assertTimeout(await errorOf(last.promise));
  assertEquals(queue.head, undefined);
});

Deno.test("a waiter that leaves while all expire is not lost track of", async () => {
  const { queue } = makeQueue((call, self) => {
    if (call !== first || self.head === undefined) return;
    const { head } = self;
    self.remove(head);
    head.resolve("served");
  });
  const [first, second, third] = [new Call(), new Call(), new Call()];
  for (const call of [first, second, third]) queue.add(call, undefined);
  second.promise.catch(() => {});
  queue.setDeadline(0);
  assertTimeout(await errorOf(first.promise));
  assertTimeout(await errorOf(third.promise));
  assertEquals(list(queue), []);
});

Deno.test("a signal takes its waiter out, and is left alone afterwards", async () => {
  const { queue, dropped } = makeQueue();
  const controller = new AbortController();
  const { signal } = controller;
  const [first, second] = [new Call(), new Call()];
  queue.add(first, { signal });
  queue.add(second, { signal });
  queue.remove(second);
  second.resolve("served");
  const reason = new RangeError("Stop");
  controller.abort(reason);
  assert(await errorOf(first.promise) === reason);
  assertEquals(await second.promise, "served");
  assertEquals(dropped, [first]);
});

Deno.test("refuse() lets pass what may wait", () => {
  const { queue } = makeQueue();
  assertEquals(queue.hasDeadline, false);
  for (const wait of [undefined, {}, { timeout: 0 }, { deadline: Infinity }]) {
    assertEquals(queue.refuse(wait), undefined);
  }
  queue.setDeadline(Date.now() + 60_000);
  assertEquals(queue.hasDeadline, true);
  assertEquals(queue.refuse(undefined), undefined);
});

Deno.test("refuse() gives the error of what may not wait", () => {
  const { queue } = makeQueue();
  const reason = new RangeError("Stop");
  const signal = AbortSignal.abort(reason);
  assert(queue.refuse({ signal })?.error === reason);
  assertTimeout(queue.refuse({ deadline: 0 })?.error);
  assertInstanceOf(queue.refuse({ timeout: -1 })?.error, RangeError);
  assertInstanceOf(queue.refuse({ deadline: NaN })?.error, RangeError);
  queue.setDeadline(0);
  assertTimeout(queue.refuse(undefined)?.error);
  assertTimeout(queue.refuse({ timeout: 5000 })?.error);
  queue.setDeadline(undefined);
  assertEquals(queue.refuse(undefined), undefined);
});

Deno.test("a WaitQueue tells its limits", () => {
  const { queue } = makeQueue();
  assertEquals([queue.timeout, queue.deadline], [Infinity, undefined]);
  queue.timeout = 5;
  queue.setDeadline(4_000_000_000_000);
  assertEquals(queue.timeout, 5);
  assertEquals(queue.deadline, new Date(4_000_000_000_000));
  assertThrows(() => queue.timeout = NaN, RangeError);
  assertThrows(() => queue.setDeadline(NaN), RangeError);
  assertEquals(queue.timeout, 5);
  assertEquals(queue.deadline, new Date(4_000_000_000_000));
});

Deno.test("a deadline moved later lets waiters wait on", async () => {
  const { queue, dropped } = makeQueue();
  const [call] = add(queue, 1);
  assert(call !== undefined);
  // Not so soon that it may be over before it is moved.
  queue.setDeadline(Date.now() + 200);
  queue.setDeadline(Date.now() + 60_000);
  const other = new Call();
  queue.add(other, { timeout: 250 });
  assertTimeout(await errorOf(other.promise));
  assert(await isPending(call.promise));
  assertEquals(dropped, [other]);
  queue.drain((each) => each.resolve(""));
});
