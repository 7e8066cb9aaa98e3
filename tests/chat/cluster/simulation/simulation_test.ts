import { assert, assertEquals } from "@std/assert";
import { MUTANTS } from "./_mutants.ts";
import { simulate } from "./_world.ts";

const SEEDS = 1_000;

/** Fails with all that happened if something went wrong with a seed. */
function assertClean(seed: number): void {
  if (simulate(seed).error === undefined) return;
  const { error, lines } = simulate(seed, {}, true);
  throw new Error(`Seed ${seed}:\n${lines.join("\n")}\n${error}`, {
    cause: error,
  });
}

Deno.test("a cluster keeps its promises, whatever goes wrong", () => {
  for (let seed = 1; seed <= SEEDS; seed++) assertClean(seed);
});

Deno.test("a seed gives the same simulation each time", () => {
  const [first, second] = [1, 2].map(() => {
    const { lines } = simulate(4, {}, true);
    // The tokens of sessions are secret.
    return lines.map((line) => line.replaceAll(/[\da-f-]{36}/g, "token"));
  });
  assert(first.length > 1_000);
  assertEquals(first, second);
});

for (const [rule, parts] of Object.entries(MUTANTS)) {
  Deno.test(`the simulation finds out where it does not hold that ${rule}`, () => {
    for (let seed = 1; seed <= SEEDS; seed++) {
      if (simulate(seed, parts).error !== undefined) return;
    }
    throw new Error(`No seed of ${SEEDS} shows that ${rule}`);
  });
}
