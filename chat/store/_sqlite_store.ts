import type { DatabaseSync, SQLOutputValue } from "node:sqlite";
import type { WaitOptions } from "../../internal/wait/wait_options.ts";
import { LIMITS } from "../room/_limits.ts";
import type { KeptMessage } from "../room/chat_message.ts";
import { BackgroundSteps } from "./_background_steps.ts";
import type { SearchPage, SearchQuery } from "./chat_search.ts";
import type { ChatStore, StoredRoom } from "./chat_store.ts";
import { HistorySweep, type KeepRules, slackOf } from "./_history_sweep.ts";
import {
  pendingTopic,
  withPending,
  withPendingPrivate,
} from "./_pending_history.ts";
import { SqliteBackup } from "./_sqlite_backup.ts";
import { DamageScan } from "./_sqlite_check.ts";
import { fileFault, StoreFault } from "./_sqlite_errors.ts";
import { SqliteReader } from "./_sqlite_reader.ts";
import {
  LOCK_PREFIX,
  PRIVATE_ROOM,
  SqliteWriter,
  type StoreWrite,
} from "./_sqlite_writer.ts";
import { isId, MAX_ID, readEpoch } from "./_stored_row.ts";
import type {
  HistoryPage,
  MessageOwners,
  StoredPrivateMessage,
} from "./stored_message.ts";
import { Transactions } from "./_transaction.ts";
import { WriteQueue } from "./_write_queue.ts";
import { prepareAll, type Statements } from "./_statements.ts";

/** Milliseconds between two looks at messages that are too old. */
const SWEEP_INTERVAL = 60 * 60 * 1000;

/** The options of a {@linkcode SqliteStore}, with defaults. */
export interface SqliteStoreRules {
  /** The path of the file. */
  readonly path: string;
  readonly onError: (error: unknown) => void;
  readonly maxRooms: number;
  readonly keep: KeepRules;
  /** Whether the epoch is that of a log, which copies have too. */
  readonly hasLog: boolean;
  /** Whether the file has to be searched for damage. */
  readonly isUnchecked: boolean;
}

/** A store in a file: the messages of one turn are written in one transaction. */
export class SqliteStore implements ChatStore, Disposable {
  readonly epoch: string;
  readonly lastMessageId: number;
  readonly lastUserId: number;
  readonly lockedRooms: readonly string[];
  readonly #database: DatabaseSync;
  readonly #rules: SqliteStoreRules;
  readonly #statements: Statements<typeof STATEMENTS>;
  readonly #transactions: Transactions;
  readonly #reader: SqliteReader;
  readonly #writer: SqliteWriter;
  readonly #queue: WriteQueue<StoreWrite>;
  readonly #backup: SqliteBackup;
  readonly #sweep: BackgroundSteps;
  /** Looks for damage in a large file. */
  readonly #scan: BackgroundSteps | undefined;
  /** Ids that could not be stored yet, by key. */
  readonly #unsaved = new Map<string, number>();
  #position: number;
  #isClosed = false;
  /** The room that was loaded first, which is never deleted. */
  #lobby: string | undefined;

