import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertLess,
  assertStrictEquals,
} from "@std/assert";
import {
  AcceptLoop,
  type AcceptSource,
} from "../../../tcp/listener/_accept_loop.ts";
import { StoppedClock } from "../support/_stopped_clock.ts";
import { FakeConn, FakeListener, FakeRaw } from "../support/_fake_listener.ts";
import {
  assertClosed,
  assertTimesOut,
  errorOf,
  isPending,
  nextTurn,
} from "../support/_outcomes.ts";

type Source = AcceptSource<FakeConn, FakeRaw>;

function makeLoop(parts: Partial<Source> = {}) {
  const raw = new FakeListener();
  const errors: unknown[] = [];
  const ready: FakeConn[] = [];
  const loop = new AcceptLoop<FakeConn, FakeRaw>({
    raw,
    name: "the fake",
    admits: () => true,
    prepare: (raw) => new FakeConn(raw),
    onReady: (conn) => ready.push(conn),
    onError: (error) => errors.push(error),
    maxPending: 128,
    ...parts,
  });
  return { loop, raw, errors, ready };
}

function tooManyFiles(): Error {
  return Object.assign(new Error("Too many open files (os error 24)"), {
    code: "EMFILE",
  });
}

/** Handshakes that the test ends one by one. */
class Handshakes {
  readonly all: {
    raw: FakeRaw;
    end: PromiseWithResolvers<FakeConn>;
  }[] = [];

  readonly prepare = (raw: FakeRaw): Promise<FakeConn> => {
    const end = Promise.withResolvers<FakeConn>();
    this.all.push({ raw, end });
    return end.promise;
  };

  async succeed(index: number): Promise<void> {
    const found = this.all[index];
    assert(found !== undefined);
    found.end.resolve(new FakeConn(found.raw));
    await nextTurn();
  }

  async fail(index: number, error: unknown): Promise<void> {
    this.all[index]?.end.reject(error);
    await nextTurn();
  }
}

Deno.test("AcceptLoop asks the system only while somebody waits", async () => {
  const { loop, raw } = makeLoop();
  await nextTurn();
  assertEquals(raw.acceptCount, 0);
  const accepting = loop.accept();
  assertEquals(raw.acceptCount, 1);
  await raw.give("a");
  assertEquals((await accepting).raw.name, "a");
  assertEquals(raw.acceptCount, 1);
  assertEquals(raw.isAsked, false);
  loop.close();
});

Deno.test("AcceptLoop serves overlapping calls in order, with one accept of the system", async () => {
  const { loop, raw } = makeLoop();
  const calls = [loop.accept(), loop.accept(), loop.accept()];
  for (const name of ["a", "b", "c"]) await raw.give(name);
  const names = (await Promise.all(calls)).map((conn) => conn.raw.name);
  assertEquals(names, ["a", "b", "c"]);
  assertEquals(raw.acceptCount, 3);
  assertEquals(loop.acceptedCount, 3);
  loop.close();
});

Deno.test("AcceptLoop keeps the connection of a call that timed out for the next", async () => {
  const { loop, raw, ready } = makeLoop();
  await assertTimesOut(loop.accept({ timeout: 1 }));
  await raw.give("late");
  assertEquals(ready.length, 1);
  assertEquals(raw.isAsked, false);
  assertEquals((await loop.accept({ timeout: 0 })).raw.name, "late");
  loop.close();
});

Deno.test("AcceptLoop gives a connection to the second call when the first gave up", async () => {
  const { loop, raw } = makeLoop();
  const controller = new AbortController();
  const reason = new RangeError("Stopped by the test");
  const first = errorOf(loop.accept({ signal: controller.signal }));
  const second = loop.accept();
  controller.abort(reason);
  assertStrictEquals(await first, reason);
  await raw.give("a");
  assertEquals((await second).raw.name, "a");
  loop.close();
});

Deno.test("AcceptLoop refuses a call with a bad limit and asks nobody", async () => {
  const { loop, raw } = makeLoop();
  assertInstanceOf(await errorOf(loop.accept({ timeout: -1 })), RangeError);
  assertInstanceOf(await errorOf(loop.accept({ timeout: NaN })), RangeError);
  await assertTimesOut(loop.accept({ deadline: Date.now() - 1 }));
  assertEquals(raw.acceptCount, 0);
  loop.close();
});

