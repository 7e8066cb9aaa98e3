import { assert, assertEquals } from "@std/assert";
import { openSqliteStore } from "../../../chat/store/sqlite_store.ts";
import type { SearchQuery } from "../../../chat/store/chat_search.ts";
import { needsFiles, said, tamper, whispered, withPath } from "./_store_kit.ts";

type Store = Awaited<ReturnType<typeof openSqliteStore>>;

/** The ids of the messages that a query finds. */
function find(store: Store, text: string, rest: Partial<SearchQuery> = {}) {
  const query = { text, rooms: ["lobby"], limit: 100, ...rest };
  return store.search(query).messages.map(({ id }) => id);
}

Deno.test("search() finds words, prefixes and phrases, the newest first", async () => {
  using store = await openSqliteStore(":memory:");
  const texts = [
    "Hello world",
    "The meeting is on Monday",
    "meet me at the world's end",
    "hello, meeting!",
    "Monday: on is meeting",
  ];
  for (const [index, text] of texts.entries()) store.append(said(index, text));
  assertEquals(find(store, "hello"), [3, 0]);
  assertEquals(find(store, "meet"), [4, 3, 2, 1]);
  assertEquals(find(store, '"meet"'), [2]);
  assertEquals(find(store, "MEET hel"), [3]);
  assertEquals(find(store, '"meeting is on"'), [1]);
  assertEquals(find(store, "on meeting"), [4, 1]);
  assertEquals(find(store, "eeting"), []);
  assertEquals(find(store, "me"), [2]);
  assertEquals(find(store, "!?"), []);
});

Deno.test("search() finds any part of Chinese text, also one character", async () => {
  using store = await openSqliteStore(":memory:");
  const texts = [
    "今天天气很好",
    "天今",
    "去喝咖啡吗？",
    "咖啡",
    "喝 咖 啡",
    "ＯＫ，好的",
  ];
  for (const [index, text] of texts.entries()) store.append(said(index, text));
  assertEquals(find(store, "今天"), [0]);
  assertEquals(find(store, "天今"), [1]);
  assertEquals(find(store, "咖啡"), [3, 2]);
  assertEquals(find(store, "喝咖啡"), [2]);
  assertEquals(find(store, "好"), [5, 0]);
  assertEquals(find(store, "天气 很"), [0]);
  assertEquals(find(store, "ok好"), [5]);
  assertEquals(find(store, "ok的"), []);
  assertEquals(find(store, "ok 好的"), [5]);
});

Deno.test("search() looks at the rooms that are named, and at no other", async () => {
  using store = await openSqliteStore(":memory:");
  for (const [index, room] of ["lobby", "cats", "dogs", "cats"].entries()) {
    store.append(said(index, "hello", room));
  }
  store.appendPrivate(whispered(4, "hello"), { author: "a" });
  assertEquals(find(store, "hello", { rooms: ["cats"] }), [3, 1]);
  assertEquals(find(store, "hello", { rooms: ["cats", "lobby"] }), [3, 1, 0]);
  assertEquals(find(store, "hello", { rooms: [] }), []);
  assertEquals(find(store, "hello", { rooms: ["", "birds"] }), []);
  const { messages } = store.search({
    text: "hello",
    rooms: ["dogs"],
    limit: 1,
  });
  assertEquals(messages, [said(2, "hello", "dogs")]);
});

Deno.test("search() finds private messages of their owners only", async () => {
  using store = await openSqliteStore(":memory:");
  const message = whispered(1, "a secret");
  store.appendPrivate(message, { author: "k-1", recipient: "K2" });
  store.appendPrivate(whispered(2, "a secret"), { author: "k3" });
  store.appendPrivate(whispered(3, "a secret"), {});
  const own = (owner: string) => find(store, "secret", { rooms: [], owner });
  assertEquals(own("k-1"), [1]);
  assertEquals(own("K2"), [1]);
  assertEquals(own("k3"), [2]);
  // Keys are compared exactly, although the index does not.
  for (const other of ["k1", "k2", "alice", "bob", "", "%", "k"]) {
    assertEquals(own(other), []);
  }
  const query = { text: "secret", rooms: [], owner: "K2", limit: 9 };
  assertEquals(store.search(query).messages, [message]);
});

Deno.test("search() has pages, and says when there is no more", async () => {
  using store = await openSqliteStore(":memory:");
  for (let id = 1; id <= 25; id++) store.append(said(id, `tea ${id}`));
  const query = { text: "tea", rooms: ["lobby"], limit: 10 };
  const found: number[] = [];
  let before: number | undefined;
  for (const complete of [false, false, true]) {
    const page = store.search({ ...query, before });
    assertEquals(page.complete, complete);
    found.push(...page.messages.map(({ id }) => id));
    before = page.messages.at(-1)?.id;
  }
  assertEquals(found, Array.from({ length: 25 }, (_, index) => 25 - index));
  assertEquals(store.search({ ...query, before: 1 }), {
    messages: [],
    complete: true,
  });
});

Deno.test("search() follows changes, deletions and forgotten rooms", async () => {
  using store = await openSqliteStore(":memory:");
  for (const id of [1, 2, 3]) store.append(said(id, "tea"));
  store.append(said(4, "tea", "cats"));
  store.change("lobby", 1, "coffee", 5);
  store.change("lobby", 2, "", 6);
  store.forget("cats");
  assertEquals(find(store, "tea", { rooms: ["lobby", "cats"] }), [3]);
  assertEquals(find(store, "coffee"), [1]);
});

Deno.test("search() passes nothing of a query to the syntax of the index", async () => {
  const errors: unknown[] = [];
  const onError = (error: unknown) => errors.push(error);
  using store = await openSqliteStore(":memory:", { onError });
  store.append(said(1, "hello", "cats"));
  const queries = [
    ..."\"'*^:(){}+-\\\0;%,",
    'hello" OR place : "r1',
    "hello OR x NEAR(hello) NOT {text}:x",
    "hello*",
    "hello AND",
    '"hello" "',
    "\ud800 hello \udc00",
  ];
  for (const text of queries) {
    assertEquals(find(store, text, { owner: text }), []);
  }
  assertEquals(find(store, "hello*", { rooms: ["cats"] }), [1]);
  assertEquals(errors, []);
});

Deno.test(
  "search() shows nothing of other rooms though somebody has changed the index",
  needsFiles,
  async () => {
    await withPath(async (path) => {
      {
        using store = await openSqliteStore(path);
        store.append(said(1, "hello"));
        store.append(said(2, "a secret", "cats"));
        store.appendPrivate(whispered(3, "a secret"), { author: "k" });
      }
      await tamper(
        path,
        "DELETE FROM words",
        ...[1, 2, 3, 4, -5].map((id) =>
          `INSERT INTO words (rowid, place, text) VALUES (${id}, 'r1 ox', 'SECRET')`
        ),
      );
      using store = await openSqliteStore(path);
      assertEquals(find(store, "secret", { owner: "x" }), [1]);
    });
  },
);

Deno.test("search() ends soon, whatever is asked", async () => {
  using store = await openSqliteStore(":memory:");
  for (let id = 1; id <= 2_000; id++) store.append(said(id, "a b c d 你好"));
  assertEquals(find(store, "a ".repeat(200), { limit: 1 }), [2_000]);
  assertEquals(find(store, "你".repeat(200)), []);
  const page = store.search({ text: "a", rooms: ["lobby"], limit: 9_999 });
  assertEquals(page.messages.length, 1_000);
  assert(!page.complete);
});
