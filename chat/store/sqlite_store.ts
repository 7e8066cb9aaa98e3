import type { DatabaseSync } from "node:sqlite";
import { SqliteStore } from "./_sqlite_store.ts";
import { refusalOf } from "./_sqlite_errors.ts";
import { checkIntegrity, prepareSchema, takeOver } from "./_sqlite_schema.ts";
import type { ChatStore } from "./chat_store.ts";

/**
 * Options for {@linkcode openSqliteStore}.
 *
 * @example Usage
 * ```ts
 * import type { SqliteStoreOptions } from "@vnet/net/chat";
 * import { assertEquals } from "@std/assert";
 *
 * const options: SqliteStoreOptions = { maxRooms: 10 };
 * assertEquals(options.maxRooms, 10);
 * ```
 */
export interface SqliteStoreOptions {
  /**
   * Told when something could not be written, for example to a full disk. What
   * could not be written is tried again with what comes next. By default,
   * nobody is told.
   */
  onError?: (error: unknown) => void;
  /**
   * The most rooms that are kept beside the lobby; beyond it, the one where
   * nothing was said for the longest time is forgotten.
   *
   * @default {1000}
   */
  maxRooms?: number;
}

/**
 * Opens a file that keeps what is said in a chat, or makes it: the last 100
 * messages and the topic of each room, and the sequence of all ids, so that a
 * server that stops and starts again goes on where it was. It is an SQLite
 * database, with two files beside it (`-wal`, and maybe `-shm`) while it is open.
 *
 * What comes in one turn of the event loop is written together before the turn
 * ends. That costs no disk flush: a process that is killed loses nothing of it,
 * and the file stays whole; when the machine itself fails, the last moments may
 * be lost, though ids are not given out twice even then. One server at a time has
 * the file. Needs permission to read and write it.
 *
 * @param path Where the file is.
 * @param options What else to know.
 * @returns The store, which the caller disposes of after its last use.
 * @throws {Error} If the file can't be opened, is no database, is one of another
 * program or of a newer version of this one, is damaged, or is open elsewhere.
 *
 * @example Usage
 * ```ts
 * import { ChatRoom, openSqliteStore } from "@vnet/net/chat";
 * import { assertEquals } from "@std/assert";
 *
 * using store = await openSqliteStore(":memory:");
 * const room = new ChatRoom({ store });
 * assertEquals(room.epoch, store.epoch);
 * ```
 */
export async function openSqliteStore(
  path: string,
  { onError = () => {}, maxRooms = 1_000 }: SqliteStoreOptions = {},
): Promise<ChatStore & Disposable> {
  const { DatabaseSync } = await import("node:sqlite");
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(path);
    takeOver(database);
    prepareSchema(database);
    checkIntegrity(database);
    return new SqliteStore(database, { onError, maxRooms });
  } catch (error) {
    database?.close();
    throw refusalOf(path, error);
  }
}
