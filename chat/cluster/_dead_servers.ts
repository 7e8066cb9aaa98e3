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
   * @param servers The servers that have users, other than this one.
   * @param alive The servers that have a lease.
   * @param isFirst Whether this is the first of them.
   * @returns The servers about which this one must act now.
   */
  find(
    servers: Iterable<string>,
    alive: ReadonlySet<string>,
    isFirst: boolean,
  ): readonly string[] {
    const absent = new Set([...servers].filter((name) => !alive.has(name)));
    for (const name of this.#absent.keys()) {
      if (!absent.has(name)) this.#absent.delete(name);
    }
    return [...absent].filter((name) => this.#isDue(name, isFirst));
  }

  /** Acts on a server again in the next round. */
  hurry(name: string): void {
    const server = this.#absent.get(name);
    if (server !== undefined) server.actAt = server.rounds + 1;
  }

  #isDue(name: string, isFirst: boolean): boolean {
    const server = this.#absent.get(name) ??
      { rounds: 0, actAt: isFirst ? FIRST_ROUND : FIRST_ROUND + PATIENCE };
    this.#absent.set(name, server);
    if (++server.rounds < server.actAt) return false;
    server.actAt = server.rounds + PATIENCE;
    return true;
  }
}
