// Runs the comparisons and prints, for each contestant, the median of its rates
// and the ratio to the first of its group.
//
//   deno task bench [--rounds N] [--seconds N] [WORDS OF A WORKLOAD'S NAME…]

import { contest, median } from "./_contest.ts";
import { tcpWorkloads } from "./tcp_workloads.ts";
import { wsWorkloads } from "./ws_workloads.ts";

const words: string[] = [];
let rounds = 5;
let seconds = 2;
const args = [...Deno.args];
for (let arg = args.shift(); arg !== undefined; arg = args.shift()) {
  if (arg === "--rounds") rounds = Number(args.shift());
  else if (arg === "--seconds") seconds = Number(args.shift());
  else words.push(arg);
}

const workloads = [...await tcpWorkloads(), ...await wsWorkloads()];
for (const workload of workloads) {
  if (!words.every((word) => workload.name.includes(word))) continue;
  console.log(`\n${workload.name}, ${rounds} rounds of ${seconds} s`);
  const results = await contest(workload, rounds, seconds);
  const base = median(results[0]?.rates ?? []);
  for (const { name, rates } of results) {
    const rate = median(rates);
    const ratio = (rate / base).toFixed(2);
    const spread = `${Math.round(Math.min(...rates))}–${
      Math.round(Math.max(...rates))
    }`;
    console.log(
      `  ${name.padEnd(24)} ${
        String(Math.round(rate)).padStart(12)
      } ${workload.unit}` +
        `  ×${ratio}  (${spread})`,
    );
  }
}
