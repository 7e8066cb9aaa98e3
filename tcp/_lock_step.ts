/**
 * Finds out whether a peer waits for each answer before it sends again.
 *
 * Such a peer is best read with a buffer that its message fills: the runtime
 * (tokio) takes a read that did not fill the buffer as a sign that nothing is
 * left, and lets the next one wait for the system without trying. Often the
 * peer's next message is there by then, above all if it runs on the same core:
 * the answer that was just written has woken it.
 *
 * A try in vain costs a call to the system. It is made for the half alone whose
 * reads were the latest of the process, each of one length and followed by a
 * write: where one peer is served at a time, there is nothing else to do.
 *
 * @module
 */

import { MEDIUM_BUFFER } from "../internal/buffer_pool.ts";

/** After so many reads of one length, each answered, the next is expected so. */
const STEADY = 2;
/** One in so many reads is not limited: the peer may have begun to send more. */
const PROBE = 16;

/** Whose the process's latest read was, what it brought, and how often so. */
let latest: object | undefined;
let latestLength = 0;
let repeats = 0;
/** Whether the process has written anything since. */
let isAnswered = false;

/**
 * Tells of a read of `half` that brought `length` bytes; 0 if it filled all the
 * room that there is. That tells nothing about messages: there may be more. And
 * a read without limit that brings `latestLength` so had room for more.
 */
export function noteRead(half: object, length: number): void {
  if (isAnswered && length === latestLength && half === latest) {
    repeats++;
  } else {
    latest = half;
    latestLength = length;
    repeats = 1;
  }
  isAnswered = false;
}

/** Tells of a write, of any connection. */
export function noteWrite(): void {
  isAnswered = true;
}

function isInLockStep(half: object): boolean {
  return half === latest && repeats >= STEADY && latestLength > 0 &&
    latestLength <= MEDIUM_BUFFER;
}

/** Whether the peer of `half` seems to wait for an answer. */
export function isAnswerDue(half: object): boolean {
  return !isAnswered && isInLockStep(half);
}

/**
 * How many bytes the next read of `half` is to be limited to, so that it is
 * likely to be filled; 0 for no limit.
 */
export function expectedLength(half: object): number {
  return isAnswered && isInLockStep(half) && repeats % PROBE !== 0
    ? latestLength
    : 0;
}

/** Lets go of `half`, which is done. */
export function forgetHalf(half: object): void {
  if (half === latest) latest = undefined;
}
