import { assertEquals, assertGreater, assertLess } from "@std/assert";
import { Heartbeat, type HeartbeatHost } from "../../websocket/_heartbeat.ts";

const MANY = 500;

/** Makes heartbeats of one host. */
function makeStart(onPing: (count: number) => void, onSilent = () => {}) {
  let pings = 0;
  const host: HeartbeatHost = {
    isPaused: false,
    sendPing: () => onPing(++pings),
    onSilent,
  };
  return (interval: number, timeout: number) =>
    Array.from(
      { length: MANY },
      () => new Heartbeat(host, { interval, timeout, keepsAlive: true }),
    );
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
