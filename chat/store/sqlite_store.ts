import type { DatabaseSync } from "node:sqlite";
import {
  checkOptions,
  isCount,
  isType,
  type OptionChecks,
} from "../../internal/check_options.ts";
import { callHandler } from "../_handlers.ts";
import { SqliteStore } from "./_sqlite_store.ts";
import { createPrivate, narrowToOwner } from "./_private_file.ts";
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
   * Called when writing fails, for example on a full disk. As many messages as fit
   * are written; the others wait, up to 10,000 of them, and writing is tried again
   * after a second, and then at growing intervals of up to 30 seconds. By default,
   * such failures are ignored.
   */
  onError?: (error: unknown) => void;
  /**
   * The most stored rooms, beside the lobby; beyond that, the room with the oldest
   * last message is deleted.
   *
   * @default {1000}
   */
  maxRooms?: number;
}

const CHECKS: OptionChecks<SqliteStoreOptions> = {
  onError: isType("function"),
  maxRooms: isCount(0),
};

/**
 * Opens or creates a file that stores the last 100 messages and the topic of each
 * room, and the sequences of ids, so that a server continues after a restart. It is
 * an SQLite database, with further files (`-wal`, and maybe `-shm`) while it is
 * open. Only the owner can read and write them: wider permissions of files that
 * exist are narrowed. What the file says is not trusted: texts and names are cleaned
 * and cut as those of users are.
 *
 * The messages of one turn of the event loop are written before the turn ends,
 * without a disk flush: a killed process loses none of them, and the file stays
 * consistent. If the machine fails, the last messages may be lost, but ids are not
 * used twice even then. Only one server can open the file at a time. Needs
 * permission to read and write it.
 *
 * @param path The path of the file.
 * @param options Failures and limits.
 * @returns The store, which the caller disposes of after its last use.
 * @throws {TypeError | RangeError} If an option is not valid.
 * @throws {Error} If the file can't be opened, is not a database, belongs to another
 * program or a newer version, is damaged, or is open elsewhere.
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
  options: SqliteStoreOptions = {},
): Promise<ChatStore & Disposable> {
  checkOptions(options, CHECKS);
  const { onError = () => {}, maxRooms = 1_000 } = options;
  const { DatabaseSync } = await import("node:sqlite");
  let database: DatabaseSync | undefined;
  try {
    await createPrivate(path);
    database = new DatabaseSync(path);
    takeOver(database);
    prepareSchema(database);
    checkIntegrity(database);
    const report = (error: unknown) =>
      callHandler("onError of openSqliteStore()", onError, error);
    await narrowToOwner(path, report);
    return new SqliteStore(database, { onError: report, maxRooms });
  } catch (error) {
    database?.close();
    throw refusalOf(path, error);
  }
}
