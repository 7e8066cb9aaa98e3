const MIB = 1024 * 1024;

/**
 * glibc keeps freed memory up to twice the largest block that was mapped and
 * freed, but ignores blocks above 32 MiB: see `mallopt(3)`, `M_MMAP_THRESHOLD`.
 */
const LARGEST_BLOCK = 32 * MIB - 64 * 1024;
/** The reserve is this part of V8's heap limit, but never above the maximum. */
const RESERVE_SHARE = 1 / 4;
const MAX_RESERVE = 512 * MIB;

let reserve: Promise<ArrayBuffer | undefined> | undefined;

/**
 * Tunes the memory management of this process for servers that move many large
 * messages. It trades memory for processor time; nothing in this package calls it.
 * Calling it again does nothing.
 *
 * It does two things:
 *
 * - **Fewer full collections.** V8 starts a full garbage collection when its heap
 *   and the memory of messages together have grown by about a third. It reserves a
 *   quarter of the heap's limit, at most 512 MiB, as memory that V8 counts and
 *   nothing touches, so collections start later. The system provides no pages for
 *   it, but `Deno.memoryUsage().external` and heap snapshots show it.
 * - **Fewer page faults.** On Linux with glibc, the process keeps up to 64 MiB that
 *   it has freed instead of returning them to the system. This holds until the
 *   process exits.
 *
 * Don't call it where memory is scarce, where a limit counts addresses
 * (`vm.overcommit_memory=2`, `ulimit -v`), or in a library: the choice is the
 * program's. On Windows it does nothing, since reserved memory counts as used there.
 * The first part holds for one V8 heap, so call it in each worker.
 *
 * @returns A promise that resolves when the process is tuned. It never rejects: if
 * the system refuses the memory, nothing changes.
 *
 * @example Usage
 * ```ts
 * import { tuneProcess } from "@vnet/net";
 * import { assert } from "@std/assert";
 *
 * const before = Deno.memoryUsage();
 * await tuneProcess();
 * assert(Deno.memoryUsage().external >= before.external);
 * ```
 */
export async function tuneProcess(): Promise<void> {
  reserve ??= tune();
  await reserve;
}

async function tune(): Promise<ArrayBuffer | undefined> {
  const { os } = Deno.build;
  if (os === "windows") return undefined;
  try {
    // Transferring into a buffer of no bytes frees the old memory at once.
    if (os === "linux") new ArrayBuffer(LARGEST_BLOCK).transfer(0);
    const { getHeapStatistics } = await import("node:v8");
    const { heap_size_limit: limit } = getHeapStatistics();
    return new ArrayBuffer(
      Math.min(Math.floor(limit * RESERVE_SHARE), MAX_RESERVE),
    );
  } catch {
    return undefined;
  }
}
