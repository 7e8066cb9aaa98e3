import { dropOldest } from "../_drop_oldest.ts";

/** Servers that are remembered: all that could have a batch on its way. */
const MAX_SERVERS = 4_096;

/** A server of a saved table. */
export type SavedServer = readonly [origin: string, n: number, isGone: boolean];

interface Server {
  /** The number of the last batch. */
  n: number;
  isGone: boolean;
}

/**
 * The servers that have had batches in the log, and those that were declared dead.
 * Beyond a number, the server is forgotten of which the log has had nothing for the
 * longest: by the log alone, so that all servers forget the same.
 */
export class ServerTable {
  /** By origin, in the order in which they last appeared in the log. */
  readonly #servers = new Map<string, Server>();

  /** @param saved The servers of a saved table. */
  constructor(saved: readonly SavedServer[] = []) {
    for (const [origin, n, isGone] of saved) {
      this.#servers.set(origin, { n, isGone });
    }
  }

  /**
   * Notes a batch.
   *
   * @returns Whether it is the first with its number: a batch may be stored twice.
   */
  accept(origin: string, n: number): boolean {
    const server = this.#touch(origin);
    if (n <= server.n) return false;
    server.n = n;
    return true;
  }

  /** Notes that a server was declared dead. */
  declareGone(origin: string): void {
    this.#touch(origin).isGone = true;
  }

  /** Whether a server was declared dead. */
  isGone(origin: string): boolean {
    return this.#servers.get(origin)?.isGone ?? false;
  }

  /** The table as JSON. */
  save(): SavedServer[] {
    return Array.from(
      this.#servers,
      ([origin, { n, isGone }]) => [origin, n, isGone],
    );
  }

  #touch(origin: string): Server {
    const server = this.#servers.get(origin) ?? { n: 0, isGone: false };
    this.#servers.delete(origin);
    this.#servers.set(origin, server);
    dropOldest(this.#servers, MAX_SERVERS);
    return server;
  }
}
