import { assert, assertEquals, assertThrows } from "@std/assert";
import { ClosedError } from "../../../internal/errors/closed_error.ts";
import type {
  DialAttempt,
  ReconnectOptions,
  ReconnectState,
} from "../../../internal/reconnect/reconnect_options.ts";
import {
  type Dial,
  Reconnector,
} from "../../../internal/reconnect/reconnector.ts";
import { FakeClock, FakeConn, StoppedClock } from "./_fakes.ts";

const LOST = new RangeError("Lost by the test");

interface Setup {
  readonly dial?: Dial<FakeConn>;
  readonly options?: ReconnectOptions<FakeConn>;
  readonly clock?: FakeClock;
  /** Uses a connection; left out, until it has been closed. */
  readonly use?: (conn: FakeConn) => Promise<unknown>;
}

/** A reconnector that notes what it does with its connections. */
class TestReconnector extends Reconnector<FakeConn> {
  readonly #use: Setup["use"];
  readonly conns: FakeConn[] = [];
  readonly ends: unknown[] = [];

  constructor({ dial, options = {}, clock, use }: Setup) {
    super(
      dial ?? (() => Promise.resolve(new FakeConn())),
      options,
      clock ?? new FakeClock(),
    );
    this.#use = use;
  }

  get counts(): number[] {
    return [this.attempts, this.connections];
  }

