import type { DatabaseSync, StatementSync } from "node:sqlite";
import { StoreFault } from "./_sqlite_errors.ts";

/** The most bytes of a file that is read as a whole, which takes half a second. */
const SMALL_FILE = 64 * 1024 * 1024;

/** The most rows of a step, which takes a few milliseconds. */
const ROWS = 1_000;

/**
 * Checks a file at the start, so that damage is found now and not later. Of a large
 * file only the small tables are read; {@linkcode DamageScan} reads the others.
 *
 * @returns Whether all of it was checked.
 * @throws {StoreFault} If damage is found.
 */
export function checkIntegrity(
  database: DatabaseSync,
  smallFile: number = SMALL_FILE,
): boolean {
  const size = database.prepare(
    "SELECT page_count * page_size AS size FROM pragma_page_count, pragma_page_size",
  ).get()?.["size"];
  const isSmall = Number(size) <= smallFile;
  for (const what of isSmall ? ["1"] : ["meta", "room"]) {
    const row = database.prepare(`PRAGMA quick_check(${what})`).get();
    if (row?.["quick_check"] !== "ok") throw new StoreFault("it is damaged");
  }
  return isSmall;
}

/**
 * Statements that read each table and index. Those with `last` read some rows after
 * one, and are repeated from there.
 */
const SCANS = [
  `SELECT max(id) AS last, sum(length(nickname) + length(text)) FROM (
    SELECT id, nickname, text FROM message WHERE id > ?1 ORDER BY id LIMIT ${ROWS}
  )`,
  `SELECT max(time) AS last FROM (
    SELECT time FROM message INDEXED BY message_by_time WHERE time > ?1
    ORDER BY time LIMIT ${ROWS}
  )`,
  `SELECT id AS last, (
    SELECT count(*) FROM message INDEXED BY message_by_room
    WHERE message.room = room.id
  ) FROM room WHERE id > ?1 ORDER BY id LIMIT 1`,
  `SELECT count(*) FROM message INDEXED BY message_by_author
  WHERE author_key IS NOT NULL AND ?1 < 0`,
  `SELECT count(*) FROM message INDEXED BY message_by_recipient
  WHERE recipient_key IS NOT NULL AND ?1 < 0`,
  `SELECT max(id) AS last, sum(length(block)) FROM (
    SELECT id, block FROM words_data WHERE id > ?1 ORDER BY id LIMIT ${ROWS}
  )`,
  `SELECT max(id) AS last, sum(length(sz)) FROM (
    SELECT id, sz FROM words_docsize WHERE id > ?1 ORDER BY id LIMIT ${ROWS}
  )`,
  "SELECT count(*), sum(pgno) FROM words_idx WHERE ?1 < 0",
] as const;

/** Reads a large file in steps, as damage shows where a page is read. */
export class DamageScan {
  readonly #statements: StatementSync[];
  #last = -(2n ** 63n);

  constructor(database: DatabaseSync) {
    this.#statements = SCANS.map((sql) => {
      const statement = database.prepare(sql);
      // The index has larger numbers than JavaScript.
      statement.setReadBigInts(true);
      return statement;
    });
  }

  /**
   * Reads the next rows.
   *
   * @returns Whether there may be more.
   * @throws If they can't be read.
   */
  step(): boolean {
    const [statement] = this.#statements;
    if (statement === undefined) return false;
    const last = statement.get(this.#last)?.["last"];
    if (typeof last === "bigint") {
      this.#last = last;
    } else {
      this.#statements.shift();
      this.#last = -(2n ** 63n);
    }
    return this.#statements.length > 0;
  }
}
