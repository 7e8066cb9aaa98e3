import type { DatabaseSync } from "node:sqlite";
import { LIMITS } from "../room/_limits.ts";
import type { KeptMessage } from "../room/chat_message.ts";
import type { SearchPage, SearchQuery } from "./chat_search.ts";
import type { StoredRoom } from "./chat_store.ts";
import { placeOfOwner, placeOfRoom } from "./_search_place.ts";
import { matchExpression } from "./_search_words.ts";
import { PRIVATE_ROOM } from "./_sqlite_writer.ts";
import type { HistoryPage, StoredPrivateMessage } from "./stored_message.ts";
import {
  isId,
  MAX_ID,
  MAX_TEXT,
  MAX_TIME,
  readMessage,
  readPrivate,
  readTopic,
  type Row,
} from "./_stored_row.ts";
import { prepareAll, type Statements } from "./_statements.ts";

/** The most messages of a page. */
const MAX_PAGE = 1_000;

/** Reads the file. All calls throw if it can't be read. */
export class SqliteReader {
  readonly #statements: Statements<typeof STATEMENTS>;

  constructor(database: DatabaseSync) {
    this.#statements = prepareAll(database, STATEMENTS);
  }

  /** The topic of a room and its last messages, if the room is stored. */
  load(name: string): StoredRoom | undefined {
    const room = this.#find(name);
    if (room === undefined) return undefined;
    const { messages } = this.before(name, MAX_ID + 1, LIMITS.history);
    return { topic: readTopic(room["topic"]), messages };
  }

  /** The last messages of a room before an id. */
  before(name: string, id: number, limit: number): HistoryPage {
    const room = this.#find(name)?.["id"];
    if (!isId(room)) return { messages: [], complete: true };
    return pageOf(
      (most) => this.#statements.before.all(room, id, most),
      limit,
      (row) => readMessage(name, row),
    );
  }

  /** The last private messages of a user before an id. */
  privateBefore(
    owner: string,
    id: number,
    limit: number,
  ): HistoryPage<StoredPrivateMessage> {
    return pageOf(
      (most) => this.#statements.privateBefore.all(owner, id, most),
      limit,
      readPrivate,
    );
  }

  /** The time of the oldest message of a room. */
  oldest(name: string): number | undefined {
    const room = this.#find(name)?.["id"] ?? null;
    const time = this.#statements.oldest.get(room)?.["time"];
    return typeof time === "number" ? time : undefined;
  }

  /** The messages that match a query. */
  search(
    { text, rooms, owner = "", before = MAX_ID + 1, limit }: SearchQuery,
  ): SearchPage {
    const expression = matchExpression(text);
    const names = new Map<number, string>();
    for (const name of rooms) {
      const id = this.#find(name)?.["id"];
      if (isId(id)) names.set(id, name);
    }
    const ids = [...names.keys()];
    const places = ids.map(placeOfRoom);
    if (owner !== "") places.push(placeOfOwner(owner));
    if (expression === undefined || places.length === 0) {
      return { messages: [], complete: true };
    }
    const match = `place : (${
      places.map((place) => `"${place}"`).join(" OR ")
    }) AND text : (${expression})`;
    const { messages, complete } = pageOf<KeptMessage | StoredPrivateMessage>(
      (most) =>
        this.#statements.search.all(
          match,
          before,
          JSON.stringify(ids),
          owner,
          most,
        ),
      limit,
      (row) => {
        const name = names.get(Number(row["room"]));
        return name === undefined ? readPrivate(row) : readMessage(name, row);
      },
    );
    return { messages: messages.toReversed(), complete };
  }

  #find(name: string): Row | undefined {
    if (name === PRIVATE_ROOM) return undefined;
    return this.#statements.room.get(name);
  }
}

/** Reads a page, the oldest message first, from rows with the newest first. */
function pageOf<Message>(
  read: (most: number) => readonly Row[],
  limit: number,
  toMessage: (row: Row) => Message | undefined,
): { messages: Message[]; complete: boolean } {
  const most = Math.min(Math.max(1, limit), MAX_PAGE);
  const rows = read(most + 1);
  return {
    messages: rows.slice(0, most).flatMap((row) => toMessage(row) ?? [])
      .reverse(),
    complete: rows.length <= most,
  };
}

/** The columns of a message, cut, as somebody may have changed the file. */
const COLUMNS = `message.id AS id, message.room AS room, time, type, user,
  substr(nickname, 1, 200) AS nickname,
  substr(message.text, 1, ${MAX_TEXT}) AS text, reply_to, edited, to_user,
  substr(to_nickname, 1, 200) AS to_nickname`;

/** Numbers that JavaScript has, too. */
const IS_READABLE = `message.id BETWEEN 0 AND ${MAX_ID}
  AND user BETWEEN 0 AND ${MAX_ID}
  AND time BETWEEN -${MAX_TIME} AND ${MAX_TIME}
  AND coalesce(reply_to, 0) BETWEEN 0 AND ${MAX_ID}
  AND coalesce(edited, 0) BETWEEN 0 AND ${MAX_ID}
  AND coalesce(to_user, 0) BETWEEN 0 AND ${MAX_ID}`;

const STATEMENTS = {
  room: "SELECT id, substr(topic, 1, 1000) AS topic FROM room WHERE name = ?",
  before: `SELECT ${COLUMNS} FROM message
    WHERE room = ?1 AND id < ?2 AND ${IS_READABLE}
    ORDER BY id DESC LIMIT ?3`,
  privateBefore: `SELECT ${COLUMNS} FROM message WHERE id IN (
      SELECT * FROM (
        SELECT id FROM message WHERE author_key = ?1 AND id < ?2
        ORDER BY id DESC LIMIT ?3
      ) UNION SELECT * FROM (
        SELECT id FROM message WHERE recipient_key = ?1 AND id < ?2
        ORDER BY id DESC LIMIT ?3
      )
    ) AND ${IS_READABLE} ORDER BY id DESC LIMIT ?3`,
  oldest: `SELECT time FROM message WHERE room = ? AND ${IS_READABLE}
    ORDER BY id LIMIT 1`,
  // The index narrows the search, and the table decides.
  search: `SELECT ${COLUMNS} FROM words CROSS JOIN message
    ON message.id = words.rowid
    WHERE words MATCH ?1 AND words.rowid < ?2 AND (
      message.room IN (SELECT value FROM json_each(?3))
      OR author_key = ?4 OR recipient_key = ?4
    ) AND ${IS_READABLE}
    ORDER BY words.rowid DESC LIMIT ?5`,
};