for (const name of ["NotConnected", "ConnectionReset", "ConnectionAborted"]) {
  Deno.test(`AcceptLoop goes on at once after ${name}, which is no error`, async () => {
    const { loop, raw, errors } = makeLoop();
    const ErrorClass = Deno.errors[name as "NotConnected"];
    const accepting = loop.accept();
    for (let round = 0; round < 5; round++) {
      await raw.fail(new ErrorClass("The peer has gone"));
    }
    assertEquals(raw.acceptCount, 6);
    await raw.fail(new Error("Another one"));
    await raw.give("a");
    assertEquals((await accepting).raw.name, "a");
    assertEquals(errors.map(String), [
      "Error: Cannot accept on the fake: another one",
    ]);
    loop.close();
  });
}

Deno.test("AcceptLoop pauses when the system lacks files, and then goes on", async () => {
  const { loop, raw, errors } = makeLoop();
  const accepting = loop.accept();
  for (let round = 0; round < 3; round++) {
    await raw.fail(tooManyFiles());
    // Nothing that callers do meanwhile makes it ask earlier.
    const others = [loop.accept({ timeout: 0 }), loop.accept({ timeout: 0 })];
    assertEquals(raw.isAsked, false);
    for (const other of others) await assertTimesOut(other);
  }
  await raw.give("a");
  assertEquals((await accepting).raw.name, "a");
  assertEquals(raw.acceptCount, 4);
  assertEquals(errors.length, 3);
  const [error] = errors;
  assertInstanceOf(error, Error);
  assertEquals("code" in error && error.code, "EMFILE");
  loop.close();
});

Deno.test("AcceptLoop does not spin while the system lacks files", async () => {
  const { loop, raw } = makeLoop();
  let count = 0;
  raw.accept = () => {
    count++;
    return Promise.reject(tooManyFiles());
  };
  await assertTimesOut(loop.accept({ timeout: 100 }));
  // 5 + 10 + 20 + 40 ms of pauses fit into the time, whatever the machine.
  assertLess(count, 7);
  loop.close();
});

Deno.test("AcceptLoop never pauses for more than a second", async () => {
  using clock = new StoppedClock();
  // Whole milliseconds add up exactly.
  clock.now = Math.ceil(clock.now);
  const { setTimeout } = globalThis;
  const pauses: number[] = [];
  // Time passes as soon as it is asked for.
  globalThis.setTimeout = ((act: () => void, delay = 0) => {
    if (delay > 0) pauses.push(delay);
    clock.now += delay;
    return setTimeout(act, 0);
  }) as typeof setTimeout;
  try {
    const { loop, raw } = makeLoop();
    const accepting = loop.accept();
    for (let round = 0; round < 11; round++) await raw.fail(tooManyFiles());
    await raw.give("a");
    assertEquals((await accepting).raw.name, "a");
    const doubled = [5, 10, 20, 40, 80, 160, 320, 640];
    assertEquals(pauses, [...doubled, 1000, 1000, 1000]);
    // From then on it begins anew.
    const next = loop.accept();
    await raw.fail(tooManyFiles());
    await raw.give("b");
    assertEquals((await next).raw.name, "b");
    assertEquals(pauses.at(-1), 5);
    loop.close();
  } finally {
    globalThis.setTimeout = setTimeout;
  }
});

Deno.test("AcceptLoop takes a file from the longest handshake of all when the system lacks some", async () => {
  using clock = new StoppedClock();
  const older = new Handshakes();
  const newer = new Handshakes();
  const first = makeLoop({ prepare: older.prepare });
  const second = makeLoop({ prepare: newer.prepare });
  const third = makeLoop();
  const calls = [first, second, third].map(({ loop }) =>
    errorOf(loop.accept())
  );
  await first.raw.give("a");
  clock.now += 1;
  await second.raw.give("b");
  clock.now += 998;
  await third.raw.fail(tooManyFiles());
  assertEquals(older.all[0]?.raw.closeCount, 0);
  clock.now += 1;
  await third.raw.fail(tooManyFiles());
  assertEquals(older.all[0]?.raw.closeCount, 1);
  assertEquals(newer.all[0]?.raw.closeCount, 0);
  older.all[0]?.end.reject(new Error("Closed"));
  clock.now += 5;
  await third.raw.fail(tooManyFiles());
  assertEquals(newer.all[0]?.raw.closeCount, 1);
  newer.all[0]?.end.reject(new Error("Closed"));
  for (const { loop } of [first, second, third]) loop.close();
  for (const call of calls) assertClosed(await call);
});

