import { assertEquals, assertGreaterOrEqual } from "@std/assert";
import { ClosingLimit } from "../../../websocket/engine/_closing_limit.ts";
import { beBusy } from "../../internal/_be_busy.ts";
import { soon } from "../support/_slow.ts";

/** A host that writes down when its limit passes. */
function makeHost() {
  const began = performance.now();
  const passed = Promise.withResolvers<number>();
  const host = {
    bytesTaken: 0,
    isAllSent: false,
    closeTransitTime: 0,
    onCloseLimit: () => passed.resolve(performance.now() - began),
  };
  return { host, passed: passed.promise };
}

Deno.test("ClosingLimit passes at once, or never, as it is told", async () => {
  const { host, passed } = makeHost();
  const limit = new ClosingLimit(host);
  limit.set(Infinity, false);
  limit.set(0, true);
  await soon(passed);
});

Deno.test("ClosingLimit gives what is on its way more time, unless it is strict", async () => {
  for (const [isStrict, least] of [[false, 60], [true, 10]] as const) {
    const { host, passed } = makeHost();
    host.isAllSent = true;
    host.closeTransitTime = isStrict ? 60_000 : 50;
    new ClosingLimit(host).set(10, isStrict);
    assertGreaterOrEqual(await soon(passed), least);
  }
});

Deno.test("ClosingLimit does not count the time in which the process stood still", async () => {
  const { host, passed } = makeHost();
  new ClosingLimit(host).set(100, true);
  beBusy(150);
  assertGreaterOrEqual(await soon(passed), 250);
});

Deno.test("ClosingLimit that is stopped does not pass", async () => {
  const { host, passed } = makeHost();
  const limit = new ClosingLimit(host);
  limit.set(1, true);
  limit.stop();
  const { promise, resolve } = Promise.withResolvers<number>();
  setTimeout(() => resolve(-1), 30);
  assertEquals(await Promise.race([passed, promise]), -1);
});