  protected override async use(
    conn: FakeConn,
    signal: AbortSignal,
  ): Promise<unknown> {
    this.conns.push(conn);
    const cut = () => conn.terminate();
    signal.addEventListener("abort", cut, { once: true });
    if (this.#use !== undefined) return await this.#use(conn);
    await conn.closed;
    return LOST;
  }

  protected override onClose(): void {
    for (const conn of this.conns) conn.close();
  }

  protected override onEnd(reason: unknown): void {
    this.ends.push(reason);
  }
}

/** Starts a reconnector, and collects its states. */
function start(setup: Setup) {
  const reconnector = new TestReconnector(setup);
  const { conns, ends } = reconnector;
  const states = Array.fromAsync(reconnector.states);
  return { reconnector, conns, ends, states };
}

function typesOf(states: readonly ReconnectState<FakeConn>[]): string[] {
  return states.map(({ type }) => type);
}

/** Resolves when the reconnector comes to a state. */
async function reached(
  reconnector: TestReconnector,
  type: string,
): Promise<void> {
  for await (const state of reconnector.states) {
    if (state.type === type) return;
  }
}

/** Dials that fail, but those with the numbers given. */
function failingDial(...good: number[]): Dial<FakeConn> {
  let count = 0;
  return () =>
    good.includes(++count)
      ? Promise.resolve(new FakeConn())
      : Promise.reject(LOST);
}

Deno.test("Reconnector tells all states of connections that come and go, in order", async () => {
  let left = 2;
  const { reconnector, states } = start({
    use: () => {
      if (--left === 0) reconnector.close();
      return Promise.resolve(LOST);
    },
    dial: failingDial(2, 3),
  });

  const seen = await states;

  assertEquals(typesOf(seen), [
    ...["connecting", "lost"],
    ...["connecting", "open", "lost"],
    ...["connecting", "open", "closed"],
  ]);
  assertEquals(seen.at(1), { type: "lost", reason: LOST });
  assertEquals(seen.at(-1), { type: "closed", reason: undefined });
  assertEquals(reconnector.counts, [3, 2]);
});

Deno.test("Reconnector pauses longer after each failure, and not before the first attempt", async () => {
  const clock = new FakeClock();
  const { states } = start({
    dial: failingDial(),
    clock,
    options: {
      initialDelay: 100,
      factor: 3,
      maxDelay: 1000,
      maxAttempts: 6,
    },
  });

  const connecting = (await states).filter(({ type }) => type === "connecting");

  assertEquals(clock.delays, [100, 300, 900, 1000, 1000]);
  assertEquals(
    connecting,
    [0, 100, 300, 900, 1000, 1000].map((delay, index) => (
      { type: "connecting", attempt: index + 1, delay }
    )),
  );
});

Deno.test("Reconnector starts anew after a connection that was up for long enough", async () => {
  const clock = new FakeClock();
  const attempts: number[] = [];
  const fails = failingDial(3, 5);
  let opened = 0;
  const { reconnector } = start({
    clock,
    dial: (attempt) => {
      attempts.push(attempt.attempt);
      return fails(attempt);
    },
    options: { initialDelay: 100, resetAfter: 1000, maxAttempts: 4 },
    use: () => {
      // The first connection is stable, the second is not quite.
      clock.time += ++opened === 1 ? 1000 : 999;
      return Promise.resolve(LOST);
    },
  });
  await reconnector.closed;

  assertEquals(attempts, [1, 2, 3, 1, 2, 3, 4]);
  assertEquals(clock.delays, [100, 200, 100, 200, 400, 800]);
});

Deno.test("Reconnector does not count time after the end of a connection as time up", async () => {
  const clock = new FakeClock();
  let opened = 0;
  const { reconnector, ends } = start({
    clock,
    options: { resetAfter: 1000, maxAttempts: 3 },
    use: async (conn) => {
      // It would never end if the count of attempts began anew.
      if (++opened > 3) reconnector.close();
      clock.time += 999;
      conn.terminate();
      await conn.closed;
      clock.time += 5000;
      return LOST;
    },
  });
  await reconnector.closed;

  assertEquals(reconnector.counts, [3, 3]);
  assert(ends[0] instanceof Error);
});

Deno.test("Reconnector ends when the attempts are used up, with the last failure as cause", async () => {
  const { reconnector, states, ends } = start({
    dial: failingDial(),
    options: { maxAttempts: 3 },
  });
  await reconnector.closed;

  const [reason] = ends;
  assert(reason instanceof Error);
  assertEquals(reason.message, "Cannot connect again: 3 attempts have failed");
  assertEquals(reason.cause, LOST);
  assertEquals((await states).at(-1), { type: "closed", reason });
});

Deno.test("Reconnector ends before a pause that would exceed the time for retries", async () => {
  const clock = new FakeClock();
  const { reconnector, ends } = start({
    dial: failingDial(),
    clock,
    options: { initialDelay: 100, maxRetryTime: 700 },
  });
  await reconnector.closed;

  const [reason] = ends;
  assert(reason instanceof Error);
  assertEquals(reason.message, "Cannot connect again: 700 ms have passed");
  assertEquals(reason.cause, LOST);
  assertEquals(clock.delays, [100, 200]);
});

Deno.test("Reconnector ends at a failure that is not retriable", async () => {
  const { ends, states } = start({
    dial: failingDial(),
    options: { isRetriable: (reason) => reason !== LOST },
  });

  assertEquals(typesOf(await states), ["connecting", "lost", "closed"]);
  assertEquals(ends, [LOST]);
});

Deno.test("Reconnector ends with the error that isRetriable throws", async () => {
  const error = new SyntaxError("Thrown by the test");
  const { reconnector, ends } = start({
    dial: failingDial(),
    options: {
      isRetriable: () => {
        throw error;
      },
    },
  });
  await reconnector.closed;

  assertEquals(ends, [error]);
});

Deno.test("Reconnector takes a dial that throws for one that fails", async () => {
  const { states } = start({
    dial: () => {
      throw LOST;
    },
    options: { maxAttempts: 2 },
  });

  const lost = { type: "lost", reason: LOST } as const;
  const seen = await states;
  assertEquals([seen[1], seen[3]], [lost, lost]);
});

Deno.test("Reconnector opens a connection when onOpen is done with it", async () => {
  const conn = new FakeConn();
  const order: unknown[] = [];
  const { reconnector, states } = start({
    dial: () => Promise.resolve(conn),
    options: {
      onOpen: async (conn, { signal, attempt }) => {
        order.push(conn, signal.aborted, attempt);
        await Promise.resolve();
        order.push(reconnector.states.current.type);
      },
    },
    use: () => {
      order.push("used");
      reconnector.close();
      return Promise.resolve();
    },
  });

  assertEquals((await states)[1], { type: "open", conn });
  assertEquals(order, [conn, false, 1, "connecting", "used"]);
});

Deno.test("Reconnector cuts a connection whose onOpen fails, and tries again", async () => {
  const conns: FakeConn[] = [];
  const { states } = start({
    dial: () => {
      conns.push(new FakeConn());
      return Promise.resolve(conns[conns.length - 1]);
    },
    options: { maxAttempts: 2, onOpen: () => Promise.reject(LOST) },
  });

  assertEquals(typesOf(await states), [
    ...["connecting", "lost", "connecting", "lost", "closed"],
  ]);
  assertEquals(conns.map(({ calls }) => calls), [["terminate"], ["terminate"]]);
});

Deno.test("Reconnector gives up a dial that hangs, and frees what comes of it later", async () => {
  const dialling = Promise.withResolvers<FakeConn>();
  const signals: AbortSignal[] = [];
  const { states } = start({
    dial: ({ signal }) => {
      signals.push(signal);
      return dialling.promise;
    },
    options: { attemptTimeout: 1, maxAttempts: 1 },
  });

  const [, lost] = await states;
  assert(lost.type === "lost" && lost.reason instanceof DOMException);
  assertEquals(lost.reason.name, "TimeoutError");
  assertEquals(signals.map(({ aborted }) => aborted), [true]);
  const late = new FakeConn();
  dialling.resolve(late);
  await late.closed;
  assert(late.calls.includes("terminate"));
});

Deno.test("Reconnector cuts a connection whose onOpen hangs", async () => {
  const conn = new FakeConn();
  const { states } = start({
    dial: () => Promise.resolve(conn),
    options: {
      attemptTimeout: 1,
      maxAttempts: 1,
      onOpen: () => new Promise(() => {}),
    },
  });

  assertEquals(typesOf(await states), ["connecting", "lost", "closed"]);
  assertEquals(conn.calls, ["terminate"]);
});

Deno.test("Reconnector does not dial for a signal that has been aborted", async () => {
  const reason = new SyntaxError("Aborted by the test");
  const { reconnector, states, ends } = start({
    options: { signal: AbortSignal.abort(reason) },
  });

  assertEquals(typesOf(await states), ["connecting", "closed"]);
  assertEquals([reconnector.counts, ends], [[0, 0], [reason]]);
});

/** Brings a reconnector into each of its states, and ends it there. */
const MOMENTS: Record<
  string,
  { readonly state: string; readonly make: () => Setup }
> = {
  "while it dials": {
    state: "connecting",
    make: () => ({ dial: hangingDial }),
  },
  "while onOpen runs": {
    state: "connecting",
    make: () => ({ options: { onOpen: () => new Promise(() => {}) } }),
  },
  "during a pause": {
    state: "lost",
    make: () => ({ dial: failingDial(), clock: new StoppedClock() }),
  },
  "while a connection is open": { state: "open", make: () => ({}) },
};

function hangingDial({ signal }: DialAttempt): Promise<FakeConn> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason));
  });
}