Deno.test("AcceptLoop can be closed during a pause", async () => {
  const { loop, raw } = makeLoop();
  const accepting = errorOf(loop.accept());
  await raw.fail(tooManyFiles());
  loop.close();
  assertClosed(await accepting);
  assertEquals(raw.acceptCount, 1);
});

Deno.test("AcceptLoop can be closed by whom it tells of an error", async () => {
  for (const error of [tooManyFiles(), new Error("Another one")]) {
    let close = () => {};
    const { loop, raw } = makeLoop({ onError: () => close() });
    close = () => loop.close();
    const accepting = errorOf(loop.accept());
    await raw.fail(error);
    assertClosed(await accepting);
    assertEquals(raw.acceptCount, 1);
  }
});

Deno.test("AcceptLoop closes when the listener underneath was closed", async () => {
  const { loop, raw } = makeLoop();
  const calls = [errorOf(loop.accept()), errorOf(loop.accept())];
  raw.close();
  for (const call of calls) assertClosed(await call);
  assertEquals(loop.isClosed, true);
  assertClosed(await errorOf(loop.accept()));
});

Deno.test("AcceptLoop can be closed after the listener underneath was", () => {
  const { loop, raw } = makeLoop();
  raw.close();
  loop.close();
  assertEquals(loop.isClosed, true);
});

Deno.test("AcceptLoop.close() rejects what waits, and closes what nobody has got", async () => {
  const { loop, raw, ready } = makeLoop();
  await assertTimesOut(loop.accept({ timeout: 1 }));
  const given = await raw.give("a");
  assertEquals(ready.length, 1);
  loop.close();
  loop.close();
  assertEquals(given.closeCount, 1);
  assertEquals(raw.closeCount, 1);
  assertClosed(await errorOf(loop.accept()));
});

Deno.test("AcceptLoop closes a connection that comes when it is closed", async () => {
  const { loop, raw, ready } = makeLoop();
  const late = Promise.withResolvers<FakeRaw>();
  raw.accept = () => late.promise;
  const accepting = errorOf(loop.accept());
  loop.close();
  assertClosed(await accepting);
  const conn = new FakeRaw("late");
  late.resolve(conn);
  await loop.released();
  assertEquals(conn.closeCount, 1);
  assertEquals(ready, []);
});

Deno.test("AcceptLoop closes and counts what it does not admit", async () => {
  const { loop, raw } = makeLoop({ admits: (raw) => raw.name !== "no" });
  const accepting = loop.accept();
  const refused = await raw.give("no");
  assertEquals(refused.closeCount, 1);
  assertEquals([loop.droppedCount, loop.acceptedCount], [1, 0]);
  await raw.give("yes");
  assertEquals((await accepting).raw.name, "yes");
  assertEquals([loop.droppedCount, loop.acceptedCount], [1, 1]);
  loop.close();
});

Deno.test("AcceptLoop runs many handshakes at once, and a silent one holds nobody up", async () => {
  const handshakes = new Handshakes();
  const { loop, raw } = makeLoop({ prepare: handshakes.prepare });
  const first = loop.accept();
  for (const name of ["silent", "b", "c"]) await raw.give(name);
  assertEquals(loop.preparingCount, 3);
  await handshakes.succeed(2);
  assertEquals((await first).raw.name, "c");
  await handshakes.succeed(1);
  assertEquals((await loop.accept()).raw.name, "b");
  assertEquals(loop.preparingCount, 1);
  loop.close();
  assertEquals(handshakes.all[0]?.raw.closeCount, 1);
  await handshakes.fail(0, new Deno.errors.BadResource("Closed"));
});

