import { assert, assertEquals, assertRejects } from "@std/assert";
import { ChatRoom } from "../../../chat/room/chat_room.ts";
import type { KeptMessage } from "../../../chat/room/chat_message.ts";
import { openSqliteStore } from "../../../chat/store/sqlite_store.ts";
import { canMount, withSmallDisk } from "../_small_disk.ts";
import { create, needsFiles, said, tamper, withPath } from "./_store_kit.ts";

const canRun = Deno.permissions.querySync({ name: "run" }).state === "granted";

/** Lets one user say things in a room on a store. */
function talk(
  store: ConstructorParameters<typeof ChatRoom>[0],
  ...lines: readonly string[]
): number {
  const room = new ChatRoom({ flood: { burst: Infinity }, ...store });
  const { id } = room.join("192.0.2.1:1", 0);
  room.line(id, "alice", 0);
  for (const line of lines) room.line(id, line, 0);
  return id;
}

Deno.test(
  "openSqliteStore() keeps messages, topics and ids",
  needsFiles,
  async () => {
    await withPath(async (path) => {
      let epoch = "";
      let lastUser = 0;
      {
        using store = await openSqliteStore(path);
        epoch = store.epoch;
        lastUser = talk(
          { store },
          ...["hello", "/me waves", "/topic tea 🍵", "/join cats", "meow"],
        );
      }
      using store = await openSqliteStore(path);
      assertEquals(store.epoch, epoch);
      const room = new ChatRoom({ store });
      const { id } = room.join("192.0.2.1:1", 0);
      assert(id > lastUser);
      const entered = room.line(id, "bob", 1)[1].message;
      assert(entered.type === "entered");
      assertEquals(entered.topic, "tea 🍵");
      assertEquals(entered.history.map(({ type, text }) => [type, text]), [
        ["said", "hello"],
        ["action", "waves"],
        ["topic", "tea 🍵"],
      ]);
      assertEquals(entered.history[0].user, { id: 1, nickname: "alice" });
      const [{ message }] = room.line(id, "hi", 2);
      assert("id" in message && message.id !== undefined);
      assert(message.id > entered.history[2].id);
      const [cats] = room.line(id, "/join cats", 3);
      assert(cats.message.type === "entered");
      assertEquals(cats.message.history.map(({ text }) => text), ["meow"]);
    });
  },
);

Deno.test(
  "openSqliteStore() keeps the last 100 messages of a room",
  needsFiles,
  async () => {
    await withPath(async (path) => {
      {
        using store = await openSqliteStore(path);
        for (let id = 1; id <= 250; id++) {
          store.append(said(id, `line ${id}`));
          if (id % 7 === 0) await Promise.resolve();
        }
        store.append(said(251, "meow", "cats"));
      }
      using store = await openSqliteStore(path);
      const messages = store.load("lobby")?.messages ?? [];
      assertEquals(messages.length, 100);
      assertEquals([messages[0], messages[99]], [
        said(151, "line 151"),
        said(250, "line 250"),
      ]);
      assertEquals(store.load("cats")?.messages, [said(251, "meow", "cats")]);
      assertEquals(store.load("dogs"), undefined);
      assertEquals(store.load("__proto__"), undefined);
    });
  },
);

Deno.test(
  "openSqliteStore() gives a room back while it is still being written",
  needsFiles,
  async () => {
    await withPath(async (path) => {
      using store = await openSqliteStore(path);
      const message = said(1, "hello", "__proto__");
      store.append(message);
      assertEquals(store.load("__proto__"), { topic: "", messages: [message] });
      const topic: KeptMessage = { ...message, id: 2, type: "topic" };
      store.append(topic);
      assertEquals(store.load("__proto__"), {
        topic: "hello",
        messages: [message, topic],
      });
    });
  },
);

Deno.test(
  "openSqliteStore() forgets the room where nothing was said for longest",
  needsFiles,
  async () => {
    await withPath(async (path) => {
      using store = await openSqliteStore(path, { maxRooms: 2 });
      store.load("lobby");
      for (const [index, room] of ["lobby", "a", "b", "a", "c"].entries()) {
        store.append(said(index + 1, "hi", room));
      }
      const kept = ["lobby", "a", "b", "c"].map((room) =>
        store.load(room)?.messages.length
      );
      assertEquals(kept, [1, 2, undefined, 1]);
    });
  },
);

