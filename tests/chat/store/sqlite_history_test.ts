import { assertEquals } from "@std/assert";
import { openSqliteStore } from "../../../chat/store/sqlite_store.ts";
import type { KeptMessage } from "../../../chat/room/chat_message.ts";
import {
  needsFiles,
  said,
  topicSet,
  whispered,
  withPath,
} from "./_store_kit.ts";

Deno.test("before() pages through all that is kept of a room", async () => {
  using store = await openSqliteStore(":memory:");
  const lobby: KeptMessage[] = [];
  for (let id = 1; id <= 501; id++) {
    const message = said(id, `line ${id}`, id % 3 === 0 ? "cats" : "lobby");
    store.append(message);
    if (message.room === "lobby") lobby.push(message);
  }
  const found: KeptMessage[] = [];
  let before = Infinity;
  let isComplete = false;
  while (!isComplete) {
    const { messages, complete } = store.before("lobby", before, 67);
    found.unshift(...messages);
    before = messages[0]?.id ?? 0;
    isComplete = complete;
  }
  assertEquals(found, lobby);
  assertEquals(store.before("lobby", 4, 2), {
    messages: [lobby[0], lobby[1]],
    complete: true,
  });
  assertEquals(store.before("lobby", 1, 5), { messages: [], complete: true });
  assertEquals(store.before("dogs", 9, 5), { messages: [], complete: true });
});

Deno.test("oldest() has the time of the oldest message of a room", async () => {
  using store = await openSqliteStore(":memory:");
  store.append(said(3, "hi"));
  store.append(said(5, "hello", "cats"));
  store.append(said(7, "hello", "cats"));
  assertEquals(store.oldest("lobby"), 30);
  assertEquals(store.oldest("cats"), 50);
  assertEquals(store.oldest("dogs"), undefined);
  assertEquals(store.oldest(""), undefined);
});

Deno.test(
  "A store keeps replies, edits and all kinds of messages",
  needsFiles,
  async () => {
    await withPath(async (path) => {
      const action: KeptMessage = {
        ...said(2, "waves"),
        type: "action",
        replyTo: 1,
        edited: 25,
      };
      const message = whispered(3, "psst");
      {
        using store = await openSqliteStore(path);
        store.append(said(1, "hello"));
        store.append(action);
        store.appendPrivate(message, { author: "a", recipient: "b" });
      }
      using store = await openSqliteStore(path);
      assertEquals(store.load("lobby")?.messages, [said(1, "hello"), action]);
      assertEquals(store.privateBefore("b", Infinity, 9), {
        messages: [message],
        complete: true,
      });
      assertEquals(store.lastMessageId, 3);
    });
  },
);

Deno.test("privateBefore() gives an owner own messages, and no one else's", async () => {
  using store = await openSqliteStore(":memory:");
  const owners = [
    { author: "a", recipient: "b" },
    { author: "b", recipient: "a" },
    { author: "c", recipient: "b" },
    { author: "a", recipient: "a" },
    { recipient: "a" },
    {},
  ];
  for (const [index, both] of owners.entries()) {
    store.appendPrivate(whispered(index + 1, "psst"), both);
  }
  const ids = (owner: string, id = Infinity, limit = 9) => {
    const { messages, complete } = store.privateBefore(owner, id, limit);
    return [...messages.map(({ id }) => id), complete];
  };
  assertEquals(ids("a"), [1, 2, 4, 5, true]);
  assertEquals(ids("b"), [1, 2, 3, true]);
  assertEquals(ids("a", 5, 2), [2, 4, false]);
  assertEquals(ids("a", 2), [1, true]);
  for (const other of ["A", "alice", "bob", ""]) {
    assertEquals(ids(other), [true]);
  }
  assertEquals(store.before("", Infinity, 9).messages, []);
  assertEquals(store.load(""), undefined);
});

Deno.test("appendPrivate() refuses keys of more than 64 characters", async () => {
  const errors: string[] = [];
  using store = await openSqliteStore(":memory:", {
    onError: (error) => errors.push(String(error)),
  });
  store.appendPrivate(whispered(1, "psst"), { author: "k".repeat(65) });
  store.appendPrivate(whispered(2, "psst"), { author: "k".repeat(64) });
  assertEquals(store.privateBefore("k".repeat(64), 9, 9).messages.length, 1);
  assertEquals(errors.length, 1);
});

