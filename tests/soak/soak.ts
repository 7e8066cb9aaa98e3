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
import { parseArgs } from "node:util";
import { collect } from "./_gauges.ts";
import { runSoak } from "./_run_soak.ts";

if (collect === undefined) {
  throw new Error("Cannot soak: expected V8's flag --expose-gc");
}
const { values } = parseArgs({
  args: Deno.args,
  options: {
    minutes: { type: "string", default: "1" },
    help: { type: "boolean" },
  },
});
if (values.help) {
  console.log(
    "Runs mixed traffic and counts it.\n\n  --minutes N   how long (1)",
  );
  Deno.exit(0);
}
const minutes = Number(values.minutes);
if (!(minutes > 0)) {
  throw new RangeError("Cannot soak: expected --minutes and a number above 0");
}
const duration = minutes * 60_000;
const problems = await runSoak({
  duration,
  interval: Math.min(10_000, duration / 6),
  log: console.log,
});
for (const problem of problems) console.error(`PROBLEM ${problem}`);
console.log(problems.length === 0 ? "All is well" : "Something is wrong");
Deno.exit(problems.length === 0 ? 0 : 1);
