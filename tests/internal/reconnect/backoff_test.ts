import { assert, assertEquals } from "@std/assert";
import { Backoff } from "../../../internal/reconnect/backoff.ts";
import { Random } from "../../property/_random.ts";

const OPTIONS = { initialDelay: 100, maxDelay: 1000, factor: 2 };

Deno.test("Backoff lets the ceiling grow up to the longest delay", () => {
  const backoff = new Backoff(OPTIONS, () => 1);

  const delays = Array.from({ length: 6 }, () => backoff.next());

  assertEquals(delays, [100, 200, 400, 800, 1000, 1000]);
});

Deno.test("Backoff chooses each delay from all of the range below the ceiling", () => {
  const random = new Random(7);
  const ceilings = [100, 200, 400, 800, 1000, 1000];
  const parts: number[] = [];
  for (let run = 0; run < 1000; run++) {
    const backoff = new Backoff(OPTIONS, () => random.next());
    for (const ceiling of ceilings) {
      const delay = backoff.next();
      assert(delay >= 0 && delay < ceiling, `${delay} is not below ${ceiling}`);
      parts.push(delay / ceiling);
    }
  }

  // Full jitter: the tenths of the range are hit equally often.
  const tenths = Map.groupBy(parts, (part) => Math.floor(part * 10));
  assertEquals(tenths.size, 10);
  for (const { length } of tenths.values()) {
    assert(length > 500 && length < 700, `${length} of 6000`);
  }
});

Deno.test("Backoff starts anew with the first ceiling", () => {
  const backoff = new Backoff(OPTIONS, () => 0.5);
  backoff.next();
  backoff.next();

  backoff.reset();

  assertEquals([backoff.next(), backoff.next()], [50, 100]);
});

Deno.test("Backoff keeps a delay of 0, and one above the longest at that", () => {
  const none = new Backoff({ ...OPTIONS, initialDelay: 0 }, () => 1);
  const long = new Backoff({ ...OPTIONS, initialDelay: 5000 }, () => 1);

  assertEquals([none.next(), none.next()], [0, 0]);
  assertEquals([long.next(), long.next()], [1000, 1000]);
});

Deno.test("Backoff stays finite however often it is asked", () => {
  const backoff = new Backoff({ ...OPTIONS, factor: 1e300 }, () => 1);

  const delays = Array.from({ length: 5 }, () => backoff.next());

  assertEquals(delays, [100, 1000, 1000, 1000, 1000]);
});
