import { assert, assertEquals, assertRejects } from "@std/assert";
import { DatabaseSync } from "node:sqlite";
import { openSqliteStore } from "../../../chat/store/sqlite_store.ts";
import { OLD_TABLES } from "../../../chat/store/_sqlite_upgrade.ts";
import { canMount, withSmallDisk } from "../_small_disk.ts";
import { needsFiles, said, tamper, withPath } from "./_store_kit.ts";

/** Creates a file as version 1 of the tables had it. */
function createOld(path: string, ...statements: readonly string[]): void {
  using database = new DatabaseSync(path);
  database.exec(`
    PRAGMA journal_mode = WAL;
    ${OLD_TABLES}
    PRAGMA application_id = 1986226260;
    PRAGMA user_version = 1;
    INSERT INTO meta VALUES ('epoch', 'e-1'), ('message-ids', 2000),
      ('user-ids', 77);
    INSERT INTO room VALUES ('lobby', 'tea 🍵', 1900), ('cats', '', 1901);
  `);
  for (const statement of statements) database.exec(statement);
  const insert = database.prepare(
    "INSERT INTO message VALUES (?, ?, ?, 'said', 1, 'alice', ?, ?)",
  );
  for (let id = 1801; id <= 1900; id++) {
    insert.run("lobby", id, id * 10, null, `line ${id} 你好`);
  }
  insert.run("cats", 1901, 19010, "east", "meow");
}

Deno.test(
  "openSqliteStore() upgrades a file of version 1, and keeps everything",
  needsFiles,
  async () => {
    await withPath(async (path) => {
      createOld(path);
      for (const _ of ["upgraded", "opened again"]) {
        using store = await openSqliteStore(path);
        assertEquals(store.epoch, "e-1");
        assertEquals([store.lastMessageId, store.lastUserId], [2000, 77]);
        assertEquals(store.position, 0);
        const { topic, messages = [] } = store.load("lobby") ?? {};
        assertEquals(topic, "tea 🍵");
        assertEquals(messages.length, 100);
        assertEquals(messages[99], said(1900, "line 1900 你好"));
        assertEquals(store.load("cats")?.messages[0]?.text, "meow");
        const query = { text: "你好 1850", rooms: ["lobby", "cats"], limit: 9 };
        assertEquals(store.search(query).messages.map(({ id }) => id), [1850]);
      }
      {
        using store = await openSqliteStore(path);
        store.append(said(2001, "new"));
      }
      using store = await openSqliteStore(path);
      assertEquals(store.before("lobby", Infinity, 500).messages.length, 101);
    });
  },
);

Deno.test(
  "openSqliteStore() upgrades a file of version 1 that somebody has changed",
  needsFiles,
  async () => {
    await withPath(async (path) => {
      createOld(
        path,
        `INSERT INTO message VALUES
          ('lobby', -5, 0, 'said', 1, 'x', NULL, 'minus'),
          ('lobby', 9223372036854775807, 0, 'said', 1, 'x', NULL, 'huge'),
          ('cats', 1850, 0, 'said', 1, 'x', NULL, 'the same id'),
          ('dogs', 1, 0, 'said', 1, 'x', NULL, 'of no room'),
          ('', 2, 0, 'said', 1, 'x', NULL, 'of an empty name')`,
        "INSERT INTO room VALUES ('', 'empty', 2)",
        "INSERT INTO meta VALUES ('position', 5)",
      );
      const errors: unknown[] = [];
      using store = await openSqliteStore(path, {
        onError: (error) => errors.push(error),
      });
      const { messages } = store.before("lobby", Infinity, 500);
      assert(messages.length >= 99);
      assertEquals(messages.at(-1)?.id, 1900);
      assertEquals([store.load("dogs"), store.load("")], [
        undefined,
        undefined,
      ]);
      assertEquals(store.position, 0);
      assertEquals(errors, []);
    });
  },
);

Deno.test(
  "openSqliteStore() refuses a file of version 1 with other tables, and leaves it",
  needsFiles,
  async () => {
    await withPath(async (path) => {
      createOld(path, "CREATE VIEW v AS SELECT 1");
      await assertRejects(
        () => openSqliteStore(path),
        Error,
        "its tables are not those of a chat",
      );
      await tamper(path, "DROP VIEW v");
      using store = await openSqliteStore(path);
      assertEquals(store.load("lobby")?.messages.length, 100);
    });
  },
);

Deno.test(
  "An upgrade for which the disk has no room leaves the file as it was",
  {
    ignore: !await canMount(),
  },
  async () => {
    await withSmallDisk(async (folder) => {
      const path = `${folder}/chat.db`;
      createOld(
        path,
        `UPDATE room SET topic = '${"x".repeat(100_000)}'`,
      );
      await Deno.writeFile(`${folder}/ballast`, new Uint8Array(1_600 * 1024));
      await assertRejects(() => openSqliteStore(path), Error, "full");
      {
        using database = new DatabaseSync(path);
        assertEquals(
          database.prepare("PRAGMA user_version").get()?.["user_version"],
          1,
        );
      }
      await Deno.remove(`${folder}/ballast`);
      using store = await openSqliteStore(path);
      assertEquals(store.load("lobby")?.messages.length, 100);
    });
  },
);
