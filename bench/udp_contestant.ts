// Runs one workload in a process of its own, as what the engine learns from one
// way would slow another down: for each number on its standard input that many
// datagrams, telling the rate.
//
//   deno run -A --unstable-net bench/udp_contestant.ts NAME

import { TextLineStream } from "@std/streams";
import { UDP_WORKLOADS } from "./udp_workloads.ts";

const [name = ""] = Deno.args;
using workload = await UDP_WORKLOADS.get(name)?.();
if (workload === undefined) throw new Error(`Cannot find workload "${name}"`);

const lines = Deno.stdin.readable
  .pipeThrough(new TextDecoderStream())
  .pipeThrough(new TextLineStream());
for await (const line of lines) {
  const count = Number(line);
  const start = performance.now();
  await workload.run(count);
  console.log(count / (performance.now() - start) * 1000);
}
