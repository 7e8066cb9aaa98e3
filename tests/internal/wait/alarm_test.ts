import { assert, assertEquals } from "@std/assert";
import { delay } from "@std/async";
import { Alarm } from "../../../internal/wait/alarm.ts";

/** An alarm that tells of its rings. */
function makeAlarm(): {
  alarm: Alarm;
  next(): Promise<number>;
  count(): number;
} {
  let count = 0;
  let ring = Promise.withResolvers<number>();
  const alarm = new Alarm(() => {
    count++;
    ring.resolve(performance.now());
    ring = Promise.withResolvers();
  }, true);
  return { alarm, next: () => ring.promise, count: () => count };
}

Deno.test("an Alarm rings by the moment asked for", async () => {
  const { alarm, next } = makeAlarm();
  const time = performance.now() + 3;
  alarm.ringBy(time);
  assert(await next() >= time - 1);
});

Deno.test("an Alarm rings for a moment that has passed", async () => {
  const { alarm, next } = makeAlarm();
  for (const time of [performance.now(), 0, -1, -Infinity]) {
    alarm.ringBy(time);
    await next();
  }
});

Deno.test("an Alarm rings once for two moments, by the earlier", async () => {
  const { alarm, next, count } = makeAlarm();
  const now = performance.now();
  alarm.ringBy(now + 60_000);
  alarm.ringBy(now + 2);
  alarm.ringBy(now + 40_000);
  await next();
  assertEquals(count(), 1);
});

Deno.test("an Alarm may be asked again while it rings and after", async () => {
  const rings = Promise.withResolvers<void>();
  let count = 0;
  const alarm: Alarm = new Alarm(() => {
    if (++count < 3) alarm.ringBy(performance.now() + 1);
    else rings.resolve();
  }, true);
  alarm.ringBy(performance.now());
  await rings.promise;
  assertEquals(count, 3);
});

Deno.test("an Alarm that is stopped does not ring, and can be used again", async () => {
  const { alarm, next, count } = makeAlarm();
  alarm.stop();
  alarm.ringBy(performance.now() + 1);
  alarm.stop();
  alarm.stop();
  alarm.ringBy(performance.now() + 5);
  await next();
  assertEquals(count(), 1);
});

Deno.test("an Alarm waits for moments that no timer reaches", () => {
  const { alarm, count } = makeAlarm();
  alarm.ringBy(performance.now() + 2 ** 40);
  alarm.stop();
  assertEquals(count(), 0);
});

Deno.test("Alarms ring in the order of their moments, whatever was asked first", async () => {
  const now = performance.now();
  const rung: number[] = [];
  const done = Promise.withResolvers<void>();
  const moments = Array.from({ length: 200 }, (_, i) => (i * 37) % 200);
  const alarms = moments.map((moment) =>
    new Alarm(() => {
      rung.push(moment);
      if (rung.length === 100) done.resolve();
    }, true)
  );
  alarms.forEach((alarm, i) => alarm.ringBy(now + 60_000 + i));
  // Every other one is moved to the front, by the same order as its moment.
  alarms.forEach((alarm, i) => {
    if (moments[i] % 2 === 0) alarm.ringBy(now - 1000 + moments[i]);
  });
  await done.promise;
  alarms.forEach((alarm) => alarm.stop());
  assertEquals(rung, Array.from({ length: 100 }, (_, i) => 2 * i));
});

Deno.test("an Alarm that another one stops as it rings does not ring", async () => {
  const now = performance.now();
  const rung: string[] = [];
  const done = Promise.withResolvers<void>();
  const second = new Alarm(() => rung.push("second"), true);
  const first = new Alarm(() => {
    rung.push("first");
    second.stop();
  }, true);
  const third = new Alarm(() => done.resolve(), true);
  second.ringBy(now - 1);
  first.ringBy(now - 2);
  third.ringBy(now);
  await done.promise;
  assertEquals(rung, ["first"]);
  second.ringBy(now);
  third.ringBy(performance.now());
  await delay(0);
  assertEquals(rung, ["first", "second"]);
});

Deno.test("Alarms ring again after a test has taken its fake timers away", async () => {
  const { setTimeout: real } = globalThis;
  globalThis.setTimeout = (() => ({ unref() {} })) as unknown as typeof real;
  const lost = new Alarm(() => {}, true);
  try {
    lost.ringBy(performance.now());
  } finally {
    globalThis.setTimeout = real;
  }
  // Time goes on, as far as alarms can see.
  const later = performance.now() + 2000;
  performance.now = () => later;
  try {
    const rung = Promise.withResolvers<void>();
    const alarm = new Alarm(() => rung.resolve(), true);
    alarm.ringBy(later);
    await rung.promise;
  } finally {
    Reflect.deleteProperty(performance, "now");
  }
  lost.stop();
});

Deno.test({
  name: "an Alarm that does not keep the process alive does not",
  ignore: Deno.permissions.querySync({ name: "run" }).state !== "granted" ||
    Deno.permissions.querySync({ name: "read" }).state !== "granted",
  fn: async () => {
    const url =
      new URL("../../../internal/wait/alarm.ts", import.meta.url).href;
    for (const keepsAlive of [false, true]) {
      const code = `import { Alarm } from ${JSON.stringify(url)};
        const alarm = new Alarm(() => console.log("rang"), ${keepsAlive});
        alarm.ringBy(performance.now() + ${keepsAlive ? 20 : 3000});`;
      const { stdout } = await new Deno.Command(Deno.execPath(), {
        args: ["eval", code],
      }).output();
      const text = new TextDecoder().decode(stdout).trim();
      assertEquals(text, keepsAlive ? "rang" : "");
    }
  },
});

Deno.test("Alarms ring though one before them throws", async () => {
  const thrown: string[] = [];
  const onError = (event: ErrorEvent) => {
    event.preventDefault();
    thrown.push(event.message);
  };
  addEventListener("error", onError);
  const now = performance.now();
  const bad = new Alarm(() => {
    throw new Error("on purpose");
  }, true);
  const { alarm, next, count } = makeAlarm();
  const stopped = makeAlarm();
  const later = makeAlarm();
  const stopping = new Alarm(() => stopped.alarm.stop(), true);
  stopping.ringBy(now - 4);
  stopped.alarm.ringBy(now - 3);
  bad.ringBy(now - 2);
  alarm.ringBy(now - 1);
  later.alarm.ringBy(now + 2);
  const rings = [next(), later.next()];
  await Promise.all(rings);
  assertEquals([count(), later.count(), stopped.count()], [1, 1, 0]);
  bad.ringBy(now);
  alarm.ringBy(now);
  await next();
  removeEventListener("error", onError);
  assertEquals(thrown.length, 2);
});

Deno.test("Alarms that ask again as they ring share one timer", async () => {
  const { setTimeout } = globalThis;
  const { alarm: other, next } = makeAlarm();
  let timers = 0;
  const alarm: Alarm = new Alarm(() => {
    globalThis.setTimeout = ((...args: Parameters<typeof setTimeout>) => {
      timers++;
      return setTimeout(...args);
    }) as typeof setTimeout;
    alarm.ringBy(performance.now() + 60_000);
    other.ringBy(performance.now() + 30_000);
    other.ringBy(performance.now() + 1);
  }, true);
  try {
    alarm.ringBy(performance.now());
    await next();
  } finally {
    globalThis.setTimeout = setTimeout;
    alarm.stop();
  }
  // The one for the earliest, and one for what is left when that has rung.
  assertEquals(timers, 2);
});
