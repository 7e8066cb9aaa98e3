import { afterPoll } from "../../internal/wait/after_poll.ts";

/**
 * Messages that one turn of the program queues at once are not held against a peer,
 * up to so many bytes, or so many times the limit if that is more.
 */
const MOST_AT_ONCE = 64 * 1024 * 1024;
const TIMES_AT_ONCE = 16;

/** The sender that a limit judges. */
export interface SendLimitHost {
  /** Bytes that wait to be sent. */
  readonly bufferedBytes: number;
  /** Counts the bytes that the system has taken. */
  readonly bytesTaken: number;
  /** Grows with each time that bytes are offered to the system. */
  readonly offers: number;
}

/**
 * Judges a peer by the bytes it has left unread: those that wait are held against it
 * when the system was offered them, had the chance to take them, and has not.
 * Nothing is looked at before more bytes wait than may.
 */
export class SendLimit {
  readonly #host: SendLimitHost;
  readonly #maxBuffered: number;
  /** How many bytes the peer had left when that was looked at last, */
  #left = 0;
  /** and how many the system had taken then. */
  #takenThen = 0;
  #isLooking = false;

  /**
   * @param host The sender.
   * @param maxBuffered How many bytes a peer may leave.
   */
  constructor(host: SendLimitHost, maxBuffered: number) {
    this.#host = host;
    this.#maxBuffered = maxBuffered;
  }

  /** Whether the policy for too many bytes acts now. */
  get isReached(): boolean {
    const { bufferedBytes, bytesTaken } = this.#host;
    const bound = this.#maxBuffered;
    if (bufferedBytes < bound) return false;
    if (bufferedBytes >= Math.max(MOST_AT_ONCE, TIMES_AT_ONCE * bound)) {
      return true;
    }
    const left = this.#left - (bytesTaken - this.#takenThen);
    if (Math.min(left, bufferedBytes) >= bound) return true;
    this.#look();
    return false;
  }

  /** Finds out how much of the waiting bytes the peer leaves. */
  #look(): void {
    if (this.#isLooking) return;
    this.#isLooking = true;
    const host = this.#host;
    const { bufferedBytes, bytesTaken, offers } = host;
    afterPoll(() => {
      this.#isLooking = false;
      if (host.bufferedBytes < this.#maxBuffered) return;
      const goesOn = host.bytesTaken !== bytesTaken || host.offers !== offers;
      if (goesOn) return this.#look();
      this.#left = Math.min(bufferedBytes, host.bufferedBytes);
      this.#takenThen = bytesTaken;
    });
  }
}
