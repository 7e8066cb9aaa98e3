/** What one kind of traffic has come to. */
export class Account {
  /** Sessions that are over, by how they ended. */
  readonly ended = new Map<string, number>();
  /** Sessions that go on. */
  open = 0;
  /** Bytes, or messages, that went out and have come back. */
  sent = 0;
  returned = 0;
  /** Those that were cut on purpose, or lost where that is allowed. */
  lost = 0;
  /** What must not happen. */
  readonly faults: string[] = [];

  /** Runs a session, and books its end or its failure. */
  async run(session: () => Promise<string>): Promise<void> {
    this.open++;
    try {
      const end = await session();
      this.ended.set(end, (this.ended.get(end) ?? 0) + 1);
    } catch (error) {
      this.faults.push(`${error}`);
    } finally {
      this.open--;
    }
  }

  /** How many sessions are over. */
  get count(): number {
    let count = 0;
    for (const ended of this.ended.values()) count += ended;
    return count;
  }

  /** What is wrong with it, `undefined` if everything is accounted for. */
  get fault(): string | undefined {
    const [first] = this.faults;
    if (first !== undefined) return `${this.faults.length} faults: ${first}`;
    if (this.open !== 0) return `${this.open} sessions are left`;
    if (this.count === 0) return "No session has ended";
    const missing = this.sent - this.returned - this.lost;
    return missing === 0 ? undefined : `${missing} of ${this.sent} are missing`;
  }

  /** One line about it. */
  toString(): string {
    const ends = [...this.ended].map(([end, count]) => `${end} ${count}`);
    return `${this.count} sessions (${ends.join(", ")}), ${this.sent} sent, ` +
      `${this.returned} returned, ${this.lost} lost on purpose`;
  }
}
