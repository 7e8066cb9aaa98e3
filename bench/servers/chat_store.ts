// A chat's data file with a million messages, or the same messages in a table
// without an index of words. It prints a line when the file is written, and for each
// line that it gets one with figures, in milliseconds: the start, the median and the
// most of the searches, the most of the pages, and a backup.
//
//   deno run -A bench/servers/chat_store.ts vnet|like FOLDER [MESSAGES]

import { DatabaseSync } from "node:sqlite";
import { openSqliteStore } from "../../chat/mod.ts";
import { median } from "../_statistics.ts";
import { characterAt, ChatTexts, wordAt } from "./_chat_texts.ts";

const ROOMS = 100;
const PAGE = 100;

/** As many rooms as a user may be in, and one that has few messages. */
const SEARCHED = [[1, 2, 3, 4, 5, 6, 7, 8, 9, 10], [100]];

/** What is looked for. */
const QUERIES = [
  ...[wordAt(1), wordAt(40), wordAt(3_000), wordAt(19_999)],
  ...[`${wordAt(1)} ${wordAt(2)}`, `${wordAt(30)} ${wordAt(9_000)}`],
  ...[wordAt(1).slice(0, 1), wordAt(500).slice(0, 3)],
  `"${wordAt(1)} ${wordAt(2)} ${wordAt(3)}"`,
  ...[characterAt(1), characterAt(2_000)],
  ...[characterAt(1) + characterAt(2), characterAt(50) + characterAt(900)],
  characterAt(3) + characterAt(1) + characterAt(2),
];

interface ChatFile extends Disposable {
  add(id: number, room: string, text: string): void;
  search(text: string, rooms: readonly string[]): number;
  page(room: string, before: number): number;
  backup(path: string): Promise<void>;
}

async function openStore(path: string): Promise<ChatFile> {
  const keep = { messages: Infinity };
  const store = await openSqliteStore(path, { keep });
  const user = { id: 1, nickname: "alice" };
  return {
    add: (id, room, text) =>
      store.append({ id, time: id * 1000, room, type: "said", user, text }),
    search: (text, rooms) =>
      store.search({ text, rooms, limit: PAGE }).messages.length,
    page: (room, before) => store.before(room, before, PAGE).messages.length,
    backup: (to) => store.backup(to),
    [Symbol.dispose]: () => store[Symbol.dispose](),
  };
}

function openTable(path: string): Promise<ChatFile> {
  const database = new DatabaseSync(path);
  database.exec(`
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = NORMAL;
    CREATE TABLE IF NOT EXISTS message (
      room TEXT, id INTEGER, time INTEGER, nickname TEXT, text TEXT,
      PRIMARY KEY (room, id)
    ) WITHOUT ROWID;
    BEGIN;
  `);
  const add = database.prepare("INSERT INTO message VALUES (?, ?, ?, ?, ?)");
  const page = database.prepare(
    "SELECT * FROM message WHERE room = ? AND id < ? ORDER BY id DESC LIMIT ?",
  );
  return Promise.resolve({
    add: (id, room, text) => void add.run(room, id, id * 1000, "alice", text),
    search: (text, rooms) => {
      const words = text.startsWith('"')
        ? [text.slice(1, -1)]
        : text.split(" ");
      const search = database.prepare(
        `SELECT * FROM message WHERE room IN (SELECT value FROM json_each(?))
          ${words.map(() => "AND text LIKE ?").join(" ")}
          ORDER BY id DESC LIMIT ${PAGE}`,
      );
      const patterns = words.map((word) => `%${word}%`);
      return search.all(JSON.stringify(rooms), ...patterns).length;
    },
    page: (room, before) => page.all(room, before, PAGE).length,
    backup: (to) => {
      database.exec("COMMIT");
      database.prepare("VACUUM INTO ?").run(to);
      database.exec("BEGIN");
      return Promise.resolve();
    },
    [Symbol.dispose]: () => {
      database.exec("COMMIT");
      database.close();
    },
  });
}

function nameOf(room: number): string {
  return `room-${room}`;
}

/** Calls a function, and returns the milliseconds that it takes. */
function timed(act: () => unknown): number {
  const start = performance.now();
  act();
  return performance.now() - start;
}

const [kind = "vnet", folder = ".", count = "1000000"] = Deno.args;
const path = `${folder}/${kind}.db`;
const open = () => kind === "vnet" ? openStore(path) : openTable(path);
const messages = Number(count);

{
  using file = await open();
  const texts = new ChatTexts();
  for (let id = 1; id <= messages; id++) {
    file.add(id, nameOf(texts.rank(ROOMS + 1)), texts.next());
    // What a turn adds is written at its end.
    if (id % 256 === 0) await Promise.resolve();
  }
}
console.log("ready");

const encoder = new TextEncoder();
for await (const _ of Deno.stdin.readable) {
  const start = performance.now();
  using file = await open();
  file.page(nameOf(1), Infinity);
  const opened = performance.now() - start;
  const searches = QUERIES.flatMap((text) =>
    SEARCHED.map((some) => timed(() => file.search(text, some.map(nameOf))))
  );
  const pages = [1, 2, 5, 10, 20, 50, 100].map(nameOf).flatMap((room) =>
    [Infinity, messages / 2, messages / 10].map((before) =>
      timed(() => file.page(room, before))
    )
  );
  const figures = [
    opened,
    median(searches),
    Math.max(...searches),
    Math.max(...pages),
  ];
  const copy = `${path}.backup`;
  const before = performance.now();
  await file.backup(copy);
  figures.push(performance.now() - before);
  await Deno.remove(copy);
  const line = figures.map((figure) => figure.toFixed(3)).join(" ");
  await Deno.stdout.write(encoder.encode(`${line}\n`));
}
