import type { DatabaseSync } from "node:sqlite";
import { OLD_TABLES, upgrade } from "./_sqlite_upgrade.ts";
import { StoreFault } from "./_sqlite_errors.ts";
import { readEpoch } from "./_stored_row.ts";
import { Transactions } from "./_transaction.ts";

/** Marks the file of a chat: "vchT". */
const APPLICATION_ID = 0x76636854;

/** The version of the tables. */
const VERSION = 2;

/**
 * The tables. All messages have ids in one order. Private messages belong to the
 * room with the empty name; a room without a name is deleted, as soon as its
 * messages are. `words` is the index for the search: `place` has a word for the room
 * and one for each owner, so that a search looks at no message of others.
 */
const TABLES = `
  CREATE TABLE meta (
    key TEXT PRIMARY KEY,
    value ANY NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE room (
    id INTEGER PRIMARY KEY,
    name TEXT UNIQUE,
    topic TEXT NOT NULL,
    last INTEGER NOT NULL,
    count INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE message (
    id INTEGER PRIMARY KEY,
    room INTEGER NOT NULL,
    time INTEGER NOT NULL,
    type TEXT NOT NULL CHECK (type IN ('said', 'action', 'topic', 'private')),
    user INTEGER NOT NULL,
    nickname TEXT NOT NULL,
    text TEXT NOT NULL,
    reply_to INTEGER,
    edited INTEGER,
    to_user INTEGER,
    to_nickname TEXT,
    author_key TEXT CHECK (length(author_key) BETWEEN 1 AND 64),
    recipient_key TEXT CHECK (length(recipient_key) BETWEEN 1 AND 64)
  ) STRICT;
  CREATE INDEX message_by_room ON message (room);
  CREATE INDEX message_by_time ON message (time);
  CREATE INDEX message_by_author ON message (author_key)
    WHERE author_key IS NOT NULL;
  CREATE INDEX message_by_recipient ON message (recipient_key)
    WHERE recipient_key IS NOT NULL;
  CREATE VIRTUAL TABLE words USING fts5 (
    place, text,
    content = '', contentless_delete = 1, tokenize = 'ascii', prefix = 1
  );
`;

/** The tables that FTS5 makes for `words`, as it likes. */
const INDEX_TABLES = "name GLOB 'words_*' AND type = 'table'";

/** A file that is ready to be taken over. */
export interface FoundFile {
  /** The version of its tables; 0 if it is empty. */
  readonly version: number;
}

/**
 * Locks the file, as two servers would use the same ids. The lock ends with the
 * process.
 *
 * @throws {StoreFault} If it is not the file of a chat.
 */
export function takeOver(database: DatabaseSync): FoundFile {
  database.exec("PRAGMA locking_mode = EXCLUSIVE");
  // A file that somebody has changed must not call functions.
  database.exec("PRAGMA trusted_schema = OFF");
  // Sorting must not make files elsewhere.
  database.exec("PRAGMA temp_store = MEMORY");
  // Reads the file before it is changed: it may not be a database.
  const version = requireOwn(database);
  database.exec("PRAGMA journal_mode = WAL");
  // A commit is a write without a flush: it survives a crash of the process, and
  // the file stays consistent even if the machine fails. Only ids are flushed, as
  // they must not be used twice even then.
  database.exec("PRAGMA synchronous = NORMAL");
  return { version };
}

/** Creates the tables if there are none, and upgrades those of version 1. */
export function prepareSchema(
  database: DatabaseSync,
  { version }: FoundFile,
): void {
  if (version === VERSION) return;
  new Transactions(database).run(() => {
    if (version === 0) create(database);
    else upgrade(database, TABLES);
    database.exec(`
      PRAGMA application_id = ${APPLICATION_ID};
      PRAGMA user_version = ${VERSION};
    `);
  });
}

/**
 * Makes an empty file one of an epoch.
 *
 * @throws {StoreFault} If it has messages of another epoch.
 */
export function requireEpoch(database: DatabaseSync, epoch: string): void {
  const found = database.prepare("SELECT value FROM meta WHERE key = 'epoch'")
    .get()?.["value"];
  if (found === epoch) return;
  const isEmpty = database.prepare(
    "SELECT NOT EXISTS (SELECT 1 FROM room) AS is_empty",
  ).get()?.["is_empty"] === 1;
  if (!isEmpty) {
    throw new StoreFault(
      `it belongs to another chat, whose log is "${
        readEpoch(found) ?? "?"
      }" and not "${epoch}": move it away to keep it, and a new file is filled from the log`,
    );
  }
  const set = database.prepare("UPDATE meta SET value = ? WHERE key = ?");
  set.run(epoch, "epoch");
  for (const key of ["message-ids", "user-ids", "position"]) set.run(0, key);
}

function create(database: DatabaseSync): void {
  database.exec(TABLES);
  const insert = database.prepare("INSERT INTO meta VALUES (?, ?)");
  insert.run("epoch", crypto.randomUUID());
  for (const key of ["message-ids", "user-ids", "position"]) insert.run(key, 0);
}

/** Returns the version of the tables; 0 if there are none. */
function requireOwn(database: DatabaseSync): number {
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
  if (tables?.["n"] === 0 && version === 0) return 0;
  const expected = new Map([[1, OLD_TABLES], [VERSION, TABLES]]).get(version);
  if (expected === undefined || !hasOwnTables(database, expected)) {
    throw new StoreFault("its tables are not those of a chat");
  }
  return version;
}

/** Whether there are the tables of a chat, and no triggers or views. */
function hasOwnTables(database: DatabaseSync, tables: string): boolean {
  const rows = database.prepare(
    `SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL AND NOT (${INDEX_TABLES})`,
  ).all();
  const inOneLine = (sql: unknown) => String(sql).replace(/\s+/g, " ").trim();
  const expected = tables.split(";").map(inOneLine).filter((sql) => sql !== "");
  const found = rows.map(({ sql }) => inOneLine(sql));
  return found.toSorted().join(";") === expected.toSorted().join(";");
}

function readPragma(
  database: DatabaseSync,
  name: "application_id" | "user_version",
): number {
  return Number(database.prepare(`PRAGMA ${name}`).get()?.[name]);
}
