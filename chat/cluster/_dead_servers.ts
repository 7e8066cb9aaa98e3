/** Rounds without a lease after which the first of the servers acts. */
const FIRST_ROUND = 2;

/** Rounds more after which any server acts, and acts again. */
const PATIENCE = 4;

interface AbsentServer {
  /** In how many rounds in a row it had no lease. */
  rounds: number;
  /** The round from which this server acts. */
  actAt: number;
}

/**
 * Finds the servers that have users and no lease. The first server by name acts,
 * and others only if it does not: so an entry is rarely proposed twice, though that
 * would be harmless.
 */
export class DeadServers {
  readonly #absent = new Map<string, AbsentServer>();

  /**
   * Compares the servers that have users with those that have a lease.
   *
   * @param homes The servers that have users, other than this one.
   * @param alive The servers that have a lease.
   * @param isFirst Whether this is the first of them.
   * @returns The servers about which this one must act now.
   */
  find(
    homes: Iterable<string>,
    alive: ReadonlySet<string>,
    isFirst: boolean,
  ): readonly string[] {
    const absent = new Set([...homes].filter((home) => !alive.has(home)));
    for (const home of this.#absent.keys()) {
      if (!absent.has(home)) this.#absent.delete(home);
    }
    return [...absent].filter((home) => this.#isDue(home, isFirst));
  }

  /** Acts on a server again in the next round. */
  hurry(home: string): void {
    const server = this.#absent.get(home);
    if (server !== undefined) server.actAt = server.rounds + 1;
  }

  #isDue(home: string, isFirst: boolean): boolean {
    const server = this.#absent.get(home) ??
      { rounds: 0, actAt: isFirst ? FIRST_ROUND : FIRST_ROUND + PATIENCE };
    this.#absent.set(home, server);
    if (++server.rounds < server.actAt) return false;
    server.actAt = server.rounds + PATIENCE;
    return true;
  }
}
