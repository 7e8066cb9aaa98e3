import type { DatabaseSync } from "node:sqlite";
import { StoreFault } from "./_sqlite_errors.ts";

/** Marks the file of a chat: "vchT". */
const APPLICATION_ID = 0x76636854;

/** The version of the tables. */
const VERSION = 1;

const TABLES = `
  CREATE TABLE meta (
    key TEXT PRIMARY KEY,
    value ANY NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE room (
    name TEXT PRIMARY KEY,
    topic TEXT NOT NULL,
    last INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX room_by_last ON room (last);
  CREATE TABLE message (
    room TEXT NOT NULL,
    id INTEGER NOT NULL,
    time INTEGER NOT NULL,
    type TEXT NOT NULL CHECK (type IN ('said', 'action', 'topic')),
    user INTEGER NOT NULL,
    nickname TEXT NOT NULL,
    origin TEXT,
    text TEXT NOT NULL,
    PRIMARY KEY (room, id)
  ) STRICT, WITHOUT ROWID;
`;

/**
 * Locks the file, as two servers would use the same ids. The lock ends with the
 * process.
 */
export function takeOver(database: DatabaseSync): void {
  database.exec("PRAGMA locking_mode = EXCLUSIVE");
  // A file that somebody has changed must not call functions.
  database.exec("PRAGMA trusted_schema = OFF");
  // Reads the file before it is changed: it may not be a database.
  requireOwn(database);
  database.exec("PRAGMA journal_mode = WAL");
  // A commit is a write without a flush: it survives a crash of the process, and
  // the file stays consistent even if the machine fails. Only ids are flushed, as
  // they must not be used twice even then.
  database.exec("PRAGMA synchronous = NORMAL");
}

/** Creates the tables if there are none. */
export function prepareSchema(database: DatabaseSync): void {
  if (readPragma(database, "user_version") === VERSION) return;
  database.exec(`
    BEGIN EXCLUSIVE;
    ${TABLES}
    PRAGMA application_id = ${APPLICATION_ID};
    PRAGMA user_version = ${VERSION};
  `);
  const insert = database.prepare("INSERT INTO meta VALUES (?, ?)");
  insert.run("epoch", crypto.randomUUID());
  insert.run("message-ids", 0);
  insert.run("user-ids", 0);
  database.exec("COMMIT");
}

/** Checks the file, so that damage is found now and not later. */
export function checkIntegrity(database: DatabaseSync): void {
  const row = database.prepare("PRAGMA quick_check(1)").get();
  if (row?.["quick_check"] !== "ok") throw new StoreFault("it is damaged");
}

function requireOwn(database: DatabaseSync): void {
  const tables = database.prepare("SELECT count(*) AS n FROM sqlite_schema")
    .get();
  const id = readPragma(database, "application_id");
  if (tables?.["n"] !== 0 && id !== APPLICATION_ID) {
    throw new StoreFault("it is the database of another program");
  }
  const version = readPragma(database, "user_version");
  if (version > VERSION) {
    throw new StoreFault(
      `it has version ${version}, and this program knows versions up to ${VERSION}`,
    );
  }
  const isEmpty = tables?.["n"] === 0 && version !== VERSION;
  if (!isEmpty && (version !== VERSION || !hasOwnTables(database))) {
    throw new StoreFault("its tables are not those of a chat");
  }
}

/** Whether there are the tables of a chat, and no triggers or views. */
function hasOwnTables(database: DatabaseSync): boolean {
  const rows = database.prepare(
    "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL",
  ).all();
  const inOneLine = (sql: unknown) => String(sql).replace(/\s+/g, " ").trim();
  const expected = TABLES.split(";").map(inOneLine).filter((sql) => sql !== "");
  const found = rows.map(({ sql }) => inOneLine(sql));
  return found.toSorted().join(";") === expected.toSorted().join(";");
}

function readPragma(
  database: DatabaseSync,
  name: "application_id" | "user_version",
): number {
  return Number(database.prepare(`PRAGMA ${name}`).get()?.[name]);
}
