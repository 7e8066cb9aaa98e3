/**
 * Keeps V8 from marking its whole heap again and again for the sake of messages.
 *
 * The memory of a message or a chunk is outside of V8's heap, but V8 counts it,
 * and begins a full collection when heap and such memory together have grown by
 * a third or so since the last one. In a server that holds little, which is all
 * of them when it goes well, that is 10 MB: with messages of 20 KiB, 20 ms at
 * full speed. Nearly all of it was garbage that the quick collections of new
 * objects, which come of themselves, would have freed. Full collections so took
 * up to half of the processor time, threads of their own included.
 *
 * So V8 is given something more to count: addresses that nobody ever writes to,
 * to which the system gives no memory. A full collection then comes after a
 * third of that. Each worker that moves data has one of its own, as it has a heap
 * of its own.
 *
 * @module
 */

const MIB = 1024 * 1024;

/** A program that has got so much is one that moves data. */
const WORTH_IT = 64 * MIB;
/** What part of the heap's limit the ballast is, */
const PART = 1 / 4;
/** and at most. */
const MAX_SIZE = 512 * MIB;

let handedOut = 0;
let isTried = false;
let ballast: ArrayBuffer | undefined;

/** Tells of memory of `length` bytes that was made to be given to a user. */
export function noteHandedOut(length: number): void {
  if (isTried) return;
  handedOut += length;
  if (handedOut > WORTH_IT) takeOn();
}

/** How many bytes were handed out until it was tried, and how many it has. */
export function getBallast(): { handedOut: number; size: number } {
  return { handedOut, size: ballast?.byteLength ?? 0 };
}

async function takeOn(): Promise<void> {
  isTried = true;
  // There, memory that is asked for counts as used.
  if (Deno.build.os === "windows") return;
  try {
    const { getHeapStatistics } = await import("node:v8");
    const { heap_size_limit: limit } = getHeapStatistics();
    ballast = new ArrayBuffer(Math.min(Math.floor(limit * PART), MAX_SIZE));
  } catch {
    // No room even for addresses: then it stays as it is.
  }
}
