import {
  MEDIUM_BUFFER,
  SMALL_BUFFER,
  WIDE_BUFFER,
} from "../../internal/bytes/buffer_pool.ts";

/** After so many reads of one length, the next is expected to bring it too. */
const STEADY = 3;
/** One in so many reads has more room all the same: the peer may send more now. */
const PROBE = 16;

/** That of the connection which has read last. */
let lastRoom: ReadRoom | undefined;

/**
 * Chooses how much room the next read of a raw connection gets.
 *
 * A read that fills its room has more behind it, and the next gets a large
 * buffer. One that does not has emptied the system's queue.
 *
 * A peer that waits for an answer to each message is read with room for just that
 * message: the runtime (tokio) takes a read that leaves room as a sign that the
 * next has to wait for the system, and tries at once after one that does not. The
 * peer's next message is often there by then. A round trip over one connection
 * takes a sixth less processor time for it. Where others read in between, the
 * message is hardly ever there, and to try at once costs a call to the system.
 */
export class ReadRoom {
  #length = 0;
  #repeats = 0;
  /** How large the buffer has to be. */
  size: number = SMALL_BUFFER;
  /** How many bytes of it may be filled. */
  room: number = SMALL_BUFFER;

  /**
   * Notes how many bytes a read has brought.
   *
   * @param isHandshaking Whether the connection is to cost little memory yet.
   */
  note(length: number, isHandshaking: boolean): void {
    const isFull = length === this.size;
    const large = isHandshaking ? MEDIUM_BUFFER : WIDE_BUFFER;
    this.size = isFull ? large : SMALL_BUFFER;
    const isSame = length === this.#length && lastRoom === this;
    this.#repeats = isSame ? this.#repeats + 1 : 1;
    lastRoom = this;
    this.#length = length;
    const isExpected = length < SMALL_BUFFER && this.#repeats >= STEADY &&
      this.#repeats % PROBE !== 0;
    this.room = isExpected ? length : this.size;
  }
}
