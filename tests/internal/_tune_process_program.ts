// Prints, as JSON, the memory and the page faults of a process in which memory is
// used and freed MiB by MiB: as it is, or tuned.
//
//   _tune_process_program.ts plain|tuned
import process from "node:process";
import { getHeapStatistics } from "node:v8";
import { tuneProcess } from "../../internal/tune_process.ts";

const MIB = 1024 * 1024;

function useAndFree(): void {
  const used = Array.from({ length: 8 }, () => new Uint8Array(MIB).fill(1));
  // Freed at once, not when garbage is collected.
  for (const { buffer } of used) buffer.transfer(0);
}

const before = Deno.memoryUsage();
if (Deno.args[0] === "tuned") {
  // Calls after the first have no effect.
  await Promise.all([tuneProcess(), tuneProcess()]);
  await tuneProcess();
}
const after = Deno.memoryUsage();
useAndFree();
useAndFree();
const faults = process.resourceUsage().minorPageFault;
for (let round = 0; round < 20; round++) useAndFree();
console.log(JSON.stringify({
  pageFaults: process.resourceUsage().minorPageFault - faults,
  external: after.external - before.external,
  resident: after.rss - before.rss,
  heapLimit: getHeapStatistics().heap_size_limit,
}));