  constructor(database: DatabaseSync, rules: SqliteStoreRules) {
    const { onError, maxRooms, keep } = rules;
    this.#database = database;
    this.#rules = rules;
    this.#statements = prepareAll(database, STATEMENTS);
    this.#transactions = new Transactions(database);
    this.#reader = new SqliteReader(database);
    this.#writer = new SqliteWriter(database, {
      maxRooms,
      maxMessages: keep.messages + slackOf(keep.messages),
      maxPrivateMessages: keep.privateMessages + slackOf(keep.privateMessages),
    });
    this.#queue = new WriteQueue({
      commit: (writes) => this.#commit(writes),
      onError,
    });
    const epoch = readEpoch(this.#meta("epoch"));
    const ids = this.#meta("message-ids");
    const userIds = this.#meta("user-ids");
    const position = this.#meta("position");
    const isWhole = isId(ids) && isId(userIds) && isId(position) &&
      this.#statements.badRoom.get() === undefined;
    if (epoch === undefined || !isWhole) throw new StoreFault("it is damaged");
    this.epoch = epoch;
    const highest = this.#statements.highest.get()?.["id"];
    this.lastMessageId = Math.max(ids, isId(highest) ? highest : 0);
    this.lastUserId = userIds;
    this.lockedRooms = this.#statements.locks.all(LOCK_PREFIX)
      .map(({ key }) => String(key).slice(LOCK_PREFIX.length));
    this.#position = position;
    const sweep = new HistorySweep(database, keep);
    this.#sweep = new BackgroundSteps({
      step: () => sweep.step(Date.now()),
      onError: (error) => onError(fileFault("Cannot write chat file", error)),
      interval: keep.age < Infinity ? SWEEP_INTERVAL : Infinity,
    });
    this.#scan = rules.isUnchecked ? this.#scanDamage(database) : undefined;
    // Nothing fails any more after it has opened the file.
    this.#backup = new SqliteBackup(database, rules.path);
    this.#sweep.start();
    this.#scan?.start();
  }

  get position(): number {
    return this.#position;
  }

  reserveMessageIds(last: number): void {
    this.#reserve("message-ids", last);
  }

  reserveUserIds(last: number): void {
    this.#reserve("user-ids", last);
  }

  load(room: string): StoredRoom | undefined {
    this.#lobby ??= room;
    const stored = this.#read(() => this.#reader.load(room), undefined);
    const pending = this.#queue.pending;
    const messages = withPending(stored?.messages ?? [], pending, room);
    if (stored === undefined && messages.length === 0) return undefined;
    return {
      topic: pendingTopic(pending, room) ?? stored?.topic ?? "",
      messages: messages.slice(-LIMITS.history),
    };
  }

  before(room: string, id: number, limit: number): HistoryPage {
    const page = this.#read(
      () => this.#reader.before(room, id, limit),
      NO_MESSAGES,
    );
    const messages = withPending(page.messages, this.#queue.pending, room);
    return pageBefore(id, limit, messages, page.complete);
  }

  privateBefore(
    owner: string,
    id: number,
    limit: number,
  ): HistoryPage<StoredPrivateMessage> {
    const page = this.#read(
      () => this.#reader.privateBefore(owner, id, limit),
      NO_MESSAGES,
    );
    const { pending } = this.#queue;
    const messages = withPendingPrivate(page.messages, pending, owner);
    return pageBefore(id, limit, messages, page.complete);
  }

  oldest(room: string): number | undefined {
    return this.#read(() => this.#reader.oldest(room), undefined);
  }

  search(query: SearchQuery): SearchPage {
    return this.#read(() => this.#reader.search(query), NO_MESSAGES);
  }

  append(message: KeptMessage): void {
    this.#queue.add({ type: "message", message });
  }

  appendPrivate(message: StoredPrivateMessage, owners: MessageOwners): void {
    if (owners.author === undefined && owners.recipient === undefined) return;
    this.#queue.add({ type: "private", message, owners });
  }

  change(room: string, id: number, text: string, edit: number): void {
    if (room === PRIVATE_ROOM) return;
    this.#queue.add({ type: "change", room, id, text, edit });
  }

  changePrivate(id: number, text: string, edit: number): void {
    this.#queue.add({ type: "change", room: PRIVATE_ROOM, id, text, edit });
  }

  lock(room: string, isOn: boolean): void {
    this.#queue.add({ type: "lock", room, isOn });
  }

  forget(room: string): void {
    this.#queue.add({ type: "forget", room });
  }

  advance(position: number): void {
    this.#queue.add({ type: "position", position });
  }

  async backup(path: string, wait: WaitOptions = {}): Promise<void> {
    this.#queue.flush();
    // Ids of messages after the backup are used again. Clients see that by another
    // epoch; with a log, the same messages get them.
    const epoch = this.#rules.hasLog ? this.epoch : crypto.randomUUID();
    await this.#backup.copyTo(path, epoch, wait);
  }

  /** Writes pending messages, and closes the file. It may be called again. */
  [Symbol.dispose](): void {
    if (this.#isClosed) return;
    this.#sweep.stop();
    this.#scan?.stop();
    this.#queue.close();
    this.#trySaveIds();
    this.#isClosed = true;
    this.#database.close();
    this.#backup[Symbol.dispose]();
  }

  #scanDamage(database: DatabaseSync): BackgroundSteps {
    const scan = new DamageScan(database);
    const steps = new BackgroundSteps({
      step: () => scan.step(),
      onError: (error) => {
        steps.stop();
        this.#rules.onError(fileFault("Cannot read chat file", error));
      },
      interval: Infinity,
    });
    return steps;
  }

  #meta(key: string): SQLOutputValue | undefined {
    return this.#statements.meta.get(key)?.["value"];
  }

  #reserve(key: string, last: number): void {
    if (this.#isClosed) return;
    this.#unsaved.set(key, last);
    this.#trySaveIds();
  }

  #trySaveIds(): void {
    try {
      this.#saveIds();
    } catch (error) {
      this.#rules.onError(fileFault("Cannot write chat file", error));
    }
  }

  /**
   * Stores the reserved ids, also those for which this has failed before. It flushes
   * to disk, so that an id is not used again even if the machine fails.
   */
  #saveIds(): void {
    if (this.#unsaved.size === 0) return;
    this.#database.exec("PRAGMA synchronous = FULL");
    try {
      for (const [key, last] of this.#unsaved) {
        this.#statements.setMeta.run(last, key);
        this.#unsaved.delete(key);
      }
    } finally {
      this.#database.exec("PRAGMA synchronous = NORMAL");
    }
  }

  /** Reads after all writes, as far as they are possible. */
  #read<T>(read: () => T, failed: T): T {
    if (this.#isClosed) return failed;
    this.#queue.flush();
    try {
      return read();
    } catch (error) {
      this.#rules.onError(fileFault("Cannot read chat file", error));
      return failed;
    }
  }

  /** Writes all or nothing, and returns the error. */
  #commit(writes: readonly StoreWrite[]): unknown {
    try {
      this.#saveIds();
      this.#position = this.#transactions.run(() => this.#write(writes));
      return undefined;
    } catch (error) {
      return error;
    }
  }

  /** Writes, and returns the position after it. */
  #write(all: readonly StoreWrite[]): number {
    // The file is not complete up to any later position if a message is missing.
    const writes = this.#queue.hasDropped
      ? all.filter(({ type }) => type !== "position")
      : all;
    if (this.#writer.write(writes, this.#lobby ?? "")) this.#sweep.start();
    const last = writes.findLast((write) => write.type === "position");
    return last?.position ?? this.#position;
  }
}

const NO_MESSAGES = { messages: [], complete: true };

/** Cuts the newest messages of a page, with those that are not written yet. */
function pageBefore<Message extends { readonly id: number }>(
  before: number,
  limit: number,
  messages: readonly Message[],
  isComplete: boolean,
): HistoryPage<Message> {
  const all = messages.filter(({ id }) => id < before);
  const page = all.slice(-limit);
  return { messages: page, complete: isComplete && page.length === all.length };
}

const STATEMENTS = {
  meta: "SELECT value FROM meta WHERE key = ?",
  locks: "SELECT key FROM meta WHERE substr(key, 1, length(?1)) = ?1",
  setMeta: "UPDATE meta SET value = ? WHERE key = ?",
  highest:
    `SELECT id FROM message WHERE id <= ${MAX_ID} ORDER BY id DESC LIMIT 1`,
  badRoom: `SELECT 1 FROM room WHERE id NOT BETWEEN 1 AND ${MAX_ID}
      OR last NOT BETWEEN 0 AND ${MAX_ID}
      OR count NOT BETWEEN 0 AND ${MAX_ID} LIMIT 1`,
};
