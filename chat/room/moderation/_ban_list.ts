/** Banned addresses. */
export class BanList {
  readonly #ends = new Map<string, number>();

  /** Bans an address; of two bans the longer one applies. */
  add(key: string, until: number): void {
    this.#ends.set(key, Math.max(until, this.#ends.get(key) ?? 0));
  }

  /** When the ban of an address ends; `undefined` if it is not banned. */
  until(key: string, now: number): number | undefined {
    const end = this.#ends.get(key);
    return end !== undefined && end > now ? end : undefined;
  }

  /** Removes the bans that have ended. */
  expire(now: number): void {
    for (const [key, end] of this.#ends) if (end <= now) this.#ends.delete(key);
  }
}
