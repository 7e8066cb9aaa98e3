// Runs TCP, TLS, WebSocket, UDP and chat traffic with churn, and fails if bytes
// are missing, or memory or handles have grown:
//
//   deno task soak --minutes 10
//
// Every 10 seconds it tells what the process holds and what has been done. The
// first third of the time is the warm-up: afterwards the heap and the memory
// outside of it may grow by 24 MiB and the process by 96 MiB, each at its least;
// at the end no more files may be open than at the start, but for 4 that the
// runtime opens once. It ends with code 1 if something is wrong.
//
//   deno task soak --link slow
//
// instead uploads, downloads, closes and talks over a link of 1 Mbit/s, all at
// once and with default options, for less than 90 seconds: nothing may be lost,
// and nobody cut. The link is between two network namespaces if the system allows
// them (root, with iproute2 installed), and else a relay.
import { parseArgs } from "node:util";
import { firstSeed, freshSeed } from "../property/_random.ts";
import { collect } from "./_gauges.ts";
import { runSlow } from "./_run_slow.ts";
import { runSoak } from "./_run_soak.ts";

const { values } = parseArgs({
  args: Deno.args,
  options: {
    minutes: { type: "string" },
    link: { type: "string" },
    help: { type: "boolean" },
  },
});
if (values.help) {
  console.log(
    "Runs mixed traffic and counts it.\n\n  --minutes N   how long (1)\n" +
      "  --link slow   downloads, uploads and closes on 1 Mbit/s instead (90 s)",
  );
  Deno.exit(0);
}
if (values.link !== undefined && values.link !== "slow") {
  throw new RangeError('Cannot soak: expected --link and "slow"');
}
if (values.link !== undefined && values.minutes !== undefined) {
  throw new RangeError("Cannot soak: expected --minutes or --link, not both");
}
const problems = values.link === undefined
  ? await soakFor(Number(values.minutes ?? "1"))
  : await runSlow(console.log);
for (const problem of problems) console.error(`PROBLEM ${problem}`);
console.log(problems.length === 0 ? "All is well" : "Something is wrong");
Deno.exit(problems.length === 0 ? 0 : 1);

function soakFor(minutes: number): Promise<string[]> {
  if (collect === undefined) {
    throw new Error("Cannot soak: expected V8's flag --expose-gc");
  }
  if (!(minutes > 0)) {
    throw new RangeError(
      "Cannot soak: expected --minutes and a number above 0",
    );
  }
  const duration = minutes * 60_000;
  return runSoak({
    duration,
    seed: firstSeed(freshSeed()),
    interval: Math.min(10_000, duration / 6),
    log: console.log,
  });
}
