import { assertEquals } from "@std/assert";
import { firstSeed } from "../property/_random.ts";
import { findGrowth, type Sample, SLACK } from "./_gauges.ts";
import { runSoak } from "./_run_soak.ts";

Deno.test("a short soak loses no byte and leaves nothing behind", async () => {
  const lines: string[] = [];
  const problems = await runSoak({
    duration: 3000,
    interval: 400,
    seed: firstSeed(),
    log: (line) => lines.push(line),
  });
  assertEquals(problems, [], lines.join("\n"));
});

Deno.test("growth after the warm-up is found, and what a peak leaves is not", () => {
  const still: Sample[] = Array.from({ length: 9 }, (_, at) => ({
    at,
    rss: at === 7 ? 10 * SLACK.rss : 1000,
    heap: 1000,
    external: 1000,
    files: 20,
  }));
  assertEquals(findGrowth(still), []);
  const growing = still.map((sample) => ({
    ...sample,
    heap: sample.at * SLACK.heap,
  }));
  assertEquals(findGrowth(growing).length, 1);
});
