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
import { fileFault } from "./_sqlite_errors.ts";
import { checkIntegrity } from "./_sqlite_check.ts";
import { prepareSchema, requireEpoch, takeOver } from "./_sqlite_schema.ts";
import { readEpoch } from "./_stored_row.ts";
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
  /** How many messages are kept, and for how long. */
  keep?: KeepOptions;
  /**
   * The name of the log whose messages are stored, for servers that apply a common
   * log. A file without rooms takes it; one of another log is refused. Without this
   * option, a file has an epoch of its own.
   */
  epoch?: string;
}

/**
 * How much history a file of {@linkcode openSqliteStore} keeps. Older messages are
 * deleted in small steps, up to 256 at a time, so that there may be that many more
 * for a while. The file does not shrink; its space is used again.
 *
 * @example Usage
 * ```ts
 * import { type KeepOptions, openSqliteStore } from "@vnet/net/chat";
 * import { assertEquals } from "@std/assert";
 *
 * const keep: KeepOptions = { days: 365, messages: 100_000 };
 * using store = await openSqliteStore(":memory:", { keep });
 * assertEquals(store.lastMessageId, 0);
 * ```
 */
export interface KeepOptions {
  /**
   * Days from a message to its deletion, which is looked for once an hour.
   *
   * @default {Infinity}
   */
  days?: number;
  /**
   * The most messages of a room.
   *
   * @default {10000}
   */
  messages?: number;
  /**
   * The most private messages, those of all users together.
   *
   * @default {100000}
   */
  privateMessages?: number;
}

const CHECKS: OptionChecks<SqliteStoreOptions> = {
  onError: isType("function"),
  maxRooms: isCount(0),
  keep: (value) => checkOptions(value as KeepOptions, KEEP_CHECKS),
  epoch: isEpoch,
};

const KEEP_CHECKS: OptionChecks<KeepOptions> = {
  days: isCount(1),
  messages: isCount(0),
  privateMessages: isCount(0),
};

const DAY = 24 * 60 * 60 * 1000;

/**
 * Opens or creates a file that stores the messages and the topic of each room,
 * private messages, an index to search them, and the sequences of ids, so that a
 * server continues after a restart. It is an SQLite database, with further files
 * (`-wal`, and maybe `-shm`) while it is open. Only the owner can read and write
 * them: wider permissions of files that exist are narrowed. The content is not
 * trusted: texts and names are cleaned and cut as those of users are. A file of
 * an older version is upgraded, all of it or nothing.
 *
 * The messages of one turn of the event loop are written before the turn ends,
 * without a disk flush: a killed process loses none of them, and the file stays
 * consistent. If the machine fails, the last messages may be lost, but ids are not
 * used twice even then. Only one server can open the file at a time. Needs
 * permission to read and write it.
 *
 * A file of up to 64 MiB is checked for damage as a whole. Of a larger one, the small
 * tables are; the others are read in the background within minutes, and damage is
 * reported to `onError`. Neither finds a text that was changed in place.
 *
 * `backup` copies the store to a file that `openSqliteStore` opens; the event loop
 * does not wait for it. Changes are kept in the `-wal` file meanwhile. The copy has
 * another epoch, so that clients do not take its messages for those that had their
 * ids; a store with the option `epoch` keeps it, as the log has the missing part. The
 * folder must be writable, and its file system have hard links.
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
): Promise<Required<ChatStore> & Disposable> {
  checkOptions(options, CHECKS);
  const { onError = () => {}, maxRooms = 1_000, keep = {}, epoch } = options;
  const { days = Infinity, messages = 10_000, privateMessages = 100_000 } =
    keep;
  const { DatabaseSync } = await import("node:sqlite");
  let database: DatabaseSync | undefined;
  try {
    await createPrivate(path);
    database = new DatabaseSync(path);
    const found = takeOver(database);
    const isChecked = checkIntegrity(database);
    prepareSchema(database, found);
    if (epoch !== undefined) requireEpoch(database, epoch);
    const report = (error: unknown) =>
      callHandler("onError of openSqliteStore()", onError, error);
    await narrowToOwner(path, report);
    return new SqliteStore(database, {
      path,
      onError: report,
      maxRooms,
      keep: { age: days * DAY, messages, privateMessages },
      hasLog: epoch !== undefined,
      isUnchecked: !isChecked,
    });
  } catch (error) {
    database?.close();
    throw fileFault(`Cannot open chat file "${path}"`, error);
  }
}

function isEpoch(value: unknown): void {
  if (readEpoch(value) !== undefined) return;
  throw new TypeError(
    'Cannot use epoch: expected 1 to 64 letters, digits, or characters of "-_.:+"',
  );
}
