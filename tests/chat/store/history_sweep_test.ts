import { assert, assertEquals } from "@std/assert";
import { DatabaseSync } from "node:sqlite";
import { HistorySweep, slackOf } from "../../../chat/store/_history_sweep.ts";
import { prepareSchema, takeOver } from "../../../chat/store/_sqlite_schema.ts";
import {
  SqliteWriter,
  type StoreWrite,
} from "../../../chat/store/_sqlite_writer.ts";
import { openSqliteStore } from "../../../chat/store/sqlite_store.ts";
import { needsFiles, said, tamper, until, withPath } from "./_store_kit.ts";

const KEEP = {
  age: Infinity,
  messages: 100,
  privateMessages: 50,
};

/** A database with as many messages of rooms. */
function fill(rooms: Readonly<Record<string, number>>) {
  const database = new DatabaseSync(":memory:");
  prepareSchema(database, takeOver(database));
  const writer = new SqliteWriter(database, {
    maxRooms: 9,
    maxMessages: KEEP.messages,
    maxPrivateMessages: KEEP.privateMessages,
  });
  let id = 0;
  for (const [room, count] of Object.entries(rooms)) {
    const writes = Array.from({ length: count }, (): StoreWrite => {
      const message = said(++id, "tea", room);
      if (room !== "") return { type: "message", message };
      const { user, time, text } = message;
      return {
        type: "private",
        message: { id, time, type: "private", user, to: user, text },
        owners: { author: "a" },
      };
    });
    writer.write(writes, "lobby");
  }
  const ids = () =>
    database.prepare("SELECT id FROM message ORDER BY id").all().map(({ id }) =>
      Number(id)
    );
  const indexed = () =>
    database.prepare(
      "SELECT rowid AS id FROM words WHERE words MATCH 'TEA' ORDER BY rowid",
    ).all().map(({ id }) => Number(id));
  return { database, writer, ids, indexed };
}

/** Takes all steps, and returns how many. */
function sweepAll(sweep: HistorySweep, now = 0): number {
  let steps = 1;
  while (sweep.step(now)) steps++;
  return steps;
}

Deno.test("HistorySweep deletes the oldest messages of each room, in small steps", () => {
  const { database, ids, indexed } = fill({ lobby: 700, "": 60, cats: 100 });
  using _ = database;
  const sweep = new HistorySweep(database, KEEP);
  assert(sweep.step(0));
  assertEquals(ids().length, 860 - 256);
  sweepAll(sweep);
  assertEquals(ids(), [
    ...Array.from({ length: 100 }, (_, index) => 601 + index),
    ...Array.from({ length: 50 }, (_, index) => 711 + index),
    ...Array.from({ length: 100 }, (_, index) => 761 + index),
  ]);
  assertEquals(indexed(), ids());
  assert(!sweep.step(0));
});

Deno.test("HistorySweep deletes the messages and the row of a deleted room", () => {
  const { database, writer, ids, indexed } = fill({
    lobby: 10,
    cats: 90,
    dogs: 300,
  });
  using _ = database;
  assert(writer.write([{ type: "forget", room: "dogs" }], "lobby"));
  assert(!writer.write([{ type: "forget", room: "dogs" }], "lobby"));
  database.exec("UPDATE room SET name = NULL WHERE name = 'cats'");
  sweepAll(new HistorySweep(database, KEEP));
  assertEquals(indexed(), ids());
  assertEquals(ids(), Array.from({ length: 10 }, (_, index) => index + 1));
  const rooms = database.prepare("SELECT name FROM room").all();
  assertEquals(rooms.map(({ name }) => name), ["lobby"]);
});

Deno.test("HistorySweep deletes messages that are too old, whatever their ids", () => {
  const { database, ids, indexed } = fill({ lobby: 50, cats: 50 });
  using _ = database;
  // A clock was wrong.
  database.exec("UPDATE message SET time = 99999 WHERE id = 1");
  const sweep = new HistorySweep(database, { ...KEEP, age: 600 });
  sweepAll(sweep, 1_000);
  const kept = [1, ...Array.from({ length: 61 }, (_, index) => 40 + index)];
  assertEquals(ids(), kept);
  assertEquals(indexed(), kept);
  const counts = database.prepare("SELECT count FROM room ORDER BY id").all();
  assertEquals(counts.map(({ count }) => count), [12, 50]);
});

Deno.test("HistorySweep deletes nothing that is to be kept though a count is wrong", () => {
  const { database, ids } = fill({ lobby: 90 });
  using _ = database;
  database.exec("UPDATE room SET count = 1000000");
  sweepAll(new HistorySweep(database, KEEP));
  assertEquals(ids().length, 90);
});

Deno.test("HistorySweep takes a thousand messages in few steps", () => {
  const { database } = fill({ lobby: 1_100 });
  using _ = database;
  const steps = sweepAll(new HistorySweep(database, KEEP));
  assert(steps <= 6, `${steps} steps`);
});

Deno.test(
  "openSqliteStore() deletes what is beyond its limits, in the background",
  needsFiles,
  async () => {
    await withPath(async (path) => {
      const keep = { messages: 300, days: 2 };
      const slack = slackOf(300);
      const now = Date.now();
      const day = 24 * 60 * 60 * 1000;
      const at = (id: number, time: number) => ({ ...said(id, "tea"), time });
      {
        using store = await openSqliteStore(path, { keep });
        for (let id = 1; id <= 1_000; id++) store.append(at(id, now));
        const count = () =>
          store.before("lobby", Infinity, 1_000).messages.length;
        await until(() => count() <= 300 + slack);
        assert(count() >= 300);
        assertEquals(store.lastMessageId, 0);
        store.append(at(1_001, now - 3 * day));
      }
      using store = await openSqliteStore(path, { keep });
      const has = (id: number) =>
        store.before("lobby", id + 1, 1).messages[0]?.id === id;
      assert(has(1_001));
      await until(() => !has(1_001));
      assert(has(1_000));
    });
  },
);

Deno.test(
  "openSqliteStore() shows nothing of a deleted room in a new one of its name",
  needsFiles,
  async () => {
    await withPath(async (path) => {
      {
        using store = await openSqliteStore(path);
        for (let id = 1; id <= 600; id++) store.append(said(id, "tea", "cats"));
        store.append(said(601, "tea"));
      }
      await tamper(path, "UPDATE room SET name = NULL WHERE name = 'cats'");
      using store = await openSqliteStore(path);
      // A room of the same name starts anew.
      store.append(said(602, "milk", "cats"));
      assertEquals(store.load("cats")?.messages.length, 1);
      const { messages } = store.search({
        text: "tea",
        rooms: ["cats", "lobby"],
        limit: 9,
      });
      assertEquals(messages.map(({ id }) => id), [601]);
    });
  },
);
