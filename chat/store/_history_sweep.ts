import type { DatabaseSync } from "node:sqlite";
import { MAX_ID } from "./_stored_row.ts";
import { Transactions } from "./_transaction.ts";
import { prepareAll, type Statements } from "./_statements.ts";

/** The most messages that one step deletes, which takes a few milliseconds. */
const MAX_STEP = 256;

/** How much is kept. */
export interface KeepRules {
  /** Milliseconds from a message to its deletion. */
  readonly age: number;
  /** Messages of a room. */
  readonly messages: number;
  /** Private messages of all users together. */
  readonly privateMessages: number;
}

/** How many messages there may be beyond a limit, so that they are deleted together. */
export function slackOf(limit: number): number {
  return Math.min(MAX_STEP, Math.floor(limit / 10));
}

/** Deletes messages beyond the limit, and those of deleted rooms, in steps. */
export class HistorySweep {
  readonly #rules: KeepRules;
  readonly #transactions: Transactions;
  readonly #statements: Statements<typeof STATEMENTS>;

  constructor(database: DatabaseSync, rules: KeepRules) {
    this.#rules = rules;
    this.#transactions = new Transactions(database);
    this.#statements = prepareAll(database, STATEMENTS);
    // A file that somebody has changed has larger numbers than JavaScript.
    this.#statements.oldest.setReadBigInts(true);
    this.#statements.expired.setReadBigInts(true);
  }

  /**
   * Deletes some messages.
   *
   * @param now Milliseconds since the epoch.
   * @returns Whether there may be more to delete.
   * @throws If that fails; nothing is deleted then.
   */
  step(now: number): boolean {
    return this.#transactions.run(() =>
      this.#deleteExcess() || this.#deleteExpired(now)
    );
  }

  /** Looks at the first room with too many messages. */
  #deleteExcess(): boolean {
    const { messages, privateMessages } = this.#rules;
    const { excess, oldest, recount, deleteRoom } = this.#statements;
    const room = excess.get(
      Math.min(privateMessages, MAX_ID),
      Math.min(messages, MAX_ID),
    );
    if (room === undefined) return false;
    const { id = null } = room;
    // Somebody else may have deleted messages.
    if (recount.run(id).changes > 0) return true;
    const most = Math.min(MAX_STEP, Number(room["excess"]));
    if (this.#delete(oldest.all(id, most)) === 0) deleteRoom.run(id);
    return true;
  }

  #deleteExpired(now: number): boolean {
    const { age } = this.#rules;
    if (age === Infinity) return false;
    const rows = this.#statements.expired.all(Math.floor(now - age), MAX_STEP);
    return this.#delete(rows) === MAX_STEP;
  }

  #delete(rows: readonly Record<string, unknown>[]): number {
    const { remove, forget, uncount } = this.#statements;
    for (const { id, room } of rows) {
      if (typeof id !== "bigint" || typeof room !== "bigint") continue;
      remove.run(id);
      forget.run(id);
      uncount.run(room);
    }
    return rows.length;
  }
}

const STATEMENTS = {
  excess: `SELECT id, CASE
      WHEN name IS NULL THEN ${MAX_STEP}
      WHEN name = '' THEN count - ?1
      ELSE count - ?2
    END AS excess FROM room WHERE excess > 0 LIMIT 1`,
  oldest: "SELECT id, room FROM message WHERE room = ? ORDER BY id LIMIT ?",
  expired: "SELECT id, room FROM message WHERE time < ? ORDER BY time LIMIT ?",
  remove: "DELETE FROM message WHERE id = ?",
  forget: "DELETE FROM words WHERE rowid = ?",
  uncount: "UPDATE room SET count = count - 1 WHERE id = ?",
  recount: `WITH found AS (SELECT count(*) AS n FROM message WHERE room = ?1)
    UPDATE room SET count = (SELECT n FROM found)
    WHERE id = ?1 AND count <> (SELECT n FROM found)`,
  deleteRoom: "DELETE FROM room WHERE id = ?",
};
