import type { DatabaseSync, SQLOutputValue } from "node:sqlite";
import {
  isId,
  MAX_ID,
  MAX_TEXT,
  MAX_TIME,
  readEpoch,
  readMessage,
  readTopic,
} from "./_stored_row.ts";
import { StoreFault, writeFault } from "./_sqlite_errors.ts";
import { LIMITS } from "../room/_limits.ts";
import type { KeptMessage } from "../room/chat_message.ts";
import type { ChatStore, StoredRoom } from "./chat_store.ts";
import { WriteQueue } from "./_write_queue.ts";

/** The options of a {@linkcode SqliteStore}, with defaults. */
export interface SqliteStoreRules {
  readonly onError: (error: unknown) => void;
  readonly maxRooms: number;
}

/** A store in a file: the messages of one turn are written in one transaction. */
export class SqliteStore implements ChatStore, Disposable {
  readonly epoch: string;
  readonly lastMessageId: number;
  readonly lastUserId: number;
  readonly #database: DatabaseSync;
  readonly #rules: SqliteStoreRules;
  readonly #statements: Statements;
  readonly #queue: WriteQueue;
  /** Ids that could not be stored yet, by key. */
  readonly #unsaved = new Map<string, number>();
  #isClosed = false;
  /** The room that was loaded first, which is never deleted. */
  #lobby: string | undefined;

  constructor(database: DatabaseSync, rules: SqliteStoreRules) {
    this.#database = database;
    this.#rules = rules;
    this.#statements = prepare(database);
    this.#queue = new WriteQueue({
      commit: (messages) => this.#commit(messages),
      onError: rules.onError,
    });
    const epoch = readEpoch(this.#meta("epoch"));
    const ids = this.#meta("message-ids");
    const userIds = this.#meta("user-ids");
    if (epoch === undefined || !isId(ids) || !isId(userIds)) {
      throw new StoreFault("it is damaged");
    }
    this.epoch = epoch;
    const highest = this.#statements.highest.get()?.["id"];
    this.lastMessageId = Math.max(ids, isId(highest) ? highest : 0);
    this.lastUserId = userIds;
  }

  reserveMessageIds(last: number): void {
    this.#reserve("message-ids", last);
  }

  reserveUserIds(last: number): void {
    this.#reserve("user-ids", last);
  }

  load(room: string): StoredRoom | undefined {
    if (this.#isClosed) return undefined;
    this.#lobby ??= room;
    this.#queue.flush();
    const stored = this.#read(room);
    const pending = this.#queue.pending.filter((message) =>
      message.room === room
    );
    if (stored === undefined && pending.length === 0) return undefined;
    const { topic = "", messages = [] } = stored ?? {};
    const set = pending.findLast(({ type }) => type === "topic");
    return {
      topic: set?.text ?? topic,
      messages: [...messages, ...pending].slice(-LIMITS.history),
    };
  }

  append(message: KeptMessage): void {
    this.#queue.add(message);
  }

  /** Writes pending messages, and closes the file. It may be called again. */
  [Symbol.dispose](): void {
    if (this.#isClosed) return;
    this.#queue.close();
    this.#trySaveIds();
    this.#isClosed = true;
    this.#database.close();
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
      this.#rules.onError(writeFault(error));
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

  #read(room: string): StoredRoom | undefined {
    try {
      const row = this.#statements.topic.get(room);
      if (row === undefined) return undefined;
      const messages = this.#statements.messages
        .all(room, LIMITS.history)
        .flatMap((row) => readMessage(room, row) ?? []).reverse();
      return { topic: readTopic(row["topic"]), messages };
    } catch (error) {
      this.#rules.onError(error);
      return undefined;
    }
  }

  /** Writes all messages or none, and returns the error. */
  #commit(messages: readonly KeptMessage[]): unknown {
    try {
      this.#saveIds();
      this.#statements.begin.run();
      this.#write(messages);
      this.#statements.commit.run();
      return undefined;
    } catch (error) {
      this.#rollBack();
      return error;
    }
  }

  #write(messages: readonly KeptMessage[]): void {
    const { insert, touch, setTopic, trim, forgetOldest } = this.#statements;
    const rooms = new Map<string, number>();
    for (const { id, time, type, room, user, text } of messages) {
      const { id: userId, nickname } = user;
      insert.run(room, id, time, type, userId, nickname, null, text);
      rooms.set(room, id);
    }
    for (const [room, last] of rooms) {
      touch.run(room, last);
      trim.run(room, room, LIMITS.history);
    }
    for (const { type, room, text } of messages) {
      if (type === "topic") setTopic.run(text, room);
    }
    const lobby = this.#lobby ?? "";
    const { maxRooms } = this.#rules;
    for (const row of forgetOldest.all(lobby, lobby, maxRooms)) {
      this.#statements.forgetMessages.run(String(row["name"]));
    }
  }

  #rollBack(): void {
    try {
      if (this.#database.isTransaction) this.#database.exec("ROLLBACK");
    } catch (error) {
      this.#rules.onError(error);
    }
  }
}

type Statements = ReturnType<typeof prepare>;

function prepare(database: DatabaseSync) {
  return {
    // Errors of exec() have no result code.
    begin: database.prepare("BEGIN IMMEDIATE"),
    commit: database.prepare("COMMIT"),
    meta: database.prepare("SELECT value FROM meta WHERE key = ?"),
    setMeta: database.prepare("UPDATE meta SET value = ? WHERE key = ?"),
    highest: database.prepare(
      `SELECT max(id) AS id FROM message WHERE id <= ${MAX_ID}`,
    ),
    topic: database.prepare(
      "SELECT substr(topic, 1, 1000) AS topic FROM room WHERE name = ?",
    ),
    messages: database.prepare(
      `SELECT id, time, type, user, substr(nickname, 1, 200) AS nickname,
        substr(text, 1, ${MAX_TEXT}) AS text
      FROM message WHERE room = ?1 AND id BETWEEN 0 AND ${MAX_ID}
        AND user BETWEEN 0 AND ${MAX_ID}
        AND time BETWEEN -${MAX_TIME} AND ${MAX_TIME}
      ORDER BY id DESC LIMIT ?2`,
    ),
    insert: database.prepare(
      "INSERT OR REPLACE INTO message VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
    ),
    touch: database.prepare(
      "INSERT INTO room VALUES (?, '', ?) ON CONFLICT DO UPDATE SET last = excluded.last",
    ),
    setTopic: database.prepare("UPDATE room SET topic = ? WHERE name = ?"),
    trim: database.prepare(
      `DELETE FROM message WHERE room = ? AND id <= (
        SELECT id FROM message WHERE room = ?
        ORDER BY id DESC LIMIT 1 OFFSET ?
      )`,
    ),
    forgetOldest: database.prepare(
      `DELETE FROM room WHERE name <> ? AND name IN (
        SELECT name FROM room WHERE name <> ?
        ORDER BY last DESC LIMIT -1 OFFSET ?
      ) RETURNING name`,
    ),
    forgetMessages: database.prepare("DELETE FROM message WHERE room = ?"),
  };
}
