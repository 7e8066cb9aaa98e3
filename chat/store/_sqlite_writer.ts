import type { DatabaseSync } from "node:sqlite";
import { placeOfOwner, placeOfRoom } from "./_search_place.ts";
import { indexWords } from "./_search_words.ts";
import type { KeptMessage } from "../room/chat_message.ts";
import type { MessageOwners, StoredPrivateMessage } from "./stored_message.ts";
import { prepareAll, type Statements } from "./_statements.ts";

/** The name of the room of all private messages. */
export const PRIVATE_ROOM = "";

/** The start of the keys that mark rooms as locked. */
export const LOCK_PREFIX = "locked ";

/** Something to write. */
export type StoreWrite =
  | { readonly type: "message"; readonly message: KeptMessage }
  | {
    readonly type: "private";
    readonly message: StoredPrivateMessage;
    readonly owners: MessageOwners;
  }
  | {
    readonly type: "change";
    readonly room: string;
    readonly id: number;
    /** Empty if the message is deleted. */
    readonly text: string;
    readonly edit: number;
  }
  | { readonly type: "lock"; readonly room: string; readonly isOn: boolean }
  | { readonly type: "forget"; readonly room: string }
  | { readonly type: "position"; readonly position: number };

/** When rooms and messages have to be deleted. */
export interface WriterRules {
  readonly maxRooms: number;
  readonly maxMessages: number;
  readonly maxPrivateMessages: number;
}

/** A room that messages are added to. */
interface GrowingRoom {
  readonly id: number;
  added: number;
  /** The id of the last message. */
  last: number;
}

/** Carries out writes, within a transaction of the caller. */
export class SqliteWriter {
  readonly #rules: WriterRules;
  readonly #statements: Statements<typeof STATEMENTS>;
  /** The rooms of this transaction, by name. */
  readonly #rooms = new Map<string, GrowingRoom>();
  #hasNewRoom = false;
  #hasForgotten = false;

  constructor(database: DatabaseSync, rules: WriterRules) {
    this.#rules = rules;
    this.#statements = prepareAll(database, STATEMENTS);
  }

  /**
   * Carries out writes in their order.
   *
   * @param lobby The room that is never deleted.
   * @returns Whether there are messages to delete.
   */
  write(writes: readonly StoreWrite[], lobby: string): boolean {
    this.#rooms.clear();
    this.#hasNewRoom = false;
    this.#hasForgotten = false;
    for (const write of writes) this.#writeOne(write);
    let isExcessive = this.#hasForgotten;
    for (const [name, room] of this.#rooms) {
      if (this.#grow(name, room)) isExcessive = true;
    }
    if (!this.#hasNewRoom) return isExcessive;
    const { maxRooms } = this.#rules;
    const { changes } = this.#statements.forgetRooms.run(lobby, maxRooms);
    return isExcessive || changes > 0;
  }

  #writeOne(write: StoreWrite): void {
    switch (write.type) {
      case "message":
        return this.#addMessage(write.message);
      case "private":
        return this.#addPrivate(write.message, write.owners);
      case "change":
        return this.#change(write);
      case "lock":
        return this.#lock(write.room, write.isOn);
      case "forget":
        return this.#forget(write.room);
      case "position":
        this.#statements.setPosition.run(write.position);
    }
  }

  #addMessage(message: KeptMessage): void {
    const { id, time, type, user, text } = message;
    const { replyTo = null, edited = null } = message.type === "topic"
      ? {}
      : message;
    const { insert, setTopic } = this.#statements;
    const room = this.#open(message.room);
    const { changes } = insert.run(
      ...[id, room.id, time, type, user.id, user.nickname],
      ...[text, replyTo, edited, null, null, null, null],
    );
    if (changes === 0) return;
    if (type === "topic") setTopic.run(text, room.id);
    this.#index(message, room, placeOfRoom(room.id));
  }

