/** What holds bytes back until the end of a round. */
export interface Flushable {
  /** Hands over what has come together. */
  flush(): void;
}

/**
 * Puts off sending until all that is at hand has been said: lines that arrived
 * together go out together, with one write for each user instead of one for
 * each line.
 */
export class FlushRound {
  #members: Flushable[] = [];

  /** Flushes a member at the end of this round. */
  add(member: Flushable): void {
    if (this.#members.length === 0) queueMicrotask(this.#flush);
    this.#members.push(member);
  }

  readonly #flush = (): void => {
    const members = this.#members;
    this.#members = [];
    for (const member of members) member.flush();
  };
}
