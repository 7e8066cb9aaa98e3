/** Of a connection that is idle or sends little: what it may hold on to. */
export const SMALL_BUFFER = 1024;
/** Of a connection with some traffic. */
export const MEDIUM_BUFFER = 16 * 1024;
/** Of a bulk transfer: one call to the system moves this much. */
export const LARGE_BUFFER = 256 * 1024;

/** How many buffers of each size are kept for reuse: 1.5 MiB in all. */
const KEPT: ReadonlyMap<number, number> = new Map([
  [SMALL_BUFFER, 256],
  [MEDIUM_BUFFER, 16],
  [LARGE_BUFFER, 4],
]);

const free = new Map<number, Uint8Array<ArrayBuffer>[]>();

/**
 * Takes a buffer of one of the three sizes, with any content. The last one
 * given back comes first, as the processor's cache still holds it: that is what
 * makes the copy between a connection's buffer and the caller's cheap.
 */
export function takeBuffer(size: number): Uint8Array<ArrayBuffer> {
  return free.get(size)?.pop() ?? new Uint8Array(size);
}

/**
 * Gives a buffer back, whatever its size. Nobody may use it any more, which
 * holds for an operation of the system in flight too.
 */
export function giveBuffer(buffer: Uint8Array<ArrayBuffer>): void {
  const kept = KEPT.get(buffer.length);
  if (kept === undefined) return;
  const buffers = free.get(buffer.length);
  if (buffers === undefined) free.set(buffer.length, [buffer]);
  else if (buffers.length < kept) buffers.push(buffer);
}
