/**
 * Bounds what the connections of the process hold in reads of more than 16 KiB
 * that are in flight: whoever sends nothing then holds the buffer.
 *
 * Reads that wait for what comes next, as the queue is empty, and reads of those
 * who seem to have more are counted apart: peers that have fallen idle must not
 * take the room of those who transfer much.
 *
 * @module
 */

/** So many of either kind there may be. */
const MAX_READS = 64;
/** With fewer growing ones than so many, each may have more than 64 KiB. */
const FEW_READS = 8;

/** Why a read has so much room. */
export type WideKind = "waiting" | "growing";

const reads = { waiting: 0, growing: 0 };

/** Whether there may be one more of a kind. */
export function hasWidePlace(kind: WideKind): boolean {
  return reads[kind] < MAX_READS;
}

/** Whether few connections transfer much, so that each may have more room. */
export function isBulkRare(): boolean {
  return reads.growing < FEW_READS;
}

/** Counts a read, which {@linkcode endWideRead} is told the end of. */
export function beginWideRead(kind: WideKind): void {
  reads[kind]++;
}

/** A read has ended, or its connection has been closed. */
export function endWideRead(kind: WideKind): void {
  reads[kind]--;
}
