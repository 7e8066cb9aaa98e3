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

import { MEDIUM_BUFFER } from "../../internal/bytes/buffer_pool.ts";

/** After so many reads of one length, each answered, the next is expected so. */
const STEADY = 2;
/** One in so many reads is not limited: the peer may have begun to send more. */
const PROBE = 16;

/** Reads of one layer, of all connections of the process, and what answers them. */
export class LockStep {
  /** Whose the latest read was, what it brought, and how often so. */
  #latest: object | undefined;
  #latestLength = 0;
  #repeats = 0;
  /** Whether anything has been written since. */
  #isAnswered = false;

  /**
   * Tells of a read of `half` that brought `length` bytes; 0 if it filled all the
   * room that there is. That tells nothing about messages: there may be more. And
   * a read without limit that brings `latestLength` so had room for more.
   */
  noteRead(half: object, length: number): void {
    if (
      this.#isAnswered && length === this.#latestLength && half === this.#latest
    ) {
      this.#repeats++;
    } else {
      this.#latest = half;
      this.#latestLength = length;
      this.#repeats = 1;
    }
    this.#isAnswered = false;
  }

  /** Tells of a write, of any connection. */
  noteWrite(): void {
    this.#isAnswered = true;
  }

  /** Whether the peer of `half` seems to wait for an answer. */
  isAnswerDue(half: object): boolean {
    return !this.#isAnswered && this.#isInLockStep(half);
  }

  /**
   * How many bytes the next read of `half` is to be limited to, so that it is
   * likely to be filled; 0 for no limit.
   */
  expectedLength(half: object): number {
    return this.#isAnswered && this.#isInLockStep(half) &&
        this.#repeats % PROBE !== 0
      ? this.#latestLength
      : 0;
  }

  /** Lets go of `half`, which is done. */
  forget(half: object): void {
    if (half === this.#latest) this.#latest = undefined;
  }

  #isInLockStep(half: object): boolean {
    return half === this.#latest && this.#repeats >= STEADY &&
      this.#latestLength > 0 && this.#latestLength <= MEDIUM_BUFFER;
  }
}

/** Of the halves of connections. */
export const ofHalves: LockStep = new LockStep();
/** Of the raw connections under TLS: their messages are records. */
export const ofRecords: LockStep = new LockStep();
