// Lets 200 users talk on two chat servers with a common log on a real `nats-server`,
// while servers and broker are killed, stopped and restarted, for about two minutes:
//
//   deno task chaos
//   deno task chaos --short
//
// Afterwards every line must have reached all users of its room, once and in the
// order of the ids, and both servers must be in the same state. The short form has
// 40 users and two faults, and takes 20 seconds. It ends with code 1 if something is
// wrong.
import { parseArgs } from "node:util";
import { ALL_FAULTS, SHORT_FAULTS } from "./_faults.ts";
import { runChaos } from "./_run_chaos.ts";

const { values } = parseArgs({
  args: Deno.args,
  options: { short: { type: "boolean" }, help: { type: "boolean" } },
});
if (values.help) {
  console.log(
    "Kills servers of a chat, and counts what users get.\n\n" +
      "  --short   40 users and two faults, 20 seconds instead of two minutes",
  );
  Deno.exit(0);
}
const interrupt = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  Deno.addSignalListener(signal, () => interrupt.abort());
}
const { signal } = interrupt;
const common = { rate: 20, signal, log: console.log };
const problems = await runChaos(
  values.short
    ? { ...common, users: 40, calm: 1000, faults: SHORT_FAULTS }
    : { ...common, users: 200, calm: 8000, faults: ALL_FAULTS },
).catch((error) => [signal.aborted ? "It was interrupted" : `${error.stack}`]);
for (const problem of problems) console.error(`PROBLEM ${problem}`);
console.log(problems.length === 0 ? "All is well" : "Something is wrong");
Deno.exit(problems.length === 0 ? 0 : 1);