Deno.test("change() changes or empties what was said in that room", async () => {
  using store = await openSqliteStore(":memory:");
  for (const id of [1, 2, 3]) store.append(said(id, "tea"));
  store.append(topicSet(4, "tea"));
  store.append(said(5, "tea", "cats"));
  store.appendPrivate(whispered(6, "tea"), { author: "a" });
  store.change("lobby", 1, "coffee", 11);
  store.change("lobby", 2, "", 12);
  // Not in that room, a topic, no such message, a private one, no such room.
  store.change("lobby", 5, "x", 13);
  store.change("lobby", 4, "x", 14);
  store.change("lobby", 7, "x", 15);
  store.change("", 6, "x", 16);
  store.change("dogs", 3, "x", 17);
  assertEquals(store.before("lobby", Infinity, 9).messages, [
    { ...said(1, "coffee"), edited: 11 },
    { ...said(2, ""), edited: 12 },
    said(3, "tea"),
    topicSet(4, "tea"),
  ]);
  assertEquals(store.load("lobby")?.topic, "tea");
  assertEquals(store.load("cats")?.messages, [said(5, "tea", "cats")]);
  assertEquals(store.privateBefore("a", 9, 9).messages, [whispered(6, "tea")]);
  assertEquals(store.load("dogs"), undefined);
});

Deno.test("changePrivate() changes a private message, and what searches find of it", async () => {
  using store = await openSqliteStore(":memory:");
  const owners = { author: "a", recipient: "b" };
  for (const id of [1, 2]) store.appendPrivate(whispered(id, "tea"), owners);
  store.append(said(3, "tea"));
  const find = (text: string, owner: string) =>
    store.search({ text, rooms: [], owner, limit: 9 }).messages;
  store.changePrivate(1, "hot milk", 11);
  store.changePrivate(2, "", 12);
  store.changePrivate(3, "x", 13);
  const changed = { ...whispered(1, "hot milk"), edited: 11 };
  const deleted = { ...whispered(2, ""), edited: 12 };
  for (const owner of ["a", "b"]) {
    assertEquals(store.privateBefore(owner, 9, 9).messages, [changed, deleted]);
    assertEquals(find("tea", owner), []);
    assertEquals(find("milk", owner), [changed]);
  }
  assertEquals(find("milk", "c"), []);
  assertEquals(store.before("lobby", 9, 9).messages, [said(3, "tea")]);
});

Deno.test("A private message keeps the id of the one that it answers", async () => {
  using store = await openSqliteStore(":memory:");
  const answer = { ...whispered(2, "yes"), replyTo: 1 };
  store.appendPrivate(answer, { author: "a" });
  assertEquals(store.privateBefore("a", 9, 9).messages, [answer]);
});

Deno.test("forget() takes a room and its topic away, and a new one begins", async () => {
  using store = await openSqliteStore(":memory:");
  store.append(topicSet(1, "secret", "cats"));
  store.append(said(2, "secret", "cats"));
  store.forget("cats");
  assertEquals(store.load("cats"), undefined);
  store.forget("cats");
  store.forget("");
  // All in one transaction.
  store.append(said(3, "secret", "cats"));
  store.forget("cats");
  store.append(said(4, "milk", "cats"));
  assertEquals(store.load("cats"), {
    topic: "",
    messages: [said(4, "milk", "cats")],
  });
  assertEquals(store.before("cats", Infinity, 9).messages.length, 1);
  assertEquals(store.oldest("cats"), 40);
});

Deno.test("append() ignores a message that is stored, also if it was changed", async () => {
  using store = await openSqliteStore(":memory:");
  store.append(said(1, "tea"));
  store.change("lobby", 1, "coffee", 2);
  store.append(said(1, "tea"));
  assertEquals(store.load("lobby")?.messages, [
    { ...said(1, "coffee"), edited: 2 },
  ]);
  const query = { text: "tea", rooms: ["lobby"], limit: 9 };
  assertEquals(store.search(query).messages, []);
  store.append(topicSet(3, "milk"));
  store.append(topicSet(4, "honey"));
  store.append(topicSet(3, "milk"));
  assertEquals(store.load("lobby")?.topic, "honey");
});

Deno.test("A store that is closed finds nothing", async () => {
  const store = await openSqliteStore(":memory:");
  store.append(said(1, "tea"));
  store[Symbol.dispose]();
  const nothing = { messages: [], complete: true };
  assertEquals(store.before("lobby", 9, 9), nothing);
  assertEquals(store.privateBefore("a", 9, 9), nothing);
  assertEquals(
    store.search({ text: "a", rooms: ["lobby"], limit: 1 }),
    nothing,
  );
  assertEquals(store.oldest("lobby"), undefined);
});
