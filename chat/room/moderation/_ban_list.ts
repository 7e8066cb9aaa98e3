/** When a ban ends. */
interface BanEnd {
  /** In milliseconds since the epoch. */
  readonly end: number;
  /** In steady time of this server. */
  readonly until: number;
}

/** Banned addresses. */
export class BanList {
  readonly #ends = new Map<string, BanEnd>();

  /** Bans an address; of two bans the longer one applies. */
  add(key: string, ban: BanEnd): void {
    const other = this.#ends.get(key);
    if (other === undefined || other.end < ban.end) {
      this.#ends.set(key, ban);
    }
  }

  /** When the ban of an address ends, in steady time; `undefined` without one. */
  until(key: string, now: number): number | undefined {
    const until = this.#ends.get(key)?.until;
    return until !== undefined && until > now ? until : undefined;
  }

  /** The bans that end after a time; all in milliseconds since the epoch. */
  save(now: number): (readonly [key: string, end: number])[] {
    return [...this.#ends].flatMap(([key, { end }]) =>
      end > now ? [[key, end] as const] : []
    );
  }

  /**
   * Removes the bans that have ended, on the clock of this server and on that of the
   * log, as the servers of a cluster must save the same.
   */
  expire(now: number, logTime: number): void {
    for (const [key, { until, end }] of this.#ends) {
      if (until <= now && end <= logTime) this.#ends.delete(key);
    }
  }
}
