/**
 * The largest block whose return teaches the C library of Linux (glibc) that
 * such blocks come and go: 32 MiB with its header, see `mallopt(3)` on
 * `M_MMAP_THRESHOLD`.
 */
const LARGEST_BLOCK = 32 * 1024 * 1024 - 64 * 1024;

let isKept = false;

/**
 * Lets the process keep memory that it has freed, up to 64 MiB, instead of
 * giving it back to the system; once for good, on Linux.
 *
 * Messages and chunks of 64 KiB and more are memory of their own, which is freed
 * many at a time when garbage is collected. The C library then finds its heap
 * empty at the end, gives that to the system, and has to ask for it again for
 * the next messages, which the system brings page by page, each with a fault: a
 * tenth to a third of what large messages cost. How much it keeps is twice the
 * largest block that was freed and had come from the system by itself, so one
 * such block is asked for and freed here. Its memory is never touched.
 */
export function keepFreedMemory(): void {
  if (isKept) return;
  isKept = true;
  if (Deno.build.os !== "linux") return;
  try {
    // What is transferred into a buffer of no bytes is freed at once.
    new ArrayBuffer(LARGEST_BLOCK).transfer(0);
  } catch {
    // No room even for addresses: then memory goes back, as it did before.
  }
}