Deno.test("openSqliteStore() refuses options that can't work, before it opens a file", async () => {
  const invalid = [
    { keep: { days: 0 } },
    { keep: { days: NaN } },
    { keep: { messages: -1 } },
    { keep: { privateMessages: 1.5 } },
    { maxRooms: -1 },
  ];
  for (const options of invalid) {
    await assertRejects(() => openSqliteStore("/none/x", options), RangeError);
  }
  const wrong: unknown[] = [{ keep: 5 }, { keep: { days: "1" } }, {
    onError: 1,
  }];
  for (const options of wrong) {
    await assertRejects(
      () => openSqliteStore("/none/x", options as { maxRooms: number }),
      TypeError,
    );
  }
});

Deno.test(
  "openSqliteStore() refuses what is no file of a chat in one sentence",
  needsFiles,
  async () => {
    await withPath(async (path) => {
      await Deno.writeTextFile(path, "This is no database. ".repeat(200));
      await assertRejects(
        () => openSqliteStore(path),
        Error,
        `Cannot open chat file "${path}": it is not an SQLite database`,
      );
      assert(
        (await Deno.readTextFile(path)).startsWith("This is no database."),
      );

      const { DatabaseSync } = await import("node:sqlite");
      const other = new DatabaseSync(`${path}.other`);
      other.exec("CREATE TABLE meta (key TEXT)");
      other.close();
      await assertRejects(
        () => openSqliteStore(`${path}.other`),
        Error,
        "it is the database of another program",
      );

      (await openSqliteStore(`${path}.new`))[Symbol.dispose]();
      const newer = new DatabaseSync(`${path}.new`);
      newer.exec("PRAGMA user_version = 3");
      newer.close();
      await assertRejects(
        () => openSqliteStore(`${path}.new`),
        Error,
        "it has version 3, and this program knows versions up to 2",
      );
      await assertRejects(
        () => openSqliteStore(`${path}/none/chat.db`),
        Error,
        "Cannot open chat file",
      );
    });
  },
);

Deno.test(
  "openSqliteStore() refuses a file that is damaged",
  needsFiles,
  async () => {
    await withPath(async (path) => {
      {
        using store = await openSqliteStore(path);
        for (let id = 1; id <= 100; id++) {
          store.append(said(id, "x".repeat(500)));
        }
      }
      const bytes = await Deno.readFile(path);
      bytes.fill(0x5a, 4096, 3 * 4096);
      await Deno.writeFile(path, bytes);
      await assertRejects(() => openSqliteStore(path), Error, "it is damaged");
    });
  },
);

Deno.test(
  "openSqliteStore() cleans what it reads from a file that somebody has changed",
  needsFiles,
  async () => {
    await withPath(async (path) => {
      await create(path);
      const text = "a\x1b[2J\r\n*** b\u202ec\x9b";
      const insert = (id: number | string, nickname: string, rest = "x") =>
        `INSERT INTO message (id, room, time, type, user, nickname, text)
        VALUES (${id}, 1, 0, 'said', 1, '${nickname}', '${rest}')`;
      await tamper(
        path,
        "DELETE FROM message",
        insert(1, "bob", text),
        insert(2, "*** Notice: bye\n"),
        insert(3, "b\x1b[2Job"),
        insert(4, "x".repeat(5_000)),
        insert(5, "carol", "y".repeat(1_000_000)),
        insert(6, ""),
        insert(-5, "minus"),
        insert("9007199254740993", "huge"),
        insert("4503599627370497", "large"),
        "UPDATE message SET time = 9223372036854775807 WHERE id = 6",
        `INSERT INTO message (id, room, time, type, user, nickname, text)
        VALUES (7, 1, 0, 'topic', 1, 'dave', '${"z".repeat(300)}')`,
        insert(8, "erin"),
        "UPDATE message SET reply_to = 9223372036854775807 WHERE id = 8",
        `UPDATE room SET topic = 'tea\x07${"z".repeat(100_000)}'`,
      );
      const errors: unknown[] = [];
      using store = await openSqliteStore(path, {
        onError: (error) => errors.push(error),
      });
      const { messages = [], topic } = store.load("lobby") ?? {};
      assertEquals(
        messages.map(({ id, user, text }) => [
          id,
          user.nickname,
          text.length < 100 ? text : text.length,
        ]),
        [
          [1, "bob", "a\n*** bc"],
          [2, "?", "x"],
          [3, "?", "x"],
          [4, "?", "x"],
          [5, "carol", 48 * 1024],
          [7, "dave", 200],
        ],
      );
      assertEquals(topic, `tea${"z".repeat(197)}`);
      assertEquals(errors, []);
    });
  },
);

