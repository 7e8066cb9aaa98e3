import type { DatabaseSync } from "node:sqlite";
import { indexWords } from "./_search_words.ts";
import { placeOfRoom } from "./_search_place.ts";

/** The tables of version 1, which had at most 100 messages of a room. */
export const OLD_TABLES = `
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

/** Replaces the tables of version 1, within a transaction of the caller. */
export function upgrade(database: DatabaseSync, tables: string): void {
  database.exec(`
    DROP INDEX room_by_last;
    ALTER TABLE meta RENAME TO old_meta;
    ALTER TABLE room RENAME TO old_room;
    ALTER TABLE message RENAME TO old_message;
    ${tables}
    INSERT INTO meta SELECT key, value FROM old_meta;
    INSERT OR REPLACE INTO meta VALUES ('position', 0);
    INSERT INTO room (name, topic, last, count)
      SELECT name, topic, last, 0 FROM old_room WHERE name <> '';
    INSERT INTO message (id, room, time, type, user, nickname, text)
      SELECT old.id, room.id, old.time, old.type, old.user, old.nickname,
        old.text
      FROM old_message AS old JOIN room ON room.name = old.room
      WHERE true ON CONFLICT DO NOTHING;
    UPDATE room SET count =
      (SELECT count(*) FROM message WHERE message.room = room.id);
  `);
  const insert = database.prepare(
    "INSERT INTO words (rowid, place, text) VALUES (?, ?, ?)",
  );
  const messages = database.prepare("SELECT id, room, text FROM message");
  messages.setReadBigInts(true);
  for (const { id, room, text } of messages.iterate()) {
    if (typeof id !== "bigint") continue;
    insert.run(id, placeOfRoom(Number(room)), indexWords(String(text)));
  }
  database.exec(`
    DROP TABLE old_message;
    DROP TABLE old_room;
    DROP TABLE old_meta;
  `);
}
