import {
  assertEquals,
  assertGreater,
  assertGreaterOrEqual,
  assertLess,
} from "@std/assert";
import {
  Heartbeat,
  type HeartbeatHost,
} from "../../../websocket/engine/_heartbeat.ts";

const MANY = 500;

/** Makes heartbeats of one host. */
function makeStart(onPing: (count: number) => void, onSilent = () => {}) {
  let pings = 0;
  const host: HeartbeatHost = {
    isBlind: false,
    signsOfLife: 0,
    transitTime: 0,
    sendHeartbeat: () => onPing(++pings),
    onSilent,
  };
  return (interval: number, timeout: number) =>
    Array.from(
      { length: MANY },
      () => new Heartbeat(host, { interval, timeout, keepsAlive: true }),
    );
}

/** Has the turn of a heartbeat come, and its pong. */
function beat(heartbeat: Heartbeat): void {
  heartbeat.onTurn();
  heartbeat.onPong();
}

Deno.test("Heartbeat lets others run between the pings of many connections", async () => {
  const { promise: allPinged, resolve } = Promise.withResolvers<void>();
  let seen = 0;
  let pingedBefore = 0;
  const start = makeStart((count) => {
    if (count === 1) setTimeout(() => pingedBefore = seen, 0);
    seen = count;
    if (count === MANY) resolve();
  });
  const heartbeats = start(1, 60_000);
  await allPinged;
  for (const heartbeat of heartbeats) heartbeat.stop();
  assertGreater(pingedBefore, 0);
  assertLess(pingedBefore, MANY);
});

Deno.test("Heartbeat finds every connection that is silent, however many", async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  let silent = 0;
  let pings = 0;
  const start = makeStart((count) => pings = count, () => {
    silent++;
    if (silent === MANY) resolve();
  });
  start(2, 3);
  await promise;
  assertEquals(pings, MANY);
});

Deno.test("Heartbeat has the others' turns though one throws", async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const failure = new Error("No memory");
  const errors: unknown[] = [];
  const onError = (event: ErrorEvent) => {
    event.preventDefault();
    errors.push(event.error);
  };
  globalThis.addEventListener("error", onError);
  const start = makeStart((count) => {
    if (count === 1) throw failure;
    if (count === MANY) resolve();
  });
  const heartbeats = start(1, 60_000);
  await promise;
  globalThis.removeEventListener("error", onError);
  for (const heartbeat of heartbeats) heartbeat.stop();
  assertEquals(errors, [failure]);
});

Deno.test("Heartbeat does nothing any more once it is stopped", () => {
  let pings = 0;
  const start = makeStart((count) => pings = count);
  const [one, ...others] = start(1, 60_000);
  for (const heartbeat of others) heartbeat.stop();
  one?.onTurn();
  one?.stop();
  one?.stop();
  one?.onPong();
  assertEquals([pings, one?.isDue(Number.MAX_VALUE)], [1, false]);
});

Deno.test("Heartbeat spreads the first turns of those that came together", () => {
  const start = makeStart(() => {});
  const began = performance.now();
  const heartbeats = start(30_000, 10_000);
  const dueBy = (time: number) => heartbeats.filter((it) => it.isDue(time));
  assertEquals(dueBy(began + 3_749).length, 0);
  const half = dueBy(began + 15_000).length;
  assertGreater(half, 0);
  assertLess(half, MANY);
  assertEquals(dueBy(performance.now() + 30_000).length, MANY);
  for (const heartbeat of heartbeats) heartbeat.stop();
});

Deno.test("Heartbeat has turns at once, late or never, as it is told", () => {
  const start = makeStart(() => {});
  for (const interval of [0.5, 1e7]) {
    for (const heartbeat of start(interval, Infinity)) {
      const began = performance.now();
      beat(heartbeat);
      assertEquals(heartbeat.isDue(began + interval - 0.1), false);
      assertEquals(heartbeat.isDue(performance.now() + interval), true);
      heartbeat.stop();
    }
  }
  for (const heartbeat of start(Infinity, Infinity)) {
    assertEquals(heartbeat.isDue(Number.MAX_VALUE), false);
    heartbeat.stop();
  }
});

/** A host of one heartbeat, and how often it was pinged and found silent. */
function makeHost(signsPerTurn: number, transitTime = 0) {
  let signs = 0;
  const silent = Promise.withResolvers<void>();
  const counts = { pings: 0, looks: 0 };
  const host: HeartbeatHost & { isBlind: boolean } = {
    isBlind: false,
    get signsOfLife() {
      counts.looks++;
      return counts.looks <= signsPerTurn ? ++signs : signs;
    },
    transitTime,
    sendHeartbeat: () => counts.pings++,
    onSilent: () => silent.resolve(),
  };
  return { host, counts, silent: silent.promise };
}

Deno.test("Heartbeat waits on, and does not ping again, as long as there are signs of life", async () => {
  const { host, counts, silent } = makeHost(20);
  const pace = { interval: 1, timeout: 2, keepsAlive: true };
  const heartbeat = new Heartbeat(host, pace);
  await silent;
  heartbeat.stop();
  assertEquals(counts.pings, 1);
  assertGreater(counts.looks, 20);
});

Deno.test("Heartbeat waits for further limits while data are on their way", async () => {
  const began = performance.now();
  const { host, counts, silent } = makeHost(0, 50);
  const pace = { interval: 1, timeout: 10, keepsAlive: true };
  const heartbeat = new Heartbeat(host, pace);
  await silent;
  heartbeat.stop();
  assertEquals(counts.pings, 1);
  assertGreaterOrEqual(performance.now() - began, 60);
});

Deno.test("Heartbeat finds nobody silent while it is blind, and goes on then", async () => {
  const { host, counts, silent } = makeHost(0);
  host.isBlind = true;
  host.sendHeartbeat = () => {
    counts.pings++;
    host.isBlind = counts.pings < 5;
  };
  const pace = { interval: 1, timeout: 3, keepsAlive: true };
  const heartbeat = new Heartbeat(host, pace);
  await silent;
  heartbeat.stop();
  assertEquals(counts.pings, 5);
});
