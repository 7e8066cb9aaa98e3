/**
 * Bounds the memory of reads of more than 16 KiB that are in flight, of all
 * connections: a peer that sends nothing holds the buffer.
 *
 * Reads on queues that are empty, and reads of connections that seem to have more,
 * are counted apart: idle peers must not take the room of busy ones.
 *
 * @module
 */

import { MEDIUM_BUFFER } from "../../internal/bytes/buffer_pool.ts";

/** The most reads of either kind. */
const MAX_READS = 64;

/** Why a read has much room. */
export type WideKind = "waiting" | "growing";

const reads = { waiting: 0, growing: 0 };

/** How much of `size` a read may have. */
export function allowedSize(kind: WideKind, size: number): number {
  return reads[kind] < MAX_READS ? size : Math.min(size, MEDIUM_BUFFER);
}

/**
 * Counts a read of `size` bytes.
 *
 * @returns The kind to give to {@linkcode endRead} at its end, or when the
 * connection is closed; `undefined` if it does not count.
 */
export function beginRead(kind: WideKind, size: number): WideKind | undefined {
  if (size <= MEDIUM_BUFFER) return undefined;
  reads[kind]++;
  return kind;
}

/** Counts a read no longer. */
export function endRead(kind: WideKind): void {
  reads[kind]--;
}