Deno.test(
  "openSqliteStore() refuses a file whose tables or ids somebody has changed",
  needsFiles,
  async () => {
    await withPath(async (path) => {
      const changes = [
        "CREATE TRIGGER t AFTER INSERT ON message BEGIN DELETE FROM room; END",
        "CREATE VIEW v AS SELECT 1",
        "DROP TABLE message",
        "DROP TABLE room; CREATE TABLE room (name, topic, last)",
        "ALTER TABLE meta ADD COLUMN more TEXT",
        "PRAGMA user_version = 0",
        "PRAGMA user_version = -1",
        "DROP TABLE meta; DROP TABLE room; DROP TABLE message; DROP TABLE words",
        "DROP TABLE words; CREATE VIRTUAL TABLE words USING fts5 (place, text)",
        "PRAGMA user_version = 1",
        "DELETE FROM meta WHERE key = 'epoch'",
        "UPDATE meta SET value = 'x y' WHERE key = 'epoch'",
        "UPDATE meta SET value = 'many' WHERE key = 'user-ids'",
        "UPDATE meta SET value = -1 WHERE key = 'message-ids'",
        "UPDATE meta SET value = 9007199254740993 WHERE key = 'message-ids'",
        "UPDATE meta SET value = 'far' WHERE key = 'position'",
        "DELETE FROM meta WHERE key = 'position'",
        "UPDATE room SET count = 9223372036854775807",
        "UPDATE room SET last = -1",
      ];
      for (const [index, change] of changes.entries()) {
        const file = `${path}${index}`;
        await create(file);
        await tamper(file, change);
        const fault = index < 10 ? "its tables are not" : "it is damaged";
        await assertRejects(
          () => openSqliteStore(file),
          Error,
          `Cannot open chat file "${file}": ${fault}`,
        );
      }
    });
  },
);

Deno.test(
  "openSqliteStore() gives no id of a stored message out again",
  needsFiles,
  async () => {
    await withPath(async (path) => {
      await create(path);
      await tamper(path, "UPDATE message SET id = 9999");
      using store = await openSqliteStore(path);
      assertEquals(store.lastMessageId, 9999);
    });
  },
);

Deno.test("openSqliteStore() keeps its files to their owner", {
  ignore: needsFiles.ignore || Deno.build.os === "windows",
}, async () => {
  await withPath(async (path) => {
    const modes = () =>
      ["", "-wal"].map((suffix) =>
        ((Deno.statSync(path + suffix).mode ?? 0) & 0o777).toString(8)
      );
    const before = Deno.umask(0);
    try {
      {
        using store = await openSqliteStore(path);
        store.append(said(1, "hello"));
        await Promise.resolve();
        assertEquals(modes(), ["600", "600"]);
      }
      await Deno.chmod(path, 0o666);
      await Deno.writeFile(`${path}-wal`, new Uint8Array(), { mode: 0o644 });
      using store = await openSqliteStore(path);
      assertEquals(store.load("lobby")?.messages.length, 1);
      store.append(said(2, "hello"));
      await Promise.resolve();
      assertEquals(modes(), ["600", "600"]);
    } finally {
      Deno.umask(before);
    }
    // The file of another program is left as it is.
    const other = `${path}.other`;
    await Deno.writeTextFile(other, "This is no database. ".repeat(200));
    await Deno.chmod(other, 0o644);
    await assertRejects(() => openSqliteStore(other), Error, "Cannot open");
    assertEquals(((await Deno.stat(other)).mode ?? 0) & 0o777, 0o644);
  });
});

Deno.test(
  "openSqliteStore() lets one server at a time have the file",
  needsFiles,
  async () => {
    await withPath(async (path) => {
      {
        using store = await openSqliteStore(path);
        store.append(said(1, "hello"));
        await assertRejects(
          () => openSqliteStore(path),
          Error,
          "another program has it open",
        );
      }
      using store = await openSqliteStore(path);
      assertEquals(store.load("lobby")?.messages.length, 1);
    });
  },
);

Deno.test(
  "openSqliteStore() gives no id out again, even without a goodbye",
  needsFiles,
  async () => {
    await withPath(async (path) => {
      const ids: number[] = [];
      const users: number[] = [];
      for (let round = 0; round < 3; round++) {
        using store = await openSqliteStore(path);
        const room = new ChatRoom({ store, flood: { burst: Infinity } });
        for (let count = 0; count < 150; count++) {
          const { id } = room.join("192.0.2.1:1", 0);
          users.push(id);
          // Nothing of this is kept but the ids.
          const all = [
            ...room.line(id, "alice", 0),
            ...room.leave(id, "quit", 0),
          ];
          for (const { message } of all) {
            if ("room" in message && "id" in message) ids.push(message.id);
          }
        }
      }
      assertEquals(new Set(ids).size, 900);
      assertEquals(new Set(users).size, 450);
      assertEquals(ids, ids.toSorted((left, right) => left - right));
    });
  },
);

