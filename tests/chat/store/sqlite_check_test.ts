import { assert, assertEquals } from "@std/assert";
import { DatabaseSync } from "node:sqlite";
import {
  checkIntegrity,
  DamageScan,
} from "../../../chat/store/_sqlite_check.ts";
import { takeOver } from "../../../chat/store/_sqlite_schema.ts";
import { SqliteStore } from "../../../chat/store/_sqlite_store.ts";
import { openSqliteStore } from "../../../chat/store/sqlite_store.ts";
import type { ChatStore } from "../../../chat/store/chat_store.ts";
import { needsFiles, said, until, withPath } from "./_store_kit.ts";

const ROOMS = ["lobby", "cats"];
const PAGE = 4096;

/** A generator of numbers below a limit, which are the same for each seed. */
function numbers(seed: number): (limit: number) => number {
  let state = seed + 1;
  return (limit) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor(state / 2 ** 32 * limit);
  };
}

/** A file with 2,000 messages, of which all have a word in common. */
async function createFull(path: string): Promise<void> {
  using store = await openSqliteStore(path);
  for (let id = 1; id <= 2_000; id++) {
    store.append(said(id, `tea ${"x".repeat(id % 300)} 你好`, ROOMS[id % 2]));
    if (id % 10 > 0) continue;
    const { user, time, text } = said(id, "tea");
    store.appendPrivate(
      { id: id + 10_000, time, type: "private", user, to: user, text },
      { author: "a", recipient: "b" },
    );
  }
}

/** All that can be read of a store. */
function readAll(store: Required<ChatStore>) {
  return [
    ...ROOMS.map((room) => store.before(room, Infinity, 999)),
    store.privateBefore("a", Infinity, 999),
    store.privateBefore("b", Infinity, 999),
    store.search({ text: "tea 你好", rooms: ROOMS, owner: "a", limit: 999 }),
    store.search({ text: "tea", rooms: [], owner: "b", limit: 999 }),
  ];
}

/** Overwrites a part of a file, but not its header. */
async function damage(path: string, seed: number): Promise<void> {
  const random = numbers(seed);
  const bytes = await Deno.readFile(path);
  const page = 1 + random(bytes.length / PAGE - 1);
  const start = page * PAGE + (seed % 2 === 0 ? 0 : random(PAGE));
  const end = seed % 3 === 0 ? (page + 1) * PAGE : start + 1 + random(200);
  for (let index = start; index < Math.min(end, bytes.length); index++) {
    bytes[index] = random(256);
  }
  await Deno.writeFile(path, bytes);
}

Deno.test(
  "A file with random damage is refused, or read as far as possible",
  needsFiles,
  async () => {
    await withPath(async (path) => {
      await createFull(path);
      const bytes = await Deno.readFile(path);
      let refused = 0;
      for (let seed = 0; seed < 60; seed++) {
        await Deno.writeFile(path, bytes);
        await damage(path, seed);
        const errors: unknown[] = [];
        try {
          using store = await openSqliteStore(path, {
            onError: (error) => errors.push(error),
          });
          readAll(store);
          store.append(said(90_000 + seed, "more"));
          await Promise.resolve();
        } catch (error) {
          assert(error instanceof Error);
          assert(error.message.startsWith("Cannot open chat file"), `${error}`);
          refused++;
        }
      }
      assert(refused > 30, `${refused} of 60`);
    });
  },
);

Deno.test(
  "Damage in a file that is too large to be checked at the start is reported",
  needsFiles,
  async () => {
    await withPath(async (path) => {
      await createFull(path);
      const bytes = await Deno.readFile(path);
      const pages = bytes.length / PAGE;
      let found = 0;
      // Every third page loses what it says of itself.
      for (let page = 1; page < pages; page += 3) {
        const broken = bytes.slice();
        broken.fill(0x5a, page * PAGE, page * PAGE + 200);
        await Deno.writeFile(path, broken);
        // A page may be unused.
        if (isFound(path, Infinity)) found++;
        else continue;
        assert(isFound(path, 0), `page ${page} of ${pages}`);
      }
      assert(found > pages / 4, `${found} of ${pages}`);
    });
  },
);

/** Whether damage is found at the start, or of a large file in the background. */
function isFound(path: string, smallFile: number): boolean {
  using database = new DatabaseSync(path);
  try {
    takeOver(database);
    if (checkIntegrity(database, smallFile)) return false;
    const scan = new DamageScan(database);
    while (scan.step());
    return false;
  } catch (error) {
    return error instanceof Error && /damaged|malformed/.test(error.message);
  }
}

Deno.test(
  "DamageScan reads all of a whole file",
  needsFiles,
  async () => {
    await withPath(async (path) => {
      await createFull(path);
      using database = new DatabaseSync(path);
      assert(checkIntegrity(database));
      assert(!checkIntegrity(database, 100_000));
      const scan = new DamageScan(database);
      let steps = 1;
      while (scan.step()) steps++;
      assert(steps >= 12, `${steps}`);
      assert(!scan.step());
    });
  },
);

Deno.test(
  "A store of a large file reports damage once, and continues",
  needsFiles,
  async () => {
    await withPath(async (path) => {
      await createFull(path);
      const database = new DatabaseSync(path);
      takeOver(database);
      const root = database.prepare(
        "SELECT rootpage FROM sqlite_schema WHERE name = 'message_by_time'",
      ).get()?.["rootpage"];
      database.close();
      const bytes = await Deno.readFile(path);
      const start = (Number(root) - 1) * PAGE;
      bytes.fill(0x5a, start, start + 200);
      await Deno.writeFile(path, bytes);
      const errors: string[] = [];
      const damaged = new DatabaseSync(path);
      takeOver(damaged);
      using store = new SqliteStore(damaged, {
        path,
        onError: (error) => errors.push(String(error)),
        maxRooms: 9,
        keep: { age: Infinity, messages: 5_000, privateMessages: 5_000 },
        hasLog: false,
        isUnchecked: true,
      });
      await until(() => errors.length > 0);
      assertEquals(errors, ["Error: Cannot read chat file: it is damaged"]);
      assertEquals(store.load("lobby")?.messages.length, 100);
    });
  },
);