Deno.test("AcceptLoop reports a handshake that failed, and goes on", async () => {
  const handshakes = new Handshakes();
  const { loop, raw, errors } = makeLoop({ prepare: handshakes.prepare });
  const accepting = loop.accept();
  await raw.give("bad");
  await raw.give("good");
  const failure = new Deno.errors.InvalidData("No handshake");
  await handshakes.fail(0, failure);
  assertEquals(errors.length, 1);
  assertStrictEquals(errors[0], failure);
  await handshakes.succeed(1);
  assertEquals((await accepting).raw.name, "good");
  loop.close();
});

Deno.test("AcceptLoop has a limited number of connections between the system and the callers", async () => {
  // However slow the machine is, none has been there for too long.
  using _clock = new StoppedClock();
  const handshakes = new Handshakes();
  const { loop, raw } = makeLoop({ prepare: handshakes.prepare });
  const accepting = loop.accept();
  for (let index = 0; index < 128; index++) await raw.give(`${index}`);
  assertEquals(loop.preparingCount, 128);
  assertEquals(raw.isAsked, false);
  assertEquals(await isPending(accepting), true);
  await handshakes.fail(0, new Deno.errors.InvalidData("No handshake"));
  assertEquals(raw.isAsked, true);
  await raw.give("128");
  assertEquals(raw.isAsked, false);
  for (let index = 1; index <= 128; index++) await handshakes.succeed(index);
  assertEquals((await accepting).raw.name, "1");
  for (let index = 2; index <= 128; index++) {
    assertEquals((await loop.accept({ timeout: 0 })).raw.name, `${index}`);
  }
  assertEquals(raw.acceptCount, 129);
  loop.close();
});

Deno.test("AcceptLoop.close() during handshakes frees the raw connections, and reports nothing", async () => {
  const handshakes = new Handshakes();
  const { loop, raw, errors, ready } = makeLoop({
    prepare: handshakes.prepare,
  });
  const accepting = errorOf(loop.accept());
  await raw.give("a");
  await raw.give("b");
  loop.close();
  assertClosed(await accepting);
  assertEquals(handshakes.all.map(({ raw }) => raw.closeCount), [1, 1]);
  await handshakes.fail(0, new Deno.errors.BadResource("Closed"));
  // A handshake that was over when the loop was closed: nobody gets it.
  const late = handshakes.all[1];
  const conn = new FakeConn(new FakeRaw("own"));
  late?.end.resolve(conn);
  await nextTurn();
  assertEquals(conn.isClosed, true);
  assertEquals(errors, []);
  // Its owner knows of it all the same, and that it has ended.
  assertEquals(ready, [conn]);
});

Deno.test("AcceptLoop.close() goes on when a raw connection has closed itself", async () => {
  const handshakes = new Handshakes();
  const { loop, raw } = makeLoop({ prepare: handshakes.prepare });
  const accepting = errorOf(loop.accept());
  await raw.give("a");
  await raw.give("b");
  // A handshake that fails closes its connection before its promise rejects.
  handshakes.all[0]?.raw.close();
  loop.close();
  assertClosed(await accepting);
  assertEquals(handshakes.all[1]?.raw.closeCount, 1);
  for (const index of [0, 1]) await handshakes.fail(index, new Error("Closed"));
});

Deno.test("AcceptLoop.released() resolves when the accept in flight is back", async () => {
  const { loop, raw } = makeLoop();
  await loop.released();
  const accepting = errorOf(loop.accept());
  const answer = Promise.withResolvers<void>();
  const close = raw.close.bind(raw);
  raw.close = () => void answer.promise.then(close);
  loop.close();
  assertClosed(await accepting);
  const released = loop.released();
  assert(await isPending(released));
  answer.resolve();
  await released;
});

Deno.test("AcceptLoop moves the limit of pending calls with the deadline", async () => {
  const { loop, raw } = makeLoop();
  const calls = [errorOf(loop.accept()), errorOf(loop.accept())];
  loop.calls.setDeadline(Date.now() - 1);
  for (const call of calls) {
    assertInstanceOf(await call, DOMException);
  }
  await assertTimesOut(loop.accept());
  loop.calls.setDeadline(undefined);
  await raw.give("a");
  assertEquals((await loop.accept()).raw.name, "a");
  loop.close();
});
