/** Frames that are longer together are not joined: so much goes out at once. */
const MAX_JOINED = 64 * 1024;
const EMPTY = new Uint8Array(0);

/** The pair that was asked for last, and the two as one once that has been made. */
let before = EMPTY;
let frame = EMPTY;
let joined: Uint8Array<ArrayBuffer> | undefined;
/** The latest frames, and the memory that they begin; the rest is free. */
let latest = EMPTY;
let memory = EMPTY;

/**
 * The bytes that wait on a connection and a frame behind them, as one: if several
 * connections ask for the same two, all but the first get the same bytes. That is
 * how many messages to many connections are copied once, and not by each of them.
 *
 * @param waiting Bytes that were shared, too. Neither changes any more.
 * @param next The frame behind them.
 * @returns Nothing if the connection has to make a copy of its own.
 */
export function joinShared(
  waiting: Uint8Array<ArrayBuffer>,
  next: Uint8Array<ArrayBuffer>,
): Uint8Array<ArrayBuffer> | undefined {
  if (next === frame && waiting === before) {
    return joined ??= join(waiting, next);
  }
  // A frame is joined with one beginning only: with others it would be so for each.
  if (next === frame || waiting.length + next.length > MAX_JOINED) {
    return undefined;
  }
  before = waiting;
  frame = next;
  joined = undefined;
  return undefined;
}

function join(
  waiting: Uint8Array<ArrayBuffer>,
  next: Uint8Array<ArrayBuffer>,
): Uint8Array<ArrayBuffer> {
  const { length } = waiting;
  const end = length + next.length;
  if (waiting !== latest || end > memory.length) {
    memory = new Uint8Array(2 * end);
    memory.set(waiting);
  }
  memory.set(next, length);
  return latest = memory.subarray(0, end);
}
