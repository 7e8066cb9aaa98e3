import { messageOf } from "../../../internal/errors/message_of.ts";
import type { DatabaseSync } from "node:sqlite";
import { createPrivate, narrowToOwner } from "../../store/_private_file.ts";
import type { InvitationStore, StoredInvitation } from "./invitation_store.ts";
import { prepareAll, type Statements } from "../../store/_statements.ts";

/** The most invitations, and passes, that are valid at the same time. */
const MAX_INVITATIONS = 1000;
const MAX_PASSES = 10_000;

/** Marks the file of invitations: "vchI". */
const APPLICATION_ID = 0x76636849;

/** Milliseconds to wait while another process writes. */
const BUSY_TIMEOUT = 250;

const TABLE = `
  CREATE TABLE invitation (
    hash TEXT PRIMARY KEY,
    type TEXT NOT NULL CHECK (type IN ('invitation', 'pass')),
    until INTEGER NOT NULL,
    uses INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX invitation_by_end ON invitation (type, until);
`;

/**
 * Invitations in a database of SQLite, whose locks let several processes share the
 * file. The calls need no permission of Deno: the database has its file open.
 */
export class SqliteInvitations implements InvitationStore, Disposable {
  readonly #database: DatabaseSync;
  readonly #statements: Statements<typeof STATEMENTS>;

  constructor(database: DatabaseSync) {
    this.#database = database;
    database.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT}`);
    database.exec("PRAGMA trusted_schema = OFF");
    prepareTable(database);
    this.#statements = prepareAll(database, STATEMENTS);
  }

  add({ type, hash, until, uses }: StoredInvitation, now: number): void {
    const { insert, removeOld, countPasses, countInvitations, removeFirst } =
      this.#statements;
    removeOld.run("invitation", now);
    removeOld.run("pass", now);
    if (type === "pass") {
      if (Number(countPasses.get()?.["n"]) >= MAX_PASSES) removeFirst.run();
    } else if (Number(countInvitations.get()?.["n"]) >= MAX_INVITATIONS) {
      throw new RangeError(
        `Cannot add an invitation: there are ${MAX_INVITATIONS} valid ones`,
      );
    }
    insert.run(hash, type, until, uses);
  }

  take(
    hash: string,
    now: number,
    passUntil: number,
  ): StoredInvitation["type"] | undefined {
    const { find, use, prolong } = this.#statements;
    // A token that is not valid takes no lock for writing.
    const type = find.get(hash, now)?.["type"];
    if (type === "pass") {
      return prolong.run(passUntil, hash).changes === 0 ? undefined : type;
    }
    // Another process may have used the last one meanwhile.
    if (type !== "invitation" || use.run(hash).changes === 0) return undefined;
    return type;
  }

  giveBack(hash: string): void {
    this.#statements.giveBack.run(hash);
  }

  /** Ends all invitations and passes. */
  clear(): void {
    this.#statements.clear.run();
  }

  [Symbol.dispose](): void {
    if (this.#database.isOpen) this.#database.close();
  }
}

/** Opens or creates a file with invitations. */
export async function openSqliteInvitations(
  path: string,
): Promise<SqliteInvitations> {
  const { DatabaseSync } = await import("node:sqlite");
  let database: DatabaseSync | undefined;
  try {
    await createPrivate(path);
    await narrowToOwner(path, (error) => {
      throw error;
    });
    database = new DatabaseSync(path);
    return new SqliteInvitations(database);
  } catch (error) {
    database?.close();
    if (error instanceof Deno.errors.NotCapable) throw error;
    const what = `Cannot open invitations "${path}"`;
    throw new Error(`${what}: ${messageOf(error)}`, { cause: error });
  }
}

/** Creates the table if there is none, also if two processes do so at once. */
function prepareTable(database: DatabaseSync): void {
  database.exec("BEGIN IMMEDIATE");
  const read = (sql: string) => Number(database.prepare(sql).get()?.["n"]);
  const isEmpty = read("SELECT count(*) AS n FROM sqlite_schema") === 0;
  const id = read("SELECT application_id AS n FROM pragma_application_id");
  if (!isEmpty && id !== APPLICATION_ID) {
    throw new Error("it is the database of another program");
  }
  if (isEmpty) {
    database.exec(TABLE);
    database.exec(`PRAGMA application_id = ${APPLICATION_ID}`);
  }
  database.exec("COMMIT");
}

const STATEMENTS = {
  insert: "INSERT INTO invitation VALUES (?, ?, ?, ?)",
  find: "SELECT type FROM invitation WHERE hash = ? AND until > ? AND uses > 0",
  use: "UPDATE invitation SET uses = uses - 1 WHERE hash = ? AND uses > 0",
  prolong: "UPDATE invitation SET until = ? WHERE hash = ?",
  // Used ones stay until their end, as a use may be given back.
  giveBack: "UPDATE invitation SET uses = uses + 1 WHERE hash = ?",
  // A pass is never used up: the index by end has all that this needs, while
  // a condition on `uses` would have SQLite look up thousands of rows.
  countPasses: "SELECT count(*) AS n FROM invitation WHERE type = 'pass'",
  countInvitations:
    "SELECT count(*) AS n FROM invitation WHERE type = 'invitation' AND uses > 0",
  clear: "DELETE FROM invitation",
  removeOld: "DELETE FROM invitation WHERE type = ? AND until <= ?",
  removeFirst: `DELETE FROM invitation WHERE hash = (
      SELECT hash FROM invitation WHERE type = 'pass' ORDER BY until LIMIT 1
    )`,
};
