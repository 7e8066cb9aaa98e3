import { assertEquals, assertLess } from "@std/assert";
import { delay } from "@std/async";
import { Deferral } from "../../websocket/_deferral.ts";

/** A deferral, and at how many turns it has asked whether there is progress. */
function defer(
  host: { isIdle: boolean },
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
  const deferral = new Deferral(host, { act, limit, failure: undefined });
  Object.defineProperty(deferral, "hasProgressed", {
    get: () => hasProgressed(++turns),
    set: () => {},
  });
  const count = () => ({ turns, acts });
  return { deferral, acted: acted.promise, count };
}

Deno.test("a Deferral takes it for granted that something has just gone on", async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const deferral = new Deferral({ isIdle: true }, {
    act: resolve,
    limit: Infinity,
    failure: undefined,
  });
  assertEquals(deferral.hasProgressed, true);
  await promise;
  assertEquals(deferral.hasProgressed, false);
});

Deno.test("a Deferral acts at the first turn without progress", async () => {
  const { acted, count } = defer({ isIdle: true }, (turn) => turn < 7);
  await acted;
  assertEquals(count(), { turns: 7, acts: 1 });
  await delay(5);
  assertEquals(count(), { turns: 7, acts: 1 });
});

Deno.test("a Deferral is patient while something is to be sent", async () => {
  const host = { isIdle: false };
  const { acted, count } = defer(host, (turn) => turn === 50);
  await acted;
  assertEquals(count(), { turns: 151, acts: 1 });
});

Deno.test("a Deferral acts at its limit, whatever goes on", async () => {
  const { acted, count } = defer({ isIdle: false }, () => true, 10);
  await acted;
  assertEquals(count().acts, 1);
  assertLess(count().turns, 100);
});

Deno.test("a Deferral that is told to act, or to stop, has no more turns", async () => {
  const told = defer({ isIdle: true }, () => true);
  told.deferral.act();
  assertEquals(told.count(), { turns: 0, acts: 1 });
  const stopped = defer({ isIdle: true }, () => false);
  stopped.deferral.stop();
  await delay(5);
  assertEquals(told.count(), { turns: 0, acts: 1 });
  assertEquals(stopped.count(), { turns: 0, acts: 0 });
});
