import { assert, assertEquals, assertRejects } from "@std/assert";
import { delay } from "@std/async";
import { openSqliteStore } from "../../../chat/store/sqlite_store.ts";
import { needsFiles, said, topicSet, withPath } from "./_store_kit.ts";

Deno.test(
  "backup() copies a store in use to a file that can be opened",
  needsFiles,
  async () => {
    await withPath(async (path) => {
      const copy = `${path}.backup`;
      using store = await openSqliteStore(path);
      store.reserveUserIds(50);
      store.append(topicSet(1, "milk"));
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

Deno.test(
  "backup() copies the store as it is at the beginning, while much is written",
  needsFiles,
  async () => {
    await withPath(async (path) => {
      const keep = { messages: Infinity };
      using store = await openSqliteStore(path, { keep });
      const text = "x".repeat(1_000);
      let id = 0;
      const write = (count: number) => {
        for (let index = 0; index < count; index++) {
          store.append(said(++id, `${id} ${text}`));
        }
      };
      write(2_000);
      let isDone = false;
      const copying = store.backup(`${path}.backup`).then(() => isDone = true);
      let turns = 0;
      while (!isDone) {
        write(50);
        store.change("lobby", ++turns, "changed", 99_999);
        await delay(0);
      }
      await copying;
      assert(turns > 1, "It did not block");
      // There are checkpoints again, and the log does not grow any more.
      const size = async () => (await Deno.stat(`${path}-wal`)).size;
      const before = await size();
      for (let count = 0; count < 40; count++) {
        write(100);
        await Promise.resolve();
      }
      assert(await size() <= before + 8 * 1024 * 1024, "It is checkpointed");

      using copy = await openSqliteStore(`${path}.backup`, { keep });
      const last = copy.lastMessageId;
      // Each turn adds 50 messages, and changes one.
      const turn = (last - 2_000) / 50;
      assert(Number.isInteger(turn) && last < id, `${last} of ${id}`);
      const found = copy.before("lobby", Infinity, 999).messages;
      assertEquals(found.length, 999);
      assertEquals(found.at(-1)?.id, last);
      const changed = copy.before("lobby", turn + 3, 999).messages
        .map(({ text }) => text === "changed");
      assertEquals(changed, [...Array(turn).fill(true), false, false]);
    });
  },
);

Deno.test(
  "backup() rejects if the store is closed, or another one is under way",
  needsFiles,
  async () => {
    await withPath(async (path) => {
      const copy = `${path}.backup`;
      const store = await openSqliteStore(path);
      store.append(said(1, "x".repeat(40_000)));
      const first = store.backup(copy);
      const second = store.backup(copy);
      store[Symbol.dispose]();
      await assertRejects(() => second, Error, "is under way");
      await assertRejects(() => first, Error, "the store was closed");
      await assertRejects(() => store.backup(copy), Error, "was closed");
      const folder = path.replace(/\/[^/]*$/, "");
      const names = Array.from(Deno.readDirSync(folder), ({ name }) => name);
      assertEquals(names, ["chat.db"]);
      using again = await openSqliteStore(path);
      assertEquals(again.load("lobby")?.messages.length, 1);
    });
  },
);

Deno.test(
  "backup() ends at its limits, and leaves nothing",
  needsFiles,
  async () => {
    await withPath(async (path) => {
      using store = await openSqliteStore(path);
      for (let id = 1; id <= 1_000; id++) {
        store.append(said(id, "x".repeat(2_000)));
      }
      const copy = `${path}.backup`;
      const reason = new RangeError("Stopped by the test");
      await assertRejects(
        () => store.backup(copy, { signal: AbortSignal.abort(reason) }),
        RangeError,
        reason.message,
      );
      await assertRejects(
        () => store.backup(copy, { deadline: Date.now() - 1 }),
        DOMException,
        `Cannot back up chat file to "${copy}": the time limit has passed`,
      );
      const controller = new AbortController();
      const copying = store.backup(copy, { signal: controller.signal });
      controller.abort(reason);
      await assertRejects(() => copying, RangeError, reason.message);
      const folder = path.replace(/\/[^/]*$/, "");
      const names = Array.from(Deno.readDirSync(folder), ({ name }) => name);
      assertEquals(names.sort(), ["chat.db", "chat.db-wal"]);
      await store.backup(copy);
    });
  },
);

Deno.test("backup() of a store in memory rejects", needsFiles, async () => {
  using store = await openSqliteStore(":memory:");
  const folder = await Deno.makeTempDir();
  try {
    await assertRejects(
      () => store.backup(`${folder}/backup.db`),
      Error,
      "it is in memory",
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("A store keeps its lock on the file, whatever is done with it", {
  ignore: needsFiles.ignore ||
    Deno.permissions.querySync({ name: "run" }).state !== "granted",
}, async () => {
  await withPath(async (path) => {
    using store = await openSqliteStore(path);
    store.append(said(1, "tea"));
    await store.backup(`${path}.backup`);
    await assertRejects(() => openSqliteStore(path), Error, "has it open");
    const script = `
      const { openSqliteStore } = await import(Deno.args[0]);
      await openSqliteStore(Deno.args[1]).catch((error) => console.log(error.message));
    `;
    const module = new URL(
      "../../../chat/store/sqlite_store.ts",
      import.meta.url,
    );
    const { stdout } = await new Deno.Command(Deno.execPath(), {
      args: ["eval", "--no-check", script, module.href, path],
      stdout: "piped",
    }).output();
    assertEquals(
      new TextDecoder().decode(stdout).trim(),
      `Cannot open chat file "${path}": another program has it open; ` +
        "servers of a --cluster (cluster) share a chat, each with its own file",
    );
  });
});
