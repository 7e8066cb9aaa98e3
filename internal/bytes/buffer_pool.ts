/** So that a message of 1 KiB and the like fits with its protocol's header. */
const HEADROOM = 64;

/** The buffer that a connection may keep which is idle or gets little. */
export const IDLE_BUFFER = 128;
/** Of a connection that gets messages of some hundred bytes. */
export const SMALL_BUFFER: number = 1024 + HEADROOM;
/** Of one that gets messages of some thousand bytes. */
export const PAGE_BUFFER: number = 4 * 1024 + HEADROOM;
/** Of a connection with some traffic. */
export const MEDIUM_BUFFER: number = 16 * 1024 + HEADROOM;
/** Of a connection with much traffic. */
export const WIDE_BUFFER: number = 64 * 1024 + HEADROOM;
/** Of writes in bulk: see `MAX_PIECE` of the writing side. */
export const PIECE_BUFFER: number = 112 * 1024;
/**
 * Of a bulk transfer: one call to the system moves this much. It has no headroom,
 * so that callers with buffers of 16 or 64 KiB get no rests in between.
 */
export const LARGE_BUFFER: number = 256 * 1024;

/**
 * Of a protocol that has gathered much while the system was busy: it holds 1 MiB
 * and the headers of a protocol beside it.
 */
export const HUGE_BUFFER: number = 1024 * 1024 + 4096;

/** Unused buffers of one size. */
class Pool {
  readonly free: Uint8Array<ArrayBuffer>[] = [];
  readonly size: number;
  /** How many are kept for reuse. */
  readonly kept: number;

  constructor(size: number, kept: number) {
    this.size = size;
    this.kept = kept;
  }
}

/**
 * The pools, by size: 18 MiB in all if so many were ever in use at once. Where
 * more connections take turns than there are buffers, most of the time goes to
 * making new ones, which are filled with zeros first.
 */
const POOLS: readonly Pool[] = [
  new Pool(IDLE_BUFFER, 2048),
  new Pool(SMALL_BUFFER, 256),
  new Pool(PAGE_BUFFER, 128),
  new Pool(MEDIUM_BUFFER, 128),
  new Pool(WIDE_BUFFER, 128),
  new Pool(PIECE_BUFFER, 32),
  new Pool(LARGE_BUFFER, 8),
  new Pool(HUGE_BUFFER, 2),
];

/** The pool of the buffers that hold `length` bytes, if there is one. */
function poolFor(length: number): Pool | undefined {
  for (let index = 0; index < POOLS.length; index++) {
    if (length <= POOLS[index].size) return POOLS[index];
  }
  return undefined;
}

/**
 * So many buffers of idle connections share an `ArrayBuffer`: one of its own
 * would cost each of them more than it holds. They are few, as the last one that
 * is in use keeps the memory of all.
 */
const SHARED_BY = 8;
/** The memory that they are cut from, and how much of it has been used. */
let block = new ArrayBuffer(0);
let blockUsed = 0;

/**
 * Takes a buffer of one of these sizes, with any content. The last one
 * given back comes first, as the processor's cache still holds it: so the copy
 * between a connection's buffer and the caller's is cheap.
 *
 * A buffer that {@linkcode ownsMemory} may be handed out instead of given back.
 */
export function takeBuffer(size: number): Uint8Array<ArrayBuffer> {
  const pool = poolFor(size);
  const known = pool?.size === size ? pool.free.pop() : undefined;
  // Its memory is gone if a buffer that shares it was transferred.
  if (known !== undefined && known.length === size) return known;
  return size === IDLE_BUFFER ? cutIdleBuffer() : new Uint8Array(size);
}

function cutIdleBuffer(): Uint8Array<ArrayBuffer> {
  if (blockUsed >= block.byteLength) {
    block = new ArrayBuffer(SHARED_BY * IDLE_BUFFER);
    blockUsed = 0;
  }
  const buffer = new Uint8Array(block, blockUsed, IDLE_BUFFER);
  blockUsed += IDLE_BUFFER;
  return buffer;
}

/** Whether nothing else is in the memory of a buffer: a user may have it then. */
export function ownsMemory(buffer: Uint8Array): boolean {
  return buffer.byteLength === buffer.buffer.byteLength;
}

/** The size of the pool that holds `length` bytes, or more if none does. */
export function poolSizeFor(length: number): number {
  return poolFor(length)?.size ?? 2 ** Math.ceil(Math.log2(length));
}

/**
 * Gives a buffer back, whatever its size. It must not be in use any more, not by an
 * operation of the system in flight either.
 */
export function giveBuffer(buffer: Uint8Array<ArrayBuffer>): void {
  const pool = poolFor(buffer.length);
  if (pool?.size !== buffer.length) return;
  if (pool.free.length < pool.kept) pool.free.push(buffer);
}
