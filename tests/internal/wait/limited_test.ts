import { assert, assertEquals, assertInstanceOf } from "@std/assert";
import { limited } from "../../../internal/wait/limited.ts";
import { assertTimeout, errorOf } from "../../tcp/support/_outcomes.ts";
import { beBusy } from "../_be_busy.ts";

const never = () => new Promise<string>(() => {});
const keep = () => {};

Deno.test("limited() passes on what the operation gives", async () => {
  const wait = { timeout: 60_000, deadline: Date.now() + 60_000 };
  const run = () => Promise.resolve("value");
  assertEquals(await limited("Cannot run", {}, run, keep), "value");
  assertEquals(await limited("Cannot run", wait, run, keep), "value");
  const error = new RangeError("Own");
  const fail = () => Promise.reject(error);
  assert(await errorOf(limited("Cannot run", wait, fail, keep)) === error);
});

Deno.test("limited() times out and aborts the operation with the same error", async () => {
  const limits = [
    () => ({ timeout: 1 }),
    () => ({ timeout: 0 }),
    () => ({ deadline: Date.now() + 20 }),
    () => ({ timeout: 60_000, deadline: new Date(Date.now() + 20) }),
  ];
  for (const makeWait of limits) {
    const wait = makeWait();
    let given: AbortSignal | undefined;
    const error = await errorOf(limited("Cannot run", wait, (signal) => {
      given = signal;
      return never();
    }, keep));
    assertTimeout(error);
    assert(
      error instanceof DOMException && error.message.startsWith("Cannot run"),
    );
    assert(given?.reason === error);
  }
});

Deno.test("limited() rejects with the reason of the signal and passes it on", async () => {
  const controller = new AbortController();
  const reason = { stop: true };
  let given: AbortSignal | undefined;
  const running = errorOf(
    limited("Cannot run", { signal: controller.signal }, (signal) => {
      given = signal;
      return never();
    }, keep),
  );
  controller.abort(reason);
  assert(await running === reason);
  assert(given?.reason === reason);
});

Deno.test("limited() does not begin what has no time", async () => {
  const reason = new RangeError("Stop");
  const refused = [
    { deadline: Date.now() - 1 },
    { signal: AbortSignal.abort(reason) },
    { timeout: NaN },
    { timeout: -1 },
    { deadline: new Date(NaN) },
    { timeout: "5" as unknown as number },
  ];
  let count = 0;
  for (const wait of refused) {
    const error = await errorOf(limited("Cannot run", wait, () => {
      count++;
      return never();
    }, keep));
    assertInstanceOf(error, Error);
  }
  assertEquals(count, 0);
});

Deno.test("limited() discards a result that comes too late", async () => {
  const result = Promise.withResolvers<string>();
  const discarded = Promise.withResolvers<string>();
  const error = await errorOf(
    limited(
      "Cannot run",
      { timeout: 1 },
      () => result.promise,
      discarded.resolve,
    ),
  );
  assertTimeout(error);
  result.resolve("late");
  assertEquals(await discarded.promise, "late");
});

Deno.test("limited() ignores a failure that comes too late", async () => {
  const result = Promise.withResolvers<string>();
  const wait = { timeout: 1 };
  assertTimeout(
    await errorOf(limited("Cannot run", wait, () => result.promise, keep)),
  );
  result.reject(new Error("Late"));
});

Deno.test("limited() never both returns and discards a result", async () => {
  for (let hops = 0; hops < 6; hops++) {
    const controller = new AbortController();
    const result = Promise.withResolvers<string>();
    const discarded: string[] = [];
    const running = limited(
      "Cannot run",
      { signal: controller.signal },
      () => result.promise,
      (late) => discarded.push(late),
    ).then((value) => [value], () => []);
    result.resolve("value");
    for (let hop = 0; hop < hops; hop++) await null;
    controller.abort("stop");
    const returned = await running;
    assertEquals([...returned, ...discarded], ["value"], `After ${hops} turns`);
  }
});

Deno.test("limited() leaves no listener on the signal", async () => {
  const { signal } = new AbortController();
  let count = 0;
  const add = signal.addEventListener.bind(signal);
  const remove = signal.removeEventListener.bind(signal);
  signal.addEventListener = (...args: Parameters<typeof add>) => {
    count++;
    add(...args);
  };
  signal.removeEventListener = (...args: Parameters<typeof remove>) => {
    count--;
    remove(...args);
  };
  await limited("Cannot run", { signal }, () => Promise.resolve(1), keep);
  await errorOf(limited("Cannot run", { signal, timeout: 1 }, never, keep));
  await errorOf(
    limited(
      "Cannot run",
      { signal },
      () => Promise.reject(new Error("Own")),
      keep,
    ),
  );
  assertEquals(count, 0);
});

Deno.test("limited() rejects what the operation throws before it begins", async () => {
  const error = new RangeError("Own");
  const run = () => {
    throw error;
  };
  assert(
    await errorOf(limited("Cannot run", { timeout: 5000 }, run, keep)) ===
      error,
  );
});

/** An operation of several steps, each of which its peer answers soon. */
async function takeSteps(): Promise<string> {
  for (let step = 0; step < 5; step++) {
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  return "done";
}

Deno.test("limited() gives the time back in which the process stood still", async () => {
  const limits = [
    { timeout: 200 },
    { deadline: Date.now() + 1000, timeout: 200 },
  ];
  for (const wait of limits) {
    const running = limited("Cannot run", wait, takeSteps, keep);
    beBusy(400);
    assertEquals(await running, "done");
  }
});

Deno.test("limited() gives time back only once", async () => {
  const running = errorOf(limited("Cannot run", { timeout: 60 }, never, keep));
  let isOver = false;
  running.then(() => isOver = true);
  for (let round = 0; round < 10 && !isOver; round++) {
    beBusy(150);
    for (let turn = 0; turn < 5; turn++) {
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  }
  assert(isOver);
  assertTimeout(await running);
});
