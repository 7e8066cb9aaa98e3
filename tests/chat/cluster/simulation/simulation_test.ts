import { assertEquals } from "@std/assert";
import { simulate } from "./_world.ts";

Deno.test("a cluster keeps its promises over all that goes wrong", () => {
  const failures = [];
  for (let seed = 1; seed <= 1_000; seed++) {
    const outcome = simulate(seed);
    if (outcome !== undefined) {
      failures.push([seed, `${outcome.error}`.slice(0, 300)]);
    }
  }
  for (const failure of failures.slice(0, 20)) console.log(failure);
  console.log(failures.length);
});
