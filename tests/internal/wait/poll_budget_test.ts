import { assert, assertEquals } from "@std/assert";
import {
  checkWork,
  isPollDue,
  PollWait,
  WORK_PER_CHECK,
} from "../../../internal/wait/poll_budget.ts";
import { turn } from "../_turn.ts";

/** Waits for a poll. */
async function polled(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  new PollWait(resolve).enter(true);
  await promise;
}

/** Lets the budget pass. */
function compute(): void {
  const end = performance.now() + 10;
  while (performance.now() < end) { /* It computes. */ }
}

Deno.test("a poll is due when work has gone on for the whole budget", async () => {
  await polled();
  assert(!isPollDue());
  compute();
  assert(isPollDue());
});

Deno.test("those who wait for a poll go on in the order in which they came", async () => {
  const order: number[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  const waits = Array.from({ length: 5 }, (_, index) =>
    new PollWait(() => {
      order.push(index);
      if (order.length === 4) resolve();
    }));
  for (const wait of waits) wait.enter(true);
  waits[2].leave();
  waits[2].leave();
  waits[0].enter(true);
  await promise;
  await turn();

  assertEquals(order, [0, 1, 3, 4]);
  assert(!waits.some(({ isWaiting }) => isWaiting));
});

Deno.test("one who enters again goes on after the others", async () => {
  const order: string[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  const greedy = new PollWait(() => {
    order.push("greedy");
    compute();
    if (order.length < 4) greedy.enter(true);
  });
  const others = ["first", "second"].map((name) =>
    new PollWait(() => {
      order.push(name);
      if (name === "second") resolve();
    })
  );
  greedy.enter(true);
  for (const other of others) other.enter(true);
  await promise;
  greedy.leave();

  assertEquals(order.slice(0, 3), ["greedy", "first", "second"]);
});

Deno.test("what was put off goes on after the sockets were polled", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  using client = await Deno.connect({ hostname: "127.0.0.1", port });
  using server = await listener.accept();
  // A new socket is written to when it was polled once.
  await server.write(new Uint8Array([0]));
  await client.read(new Uint8Array(8));
  const events: string[] = [];
  const reading = client.read(new Uint8Array(8)).then(() => {
    events.push("read");
  });
  await turn();
  const writing = server.write(new Uint8Array([1]));
  await polled();
  events.push("polled");
  await Promise.all([reading, writing]);

  assertEquals(events, ["read", "polled"]);
});

Deno.test("those who do not keep the process alive have their turns too", async () => {
  const order: string[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  // This timer keeps it alive.
  const timer = setTimeout(() => {}, 60_000);
  const unheld = new PollWait(() => {
    order.push("unheld");
    resolve();
  });
  unheld.enter(false);
  await promise;
  clearTimeout(timer);
  unheld.enter(false);
  unheld.leave();

  const held = Promise.withResolvers<void>();
  const later = new PollWait(() => {
    order.push("held later");
    held.resolve();
  });
  later.enter(false);
  later.setKeepsAlive(true);
  later.setKeepsAlive(false);
  later.setKeepsAlive(true);
  await held.promise;

  assertEquals(order, ["unheld", "held later"]);
});

Deno.test("a PollWait asks for a poll once in a while, and then until it has gone on", async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const wait = new PollWait(resolve);
  compute();
  let count = 1;
  while (!wait.isSpent()) count++;

  assertEquals(count, WORK_PER_CHECK);
  assert(wait.isSpent());
  wait.enter(true);
  await promise;
  assert(!wait.isSpent());
});

Deno.test("checkWork() looks at the clock after enough work, and counts on while a poll is due", async () => {
  await polled();
  assertEquals(checkWork(WORK_PER_CHECK - 1), WORK_PER_CHECK - 1);
  assertEquals(checkWork(WORK_PER_CHECK + 3), 0);
  compute();
  assertEquals(checkWork(WORK_PER_CHECK - 1), WORK_PER_CHECK - 1);
  assertEquals(checkWork(WORK_PER_CHECK + 3), WORK_PER_CHECK);
});