for (const [moment, { state, make }] of Object.entries(MOMENTS)) {
  Deno.test(`Reconnector ends at its signal ${moment}`, async () => {
    const controller = new AbortController();
    const setup = make();
    const options = { ...setup.options, signal: controller.signal };
    const { reconnector, conns, states, ends } = start({ ...setup, options });
    await reached(reconnector, state);
    await new Promise((resolve) => setTimeout(resolve, 0));
    const reason = new SyntaxError("Aborted by the test");

    controller.abort(reason);
    await reconnector.closed;

    assertEquals((await states).at(-1), { type: "closed", reason });
    assertEquals(ends, [reason]);
    for (const { calls } of conns) assertEquals(calls, ["terminate"]);
  });

  Deno.test(`Reconnector closes ${moment}`, async () => {
    const { reconnector, conns, states, ends } = start(make());
    await reached(reconnector, state);
    await new Promise((resolve) => setTimeout(resolve, 0));

    await reconnector.close();

    const seen = await states;
    assertEquals(seen.at(-1), { type: "closed", reason: undefined });
    assertEquals(typesOf(seen).filter((type) => type === "closed").length, 1);
    assertEquals(ends, [undefined]);
    for (const { calls } of conns) assertEquals(calls, ["close"]);
  });
}

Deno.test("Reconnector frees a connection that opens in the moment of the end", async () => {
  const conn = new FakeConn();
  const { reconnector, states } = start({
    dial: () => {
      queueMicrotask(() => queueMicrotask(() => reconnector.close()));
      return Promise.resolve(conn);
    },
  });
  await reconnector.closed;
  await conn.closed;

  assertEquals((await states).at(-1)?.type, "closed");
});

Deno.test("Reconnector tells a dial that is given up why", async () => {
  const signals: AbortSignal[] = [];
  const { reconnector } = start({
    dial: (attempt) => {
      signals.push(attempt.signal);
      return hangingDial(attempt);
    },
  });
  await Promise.resolve();

  await reconnector.close();

  assert(signals[0].reason instanceof ClosedError);
});

Deno.test("Reconnector refuses options that can't work", () => {
  const refuse = (options: object, type: typeof TypeError) =>
    assertThrows(() => new TestReconnector({ options }), type);

  refuse({ initialDelay: -1 }, RangeError);
  refuse({ maxDelay: 2 ** 31 }, RangeError);
  refuse({ factor: 0.5 }, RangeError);
  refuse({ factor: "2" }, TypeError);
  refuse({ maxAttempts: 0 }, RangeError);
  refuse({ attemptTimeout: NaN }, RangeError);
  refuse({ maxRetryTime: -1 }, RangeError);
  refuse({ resetAfter: "1" }, TypeError);
  refuse({ onOpen: 1 }, TypeError);
  refuse({ isRetriable: 1 }, TypeError);
  refuse({ signal: {} }, TypeError);
  assertThrows(
    () => new TestReconnector({ dial: 1 as unknown as Dial<FakeConn> }),
    TypeError,
  );
});