  #addPrivate(message: StoredPrivateMessage, owners: MessageOwners): void {
    const { id, time, type, user, to, text } = message;
    const { replyTo = null, edited = null } = message;
    const { author, recipient } = owners;
    const room = this.#open(PRIVATE_ROOM);
    const { changes } = this.#statements.insert.run(
      ...[id, room.id, time, type, user.id, user.nickname],
      ...[text, replyTo, edited, to.id, to.nickname],
      ...[author ?? null, recipient ?? null],
    );
    if (changes === 0) return;
    this.#index(message, room, placeOfPrivate([author, recipient]));
  }

  #index(
    { id, text }: KeptMessage | StoredPrivateMessage,
    room: GrowingRoom,
    place: string,
  ): void {
    this.#statements.index.run(id, place, indexWords(text));
    room.added++;
    room.last = Math.max(room.last, id);
  }

  #change(
    { room: name, id, text, edit }: Extract<StoreWrite, { type: "change" }>,
  ): void {
    const { findRoom, setText, unindex, index } = this.#statements;
    const room = findRoom.get(name)?.["id"];
    if (typeof room !== "number") return;
    const row = setText.get(text, edit, id, room);
    if (row === undefined) return;
    const { author_key, recipient_key } = row;
    const place = name === PRIVATE_ROOM
      ? placeOfPrivate([author_key, recipient_key])
      : placeOfRoom(room);
    unindex.run(id);
    if (text !== "") index.run(id, place, indexWords(text));
  }

  #lock(name: string, isOn: boolean): void {
    const { addLock, removeLock } = this.#statements;
    if (isOn) addLock.run(LOCK_PREFIX + name);
    else removeLock.run(LOCK_PREFIX + name);
  }

  #forget(name: string): void {
    if (name === PRIVATE_ROOM) return;
    this.#statements.removeLock.run(LOCK_PREFIX + name);
    this.#rooms.delete(name);
    const { changes } = this.#statements.forgetRoom.run(name);
    if (changes > 0) this.#hasForgotten = true;
  }

  /** Finds or creates a room. */
  #open(name: string): GrowingRoom {
    const open = this.#rooms.get(name);
    if (open !== undefined) return open;
    const { findRoom, addRoom } = this.#statements;
    let id = findRoom.get(name)?.["id"];
    if (id === undefined) {
      id = addRoom.run(name).lastInsertRowid;
      this.#hasNewRoom = true;
    }
    const room = { id: Number(id), added: 0, last: 0 };
    this.#rooms.set(name, room);
    return room;
  }

  /** Returns whether there are too many messages in a room now. */
  #grow(name: string, { id, added, last }: GrowingRoom): boolean {
    if (added === 0) return false;
    const { maxMessages, maxPrivateMessages } = this.#rules;
    const most = name === PRIVATE_ROOM ? maxPrivateMessages : maxMessages;
    const count = this.#statements.grow.get(last, added, id)?.["count"];
    return Number(count) > most;
  }
}

/** The words for a private message. */
function placeOfPrivate(keys: readonly unknown[]): string {
  return keys.flatMap((key) => typeof key === "string" ? placeOfOwner(key) : [])
    .join(" ");
}

const STATEMENTS = {
  findRoom: "SELECT id FROM room WHERE name = ?",
  addRoom: "INSERT INTO room (name, topic, last, count) VALUES (?, '', 0, 0)",
  grow: `UPDATE room SET last = max(last, ?), count = count + ? WHERE id = ?
    RETURNING count`,
  setTopic: "UPDATE room SET topic = ? WHERE id = ?",
  // The messages of a forgotten room are deleted in steps.
  forgetRoom: "UPDATE room SET name = NULL WHERE name = ?",
  forgetRooms: `UPDATE room SET name = NULL WHERE id IN (
      SELECT id FROM room WHERE name NOT IN (?1, '${PRIVATE_ROOM}')
      ORDER BY last DESC LIMIT -1 OFFSET ?2
    )`,
  insert: `INSERT INTO message VALUES (${Array(13).fill("?").join(", ")})
    ON CONFLICT DO NOTHING`,
  setText: `UPDATE message SET text = ?, edited = ?
    WHERE id = ? AND room = ? AND type <> 'topic'
    RETURNING author_key, recipient_key`,
  index: "INSERT INTO words (rowid, place, text) VALUES (?, ?, ?)",
  unindex: "DELETE FROM words WHERE rowid = ?",
  addLock: "INSERT OR REPLACE INTO meta VALUES (?, 1)",
  removeLock: "DELETE FROM meta WHERE key = ?",
  setPosition: "UPDATE meta SET value = ? WHERE key = 'position'",
};
