import { assert, assertEquals, assertRejects } from "@std/assert";
import { openSqliteStore } from "../../../chat/store/sqlite_store.ts";
import { needsFiles, said, withPath } from "./_store_kit.ts";

Deno.test(
  "backup() copies a store in use to a file that can be opened",
  needsFiles,
  async () => {
    await withPath(async (path) => {
      const copy = `${path}.backup`;
      using store = await openSqliteStore(path);
      store.reserveUserIds(50);
      store.append({ ...said(1, "milk"), type: "topic" });
      for (let id = 2; id <= 300; id++) store.append(said(id, `tea ${id}`));
      // Some are not written yet.
      const copying = store.backup(copy);
      store.append(said(301, "too late"));
      await copying;
      store.append(said(302, "too late, too"));
      assertEquals(((await Deno.stat(copy)).mode ?? 0) & 0o777, 0o600);

      using restored = await openSqliteStore(copy);
      const { messages } = restored.before("lobby", Infinity, 999);
      assert(messages.length >= 300);
      assertEquals(
        messages.slice(0, 300),
        store.before("lobby", 301, 999).messages,
      );
      assertEquals(restored.load("lobby")?.topic, "milk");
      assertEquals(restored.lastUserId, 50);
      const query = { text: "tea 299", rooms: ["lobby"], limit: 9 };
      assertEquals(restored.search(query).messages, [said(299, "tea 299")]);
      // The ids after the copy are used again, for other messages.
      assert(restored.epoch !== store.epoch);
      const names = Array.from(Deno.readDirSync(path.replace(/[^/]*$/, "")));
      assert(names.every(({ name }) => !name.includes(".part")));
    });
  },
);

Deno.test(
  "backup() of a store of a log keeps its epoch and position",
  needsFiles,
  async () => {
    await withPath(async (path) => {
      const epoch = "e:1";
      using store = await openSqliteStore(path, { epoch });
      store.append(said(1, "tea"));
      store.advance(9);
      await store.backup(`${path}.backup`);
      using restored = await openSqliteStore(`${path}.backup`, { epoch });
      assertEquals(restored.position, 9);
      assertEquals(restored.load("lobby")?.messages, [said(1, "tea")]);
    });
  },
);

Deno.test(
  "backup() replaces no file, and leaves nothing when it fails",
  needsFiles,
  async () => {
    await withPath(async (path) => {
      using store = await openSqliteStore(path);
      store.append(said(1, "tea"));
      const taken = `${path}.taken`;
      await Deno.writeTextFile(taken, "Mine");
      await assertRejects(
        () => store.backup(taken),
        Error,
        `Cannot back up chat file to "${taken}": there is a file`,
      );
      assertEquals(await Deno.readTextFile(taken), "Mine");
      await assertRejects(
        () => store.backup(path),
        Error,
        "there is a file",
      );
      await assertRejects(
        () => store.backup(`${path}/none/backup`),
        Error,
        "Cannot back up chat file",
      );
      const folder = path.replace(/\/[^/]*$/, "");
      const names = Array.from(Deno.readDirSync(folder), ({ name }) => name);
      assertEquals(names.sort(), ["chat.db", "chat.db-wal", "chat.db.taken"]);
      assertEquals(store.load("lobby")?.messages, [said(1, "tea")]);
    });
  },
);

Deno.test("backup() of a closed store rejects", async () => {
  const store = await openSqliteStore(":memory:");
  store[Symbol.dispose]();
  await assertRejects(
    () => store.backup("backup.db"),
    Error,
    "Cannot back up a closed chat file",
  );
});
