import { assertEquals, assertRejects } from "@std/assert";
import { openSqliteStore } from "../../../chat/store/sqlite_store.ts";
import { canMount, withSmallDisk } from "../_small_disk.ts";
import { create, needsFiles, said, withPath } from "./_store_kit.ts";

const EPOCH = "2026-11-30T01:02:03.456789Z";

Deno.test(
  "openSqliteStore() stores the position after the messages up to it",
  needsFiles,
  async () => {
    await withPath(async (path) => {
      {
        using store = await openSqliteStore(path, { epoch: EPOCH });
        assertEquals([store.epoch, store.position], [EPOCH, 0]);
        for (let id = 1; id <= 600; id++) {
          store.append(said(id, "tea"));
          if (id % 10 === 0) store.advance(id / 10);
        }
        await Promise.resolve();
        assertEquals(store.position, 60);
      }
      using store = await openSqliteStore(path, { epoch: EPOCH });
      assertEquals([store.epoch, store.position], [EPOCH, 60]);
      assertEquals(store.before("lobby", Infinity, 999).messages.length, 600);
    });
  },
);

Deno.test(
  "openSqliteStore() refuses a file of another log, and tells what to do",
  needsFiles,
  async () => {
    await withPath(async (path) => {
      {
        using store = await openSqliteStore(path, { epoch: EPOCH });
        store.append(said(1, "tea"));
      }
      await assertRejects(
        () => openSqliteStore(path, { epoch: "other" }),
        Error,
        `Cannot open chat file "${path}": it belongs to another chat, whose log is "${EPOCH}" and not "other": move it away to keep it, and a new file is filled from the log`,
      );
      using store = await openSqliteStore(path, { epoch: EPOCH });
      assertEquals(store.load("lobby")?.messages.length, 1);
    });
  },
);

Deno.test(
  "openSqliteStore() gives a file without messages the epoch of the log",
  needsFiles,
  async () => {
    await withPath(async (path) => {
      {
        using store = await openSqliteStore(path);
        store.reserveMessageIds(1_000);
        store.reserveUserIds(1_000);
      }
      {
        using store = await openSqliteStore(path, { epoch: EPOCH });
        assertEquals(store.epoch, EPOCH);
        assertEquals([store.lastMessageId, store.lastUserId], [0, 0]);
      }
      await create(`${path}.single`);
      await assertRejects(
        () => openSqliteStore(`${path}.single`, { epoch: EPOCH }),
        Error,
        "it belongs to another chat",
      );
    });
  },
);

Deno.test("openSqliteStore() refuses an epoch that it can't store", async () => {
  for (const epoch of ["", "x".repeat(65), "a b", 5 as unknown as string]) {
    await assertRejects(
      () => openSqliteStore(":memory:", { epoch }),
      TypeError,
      "Cannot use epoch: expected 1 to 64 letters",
    );
  }
});

Deno.test("A position is not stored past messages that were dropped", {
  ignore: !await canMount(),
}, async () => {
  await withSmallDisk(async (folder) => {
    const path = `${folder}/chat.db`;
    {
      using store = await openSqliteStore(path, { epoch: EPOCH });
      store.append(said(1, "tea"));
      store.advance(1);
      await Promise.resolve();
      const ballast = `${folder}/ballast`;
      await assertRejects(() => fillDisk(ballast), Error, "No space");
      for (let id = 2; id <= 10_500; id++) store.append(said(id, "tea"));
      store.advance(2);
      await Promise.resolve();
      assertEquals(store.position, 1);
      await Deno.remove(ballast);
    }
    using store = await openSqliteStore(path, { epoch: EPOCH });
    assertEquals(store.position, 1);
    const { messages } = store.before("lobby", 504, 9);
    assertEquals(messages.map(({ id }) => id), [1, 502, 503]);
  });
});

/** Writes a file until there is no room. */
async function fillDisk(path: string): Promise<void> {
  using file = await Deno.open(path, { create: true, write: true });
  while (true) await file.write(new Uint8Array(64 * 1024));
}
