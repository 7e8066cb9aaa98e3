import { assertEquals } from "@std/assert";
import { delay } from "@std/async";
import { IdleWatch } from "../../../tcp/conn/_idle_watch.ts";
import { beBusy } from "../../internal/_be_busy.ts";
import { testEachKind } from "../support/kinds.ts";

testEachKind(
  "a connection whose bytes waited while the process was busy is not idle",
  async (left, right) => {
    left.setIdleTimeout(50, "close");
    const read = async () => await left.read(new Uint8Array(1));
    for (let round = 0; round < 3; round++) {
      const reading = read();
      await right.writeString("x");
      beBusy(80);
      assertEquals(await reading, 1);
    }
    assertEquals(left.state, "open");
    await left.closed;
  },
);

Deno.test("an IdleWatch gives no notice while what arrives is not looked at", async () => {
  let isBlind = true;
  let notices = 0;
  const noticed = Promise.withResolvers<void>();
  const onIdle = () => {
    notices++;
    noticed.resolve();
  };
  const watch = new IdleWatch(5, onIdle, true, () => isBlind);
  await delay(40);
  assertEquals(notices, 0);
  isBlind = false;
  await noticed.promise;
  watch.stop();
});

Deno.test("an IdleWatch that is stopped while it looks gives no notice", async () => {
  let looks = 0;
  let notices = 0;
  const stopped = Promise.withResolvers<void>();
  const watch = new IdleWatch(1, () => notices++, true, () => {
    if (++looks === 1) {
      queueMicrotask(() => {
        watch.stop();
        stopped.resolve();
      });
    }
    return false;
  });
  await stopped.promise;
  await delay(10);
  assertEquals(notices, 0);
});
