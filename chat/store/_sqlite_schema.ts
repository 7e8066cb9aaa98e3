import type { DatabaseSync } from "node:sqlite";
import { StoreFault } from "./_sqlite_errors.ts";

/** What tells the file of a chat from those of other programs: "vchT". */
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
 * Makes sure that nobody else has the file: two servers would give out the same
 * ids. The lock is the system's, and ends with the process.
 */
export function takeOver(database: DatabaseSync): void {
  database.exec("PRAGMA locking_mode = EXCLUSIVE");
  // Reads the file, and says so if it is no database, before it is changed.
  requireOwn(database);
  database.exec("PRAGMA journal_mode = WAL");
  // In this mode a commit is a write without a flush: it outlives the process,
  // and the file is whole even when the machine fails. Only ids, which must not
  // be given out twice even then, are flushed.
  database.exec("PRAGMA synchronous = NORMAL");
}

/** Makes the tables if there are none. */
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

/** Looks the file over, so that damage is found now and not in the middle. */
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
  if (version <= VERSION) return;
  throw new StoreFault(
    `it has version ${version}, and this program knows versions up to ${VERSION}`,
  );
}

function readPragma(
  database: DatabaseSync,
  name: "application_id" | "user_version",
): number {
  return Number(database.prepare(`PRAGMA ${name}`).get()?.[name]);
}
