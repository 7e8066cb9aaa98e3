import { assertEquals } from "@std/assert";
import { StateFeed } from "../../../internal/reconnect/state_feed.ts";

Deno.test("StateFeed gives each observer the states from the present one on", async () => {
  const feed = new StateFeed("a");
  const early = Array.fromAsync(feed);
  await Promise.resolve();
  feed.set("b");
  const late = Array.fromAsync(feed);
  await Promise.resolve();
  feed.set("c");
  feed.end("d");

  assertEquals(await early, ["a", "b", "c", "d"]);
  assertEquals(await late, ["b", "c", "d"]);
  assertEquals(await Array.fromAsync(feed), ["d"]);
  assertEquals(feed.current, "d");
});

Deno.test("StateFeed gives a state that comes while an observer waits", async () => {
  const feed = new StateFeed(1);
  const states = feed[Symbol.asyncIterator]();
  assertEquals(await states.next(), { value: 1, done: false });

  const next = states.next();
  feed.set(2);

  assertEquals(await next, { value: 2, done: false });
  await states.return();
});

Deno.test("StateFeed lets a slow observer miss the oldest states, and never the last", async () => {
  const feed = new StateFeed(0);
  const states = feed[Symbol.asyncIterator]();
  await states.next();

  for (let state = 1; state < 100; state++) feed.set(state);
  feed.end(100);

  const expected = Array.from({ length: 16 }, (_, index) => 85 + index);
  assertEquals(await Array.fromAsync(states), expected);
});