Deno.test(
  "A message that can't be written is not in the way of others",
  needsFiles,
  async () => {
    await withPath(async (path) => {
      const errors: unknown[] = [];
      using store = await openSqliteStore(path, {
        onError: (error) => errors.push(error),
      });
      const broken = { ...said(2, "broken"), type: "shouted" } as unknown;
      const all = [said(1, "one"), broken as KeptMessage, said(3, "three")];
      for (const message of all) store.append(message);
      await Promise.resolve();
      assertEquals(errors.length, 1);
      assertEquals(store.load("lobby")?.messages, [
        said(1, "one"),
        said(3, "three"),
      ]);
    });
  },
);

Deno.test(
  "A store that is closed keeps nothing, and may be closed again",
  needsFiles,
  async () => {
    await withPath(async (path) => {
      const errors: unknown[] = [];
      const onError = (error: unknown) => errors.push(error);
      const store = await openSqliteStore(path, { onError });
      store.append(said(1, "in time"));
      store[Symbol.dispose]();
      store[Symbol.dispose]();
      store.append(said(2, "too late"));
      store.reserveMessageIds(9_999);
      assertEquals(store.load("lobby"), undefined);
      await Promise.resolve();
      assertEquals(errors, []);
      using again = await openSqliteStore(path);
      assertEquals(again.load("lobby")?.messages, [said(1, "in time")]);
    });
  },
);

Deno.test("A full disk is told of, what fits is kept, and room helps", {
  ignore: !await canMount(),
}, async () => {
  await withSmallDisk(async (folder) => {
    const path = `${folder}/chat.db`;
    const errors: unknown[] = [];
    using store = await openSqliteStore(path, {
      onError: (error) => errors.push(error),
    });
    await Deno.writeFile(`${folder}/ballast`, new Uint8Array(1_800 * 1024));
    for (let id = 1; id <= 95; id++) {
      store.append(said(id, `${id} ${"x".repeat(4000)}`));
      await Promise.resolve();
    }
    assertEquals(errors.map(String), [
      "Error: Cannot write chat file: the disk is full",
    ]);
    const isWhole = ({ messages }: { messages: readonly KeptMessage[] }) =>
      messages.every(({ id }, index) => id === index + 1);
    // The messages that wait are still in the history.
    const loaded = store.load("lobby");
    assert(loaded !== undefined && isWhole(loaded));
    assertEquals(loaded.messages.length, 95);

    await Deno.remove(`${folder}/ballast`);
    store[Symbol.dispose]();
    assertEquals(errors.length, 1);
    using again = await openSqliteStore(path);
    const kept = again.load("lobby");
    assert(kept !== undefined && isWhole(kept));
    assert(kept.messages.length > 20, `${kept.messages.length}`);
  });
});

Deno.test("A server that is killed leaves a whole file, and all it has said", {
  ignore: needsFiles.ignore || !canRun,
}, async () => {
  await withPath(async (path) => {
    let highest = 0;
    for (const rounds of [30, 1, 200]) {
      const { last, count } = await writeAndKill(path, rounds);
      using store = await openSqliteStore(path);
      const messages = store.load("lobby")?.messages ?? [];
      const found = messages.find(({ id }) => id === last);
      assertEquals(found?.text, `line ${count}`);
      assert(last > highest, "Ids go on");
      const ids = messages.map(({ id }) => id);
      assertEquals(ids, [...new Set(ids)].sort((left, right) => left - right));
      highest = ids.at(-1) ?? 0;
      assert(store.lastMessageId >= highest);
    }
  });
});

/** Lets a process write until so many lines are told of, and kills it. */
async function writeAndKill(
  path: string,
  lines: number,
): Promise<{ readonly last: number; readonly count: number }> {
  const script = new URL("./_chat_writer.ts", import.meta.url).pathname;
  const command = new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-check", "--allow-read", "--allow-write", script, path],
    stdout: "piped",
    stderr: "inherit",
  });
  await using child = command.spawn();
  let text = "";
  let isKilled = false;
  // What it told of before it was killed still comes.
  for await (const chunk of child.stdout.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    if (isKilled || text.split("\n").length <= lines) continue;
    isKilled = true;
    child.kill("SIGKILL");
  }
  await child.status;
  const complete = text.slice(0, text.lastIndexOf("\n")).split("\n");
  const [id, , count] = (complete.at(-1) ?? "").split(" ");
  return { last: Number(id), count: Number(count) };
}
