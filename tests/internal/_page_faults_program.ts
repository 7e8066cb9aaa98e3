// Prints how many page faults a process takes for memory that comes and goes,
// MiB by MiB: as it is, or after a buffer for bulk has been taken.
//
//   _page_faults_program.ts plain|bulk
import process from "node:process";
import { LARGE_BUFFER, takeBuffer } from "../../internal/bytes/buffer_pool.ts";

const MIB = 1024 * 1024;

function useAndFree(): void {
  const used = Array.from({ length: 8 }, () => new Uint8Array(MIB).fill(1));
  // Freed at once, not when garbage is collected.
  for (const { buffer } of used) buffer.transfer(0);
}

if (Deno.args[0] === "bulk") takeBuffer(LARGE_BUFFER);
useAndFree();
useAndFree();
const before = process.resourceUsage().minorPageFault;
for (let round = 0; round < 20; round++) useAndFree();
console.log(process.resourceUsage().minorPageFault - before);
