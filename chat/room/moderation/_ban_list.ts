/** Addresses from which nobody may come in for a time. */
export class BanList {
  readonly #ends = new Map<string, number>();

  /** Bans an address; of two bans the longer one holds. */
  add(key: string, until: number): void {
    this.#ends.set(key, Math.max(until, this.#ends.get(key) ?? 0));
  }

  /** When the ban of an address ends, if it is banned. */
  until(key: string, now: number): number | undefined {
    const end = this.#ends.get(key);
    return end !== undefined && end > now ? end : undefined;
  }

  /** Forgets the bans that are over. */
  expire(now: number): void {
    for (const [key, end] of this.#ends) if (end <= now) this.#ends.delete(key);
  }
}
