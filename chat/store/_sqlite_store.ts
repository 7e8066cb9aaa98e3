import type { DatabaseSync, SQLOutputValue } from "node:sqlite";
import { isConstraint } from "./_sqlite_errors.ts";
import { LIMITS } from "../room/_limits.ts";
import type { KeptMessage } from "../room/chat_message.ts";
import type { ChatStore, StoredRoom } from "./chat_store.ts";

/** The most messages that are kept in memory while writing fails. */
const MAX_PENDING = 10_000;

/** The options of a {@linkcode SqliteStore}, with defaults. */
export interface SqliteStoreRules {
  readonly onError: (error: unknown) => void;
  readonly maxRooms: number;
}

type Row = Record<string, SQLOutputValue>;

/** A store in a file: the messages of one turn are written in one transaction. */
export class SqliteStore implements ChatStore, Disposable {
  readonly epoch: string;
  readonly lastMessageId: number;
  readonly lastUserId: number;
  readonly #database: DatabaseSync;
  readonly #rules: SqliteStoreRules;
  readonly #statements: Statements;
  #pending: KeptMessage[] = [];
  #isScheduled = false;
  #isClosed = false;
  /** The room that was loaded first, which is never deleted. */
  #lobby: string | undefined;

  constructor(database: DatabaseSync, rules: SqliteStoreRules) {
    this.#database = database;
    this.#rules = rules;
    this.#statements = prepare(database);
    this.epoch = String(this.#meta("epoch"));
    this.lastMessageId = Number(this.#meta("message-ids"));
    this.lastUserId = Number(this.#meta("user-ids"));
  }

  reserveMessageIds(last: number): void {
    this.#reserve("message-ids", last);
  }

  reserveUserIds(last: number): void {
    this.#reserve("user-ids", last);
  }

  load(room: string): StoredRoom | undefined {
    this.#lobby ??= room;
    this.#flush();
    try {
      const row = this.#statements.topic.get(room);
      if (row === undefined) return undefined;
      const messages = this.#statements.messages.all(room, LIMITS.history)
        .map((row) => messageOf(room, row)).reverse();
      return { topic: String(row["topic"]), messages };
    } catch (error) {
      this.#rules.onError(error);
      return undefined;
    }
  }

  append(message: KeptMessage): void {
    if (this.#isClosed) return;
    this.#pending.push(message);
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    queueMicrotask(() => this.#flush());
  }

  /** Writes pending messages, and closes the file. It may be called again. */
  [Symbol.dispose](): void {
    if (this.#isClosed) return;
    this.#flush();
    this.#isClosed = true;
    this.#database.close();
  }

  #meta(key: string): SQLOutputValue | undefined {
    return this.#statements.meta.get(key)?.["value"];
  }

  /** Flushes to disk, so that an id is not used again even if the machine fails. */
  #reserve(key: string, last: number): void {
    if (this.#isClosed) return;
    try {
      this.#database.exec("PRAGMA synchronous = FULL");
      this.#statements.setMeta.run(last, key);
      this.#database.exec("PRAGMA synchronous = NORMAL");
    } catch (error) {
      this.#rules.onError(error);
    }
  }

  #flush(): void {
    this.#isScheduled = false;
    const messages = this.#pending;
    if (messages.length === 0 || this.#isClosed) return;
    this.#pending = [];
    const error = this.#commit(messages);
    if (error === undefined) return;
    this.#rules.onError(error);
    if (!isConstraint(error)) {
      this.#pending = messages.slice(-MAX_PENDING);
      return;
    }
    // A message that violates a constraint must not block the others.
    for (const message of messages) this.#commit([message]);
  }

  /** Writes all messages or none, and returns the error. */
  #commit(messages: readonly KeptMessage[]): unknown {
    try {
      this.#database.exec("BEGIN IMMEDIATE");
      this.#write(messages);
      this.#database.exec("COMMIT");
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
      const { id: userId, nickname, origin = null } = user;
      insert.run(room, id, time, type, userId, nickname, origin, text);
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
    meta: database.prepare("SELECT value FROM meta WHERE key = ?"),
    setMeta: database.prepare("UPDATE meta SET value = ? WHERE key = ?"),
    topic: database.prepare("SELECT topic FROM room WHERE name = ?"),
    messages: database.prepare(
      "SELECT * FROM message WHERE room = ? ORDER BY id DESC LIMIT ?",
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

function messageOf(room: string, row: Row): KeptMessage {
  const { id, time, type, user, nickname, origin, text } = row;
  const about = origin === null ? {} : { origin: String(origin) };
  return {
    id: Number(id),
    time: Number(time),
    room,
    type: type === "action" || type === "topic" ? type : "said",
    user: { id: Number(user), nickname: String(nickname), ...about },
    text: String(text),
  };
}
