import {
  assertEquals,
  assertGreater,
  assertGreaterOrEqual,
  assertLess,
} from "@std/assert";
import { delay } from "@std/async";
import {
  CloseDelay,
  type CloseDelayHost,
} from "../../../websocket/engine/_close_delay.ts";

/** A delay, and at how many turns it has asked whether there is progress. */
function defer(
  host: CloseDelayHost,
  hasProgressed: (turn: number) => boolean,
  limit = Infinity,
) {
  let turns = 0;
  let acts = 0;
  const acted = Promise.withResolvers<void>();
  const act = () => {
    acts++;
    acted.resolve();
  };
  const delay = new CloseDelay(host, { act, limit, failure: undefined });
  Object.defineProperty(delay, "hasProgressed", {
    get: () => hasProgressed(++turns),
    set: () => {},
  });
  const count = () => ({ turns, acts });
  return { delay, acted: acted.promise, count };
}

Deno.test("a CloseDelay takes it for granted that something has just gone on", async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const delay = new CloseDelay({
    isIdle: true,
    bytesTaken: 0,
    isPolling: false,
  }, {
    act: resolve,
    limit: Infinity,
    failure: undefined,
  });
  assertEquals(delay.hasProgressed, true);
  await promise;
  assertEquals(delay.hasProgressed, false);
});

Deno.test("a CloseDelay acts at the first turn without progress", async () => {
  const { acted, count } = defer(
    { isIdle: true, bytesTaken: 0, isPolling: false },
    (turn) => turn < 7,
  );
  await acted;
  assertEquals(count(), { turns: 7, acts: 1 });
  await delay(5);
  assertEquals(count(), { turns: 7, acts: 1 });
});

Deno.test("a CloseDelay waits while something is to be sent, until the limit without progress", async () => {
  const host = { isIdle: false, bytesTaken: 0, isPolling: false };
  const began = performance.now();
  const { acted, count } = defer(host, (turn) => turn === 5, 30);
  await acted;
  assertEquals(count().acts, 1);
  assertGreaterOrEqual(performance.now() - began, 30);
});

Deno.test("a CloseDelay waits as long as the system takes bytes", async () => {
  let looks = 0;
  const host = {
    isIdle: false,
    isPolling: false,
    get bytesTaken() {
      return ++looks < 20 ? looks : 20;
    },
  };
  const { acted, count } = defer(host, () => false, 5);
  await acted;
  assertEquals(count().acts, 1);
  assertGreater(looks, 20);
});

Deno.test("a CloseDelay waits while messages or answers wait for a poll", async () => {
  let looks = 0;
  const host = {
    isIdle: true,
    bytesTaken: 0,
    get isPolling() {
      return ++looks < 20;
    },
  };
  const { acted, count } = defer(host, () => false);
  await acted;
  assertEquals(count(), { turns: 20, acts: 1 });
});

Deno.test("a CloseDelay looks less often at what stands still, and acts when all is sent", async () => {
  const host = { isIdle: false, bytesTaken: 0, isPolling: false };
  const { acted, count } = defer(host, () => false, 60_000);
  setTimeout(() => host.isIdle = true, 400);
  await acted;
  assertEquals(count().acts, 1);
  assertLess(count().turns, 250);
});

Deno.test("a CloseDelay that is told to act, or to stop, has no more turns", async () => {
  const told = defer(
    { isIdle: true, bytesTaken: 0, isPolling: false },
    () => true,
  );
  told.delay.act();
  assertEquals(told.count(), { turns: 0, acts: 1 });
  const stopped = defer(
    { isIdle: true, bytesTaken: 0, isPolling: false },
    () => false,
  );
  stopped.delay.stop();
  await delay(5);
  assertEquals(told.count(), { turns: 0, acts: 1 });
  assertEquals(stopped.count(), { turns: 0, acts: 0 });
});
