import { assert, assertEquals, assertMatch } from "@std/assert";
import { COLOURED, PLAIN } from "../../../chat/terminal/_palette.ts";
import {
  showEvent,
  type TextContext,
} from "../../../chat/terminal/_terminal_text.ts";
import { DayChanges, dayFormat } from "../../../chat/room/text/_day_text.ts";
import { ENGLISH } from "../../../chat/text/_texts.ts";
import type { ChatClientEvent } from "../../../chat/client/chat_client_message.ts";

const EVIL = "\x1b]0;x\x07\x1b[2J\x9b1A\r\n\x08\u202e\u2028e\x00vil\x7f";
const CONTEXT: TextContext = {
  palette: PLAIN,
  texts: ENGLISH,
  userId: 1,
  room: "lobby",
  days: new DayChanges(() => ""),
  find: () => undefined,
};

const LIMITS = { nickname: 32, message: 4096, rooms: 10 };

/** Events with a text of others in each place. */
function eventsWith(text: string): readonly ChatClientEvent[] {
  const USER = { id: 2, nickname: text };
  const PLACE = { id: 1, time: 0, room: text, user: USER } as const;
  const ENTRY = { ...USER, enteredAt: 0 };
  const RECORD = { ...PLACE, type: "said", text } as const;
  return [
    RECORD,
    { ...RECORD, type: "action" },
    { ...RECORD, type: "topic" },
    { type: "joined", ...PLACE },
    { type: "left", ...PLACE, reason: text },
    { type: "renamed", ...PLACE, previous: text },
    { type: "private", id: 1, time: 0, user: USER, to: USER, text },
    {
      type: "greeting",
      ...{ version: 1, server: text, online: 1, epoch: text },
      ...{ address: text, limits: LIMITS },
    },
    { type: "welcome", user: USER, room: text, online: 1, resumed: false },
    {
      type: "entered",
      ...{ room: text, topic: text, users: [ENTRY], online: 1 },
      ...{ history: [RECORD], complete: true },
    },
    { type: "exited", room: text, current: text },
    { type: "nickname-request" },
    { type: "users", room: text, users: [ENTRY], online: 1 },
    { type: "rooms", rooms: [{ room: text, topic: text, online: 1 }] },
    { type: "history", room: text, messages: [RECORD], complete: true },
    { ...PLACE, type: "edited", target: 1, text },
    { ...RECORD, replyTo: 7, edited: 9 },
    { ...RECORD, text: "", edited: 9 },
    { type: "invited", time: 0, user: USER, room: text },
    { type: "link", token: text, expires: 0 },
    { type: "invitation", token: text, expires: 0, text },
    { type: "pass", token: text },
    {
      type: "found",
      messages: [RECORD, {
        ...{ type: "private", id: 1, time: 0, user: USER, to: USER, text },
      }],
      complete: false,
    },
    { type: "error", code: text, text },
    { type: "notice", time: 0, text },
    { type: "warning", time: 0, text },
    { type: "help", text },
    { type: "goodbye", reason: text, text },
  ];
}

Deno.test("showEvent() lets no control character of others through", () => {
  const user = { id: 2, nickname: EVIL };
  const find = (id: number) => ({ id, room: EVIL, user, text: EVIL });
  for (const event of eventsWith(EVIL)) {
    for (const line of showEvent(event, { ...CONTEXT, find })) {
      // deno-lint-ignore no-control-regex
      assertMatch(line, /^[^\x00-\x1f\x7f-\x9f\u202e\u2028]*$/, event.type);
    }
    for (
      const line of showEvent(event, { ...CONTEXT, palette: COLOURED })
    ) {
      // deno-lint-ignore no-control-regex
      const bare = line.replaceAll(/\x1b\[[0-9]+m/g, "");
      // deno-lint-ignore no-control-regex
      assertMatch(bare, /^[^\x00-\x1f\x7f-\x9f\u202e\u2028]*$/, event.type);
    }
  }
});

Deno.test("showEvent() shows who speaks, and where if it is elsewhere", () => {
  const said = {
    type: "said",
    ...{ id: 1, time: 0, text: "hello" },
    user: { id: 2, nickname: "bob" },
  } as const;
  const [here = ""] = showEvent({ ...said, room: "lobby" }, CONTEXT);
  const [there = ""] = showEvent({ ...said, room: "cats" }, CONTEXT);
  assertMatch(here, /^\d\d:\d\d bob: hello$/);
  assertMatch(there, /^\d\d:\d\d \[cats\] bob: hello$/);
});

Deno.test("showEvent() gives padding no way to the start of a row", () => {
  for (const blank of [" ", "\u00a0", "\u3000", "\u2800", "\u{1d159}"]) {
    const text = `hi${blank.repeat(74)}*** Notice: x`;
    for (const event of eventsWith(text)) {
      for (const line of showEvent(event, CONTEXT)) {
        assert(!line.includes(blank.repeat(3)), line);
        assert(line.indexOf("*** ", 1) === -1, line);
      }
    }
  }
});

Deno.test("showEvent() marks each line of a message but the first", () => {
  const said = {
    type: "said",
    ...{ id: 1, time: 0, room: "lobby" },
    text: "one\n  two\nbob: three\n*** four",
    user: { id: 2, nickname: "bob" },
  } as const;
  const lines = showEvent(said, CONTEXT);
  assertMatch(lines[0] ?? "", /^\d\d:\d\d bob: one$/);
  assertEquals(lines.slice(1), [
    ...["      |   two", "      | bob: three", "      | ** four"],
  ]);
});

Deno.test("showEvent() styles Markdown, and leaves its marks", () => {
  const said = {
    type: "said",
    ...{ id: 1, time: 0, room: "lobby" },
    text: "`c` *a **b***\n```\n*d*\n```\n> *e*\nhttps://f.example",
    user: { id: 1, nickname: "bob" },
  } as const;
  const plain = showEvent(said, CONTEXT);
  const coloured = showEvent(said, { ...CONTEXT, palette: COLOURED });
  // deno-lint-ignore no-control-regex
  const bare = coloured.map((line) => line.replaceAll(/\x1b\[[0-9]+m/g, ""));
  assertEquals(bare, plain);
  const [first = "", ...others] = coloured.map((line) =>
    line.replaceAll("\x1b[0m", "").replaceAll("\x1b", "")
  );
  assert(
    first.endsWith(": [2m`[36mc[2m` [2m*[3ma [2m**[3m[1mb[2m**[2m*"),
    first,
  );
  assertEquals(others, [
    ...["      | [2m```", "      | [36m*d*", "      | [2m```"],
    ...["      | [2m> [2m*[3me[2m*", "      | [4mhttps://f.example"],
  ]);
});

Deno.test("showEvent() lets Markdown fill no row with blanks", () => {
  const said = {
    type: "said",
    ...{ id: 1, time: 0, room: "lobby" },
    text: "hi" + "` `".repeat(40) + "* *".repeat(40) + "** **".repeat(20),
    user: { id: 2, nickname: "bob" },
  } as const;
  for (const palette of [PLAIN, COLOURED]) {
    for (const line of showEvent(said, { ...CONTEXT, palette })) {
      // deno-lint-ignore no-control-regex
      const bare = line.replaceAll(/\x1b\[[0-9]+m/g, "");
      assert(!bare.includes("   "), bare);
    }
  }
});

Deno.test("showEvent() tells the day of what is not of the day before it", () => {
  const day = 24 * 60 * 60 * 1000;
  const textOf = dayFormat("en", "UTC");
  const context = { ...CONTEXT, days: new DayChanges(textOf, 20 * day) };
  const said = (time: number) =>
    ({
      type: "said",
      ...{ id: 1, time, room: "lobby", text: "hi" },
      user: { id: 2, nickname: "bob" },
    }) as const;
  const linesOf = (event: ChatClientEvent) =>
    showEvent(event, context).map((line) => line.replace(/^[0-9:]+ /, ""));
  assertEquals(linesOf(said(20 * day + 1)), ["bob: hi"]);
  const messages = [said(0), said(1), said(day)];
  assertEquals(
    linesOf({ type: "history", room: "lobby", messages, complete: true }),
    [
      ...["-- 1970-01-01, Thursday", "bob: hi", "bob: hi"],
      ...["-- 1970-01-02, Friday", "bob: hi"],
    ],
  );
  assertEquals(linesOf(said(20 * day)), [
    "-- 1970-01-21, Wednesday",
    "bob: hi",
  ]);
});

const BOB = { id: 2, nickname: "bob" };

/** The lines of an event, without times. */
function linesOf(event: ChatClientEvent, context = CONTEXT): string[] {
  return showEvent(event, context).map((line) =>
    line.replace(/^\d\d:\d\d /, "")
  );
}

Deno.test("showEvent() marks changed and deleted messages", () => {
  const record = {
    ...{ type: "said", id: 1, time: 0, room: "lobby", user: BOB } as const,
    ...{ text: "one\ntwo", edited: 9 },
  };
  assertEquals(linesOf(record), ["bob: one", "      | two (edited)"]);
  assertEquals(linesOf({ ...record, text: "" }), ["bob: (deleted)"]);
  const edited = {
    ...{ type: "edited", id: 2, time: 0, room: "cats", user: BOB } as const,
    ...{ target: 1, text: "a\nb" },
  };
  assertEquals(linesOf(edited), [
    ...["[cats] -- bob changed a message: a", "      | b"],
  ]);
  assertEquals(linesOf({ ...edited, text: "" }), [
    "[cats] -- bob deleted a message",
  ]);
});

Deno.test("showEvent() tells what a message answers, if that was shown lately", () => {
  const record = {
    ...{ type: "said", id: 8, time: 0, room: "lobby", user: BOB } as const,
    ...{ text: "yes", replyTo: 7 },
  };
  const about = (text: string) => ({
    ...CONTEXT,
    find: (id: number) =>
      id === 7
        ? { id, room: "lobby", user: { id: 1, nickname: "alice" }, text }
        : undefined,
  });
  assertEquals(linesOf(record, about("Is it?\nReally?")), [
    ...["-- bob answers alice: Is it? Really?", "bob: yes"],
  ]);
  const [long = ""] = linesOf(record, about("\u{1f600}".repeat(100)));
  assertEquals([...long.split(": ")[1] ?? ""].length, 40);
  for (const context of [about(""), CONTEXT]) {
    assertEquals(linesOf(record, context), [
      ...["-- bob answers an earlier message", "bob: yes"],
    ]);
  }
});

Deno.test("showEvent() tells how many are in a large room, and names a few", () => {
  const users = Array.from({ length: 150 }, (_, n) => ({
    ...{ id: n + 1, nickname: `u${n}`, enteredAt: 0 },
  }));
  const [line = ""] = linesOf({
    ...{ type: "users", room: "lobby", users, online: 2300 },
  });
  assertMatch(line, /^-- 2300 people are in lobby: u0, .*, u99 and 2200 more$/);
  const entered = {
    ...{ type: "entered", room: "lobby", topic: "", history: [] } as const,
    ...{ users: users.slice(0, 2), online: 2300, complete: true },
  };
  assertEquals(linesOf(entered), [
    "-- 2300 people are in lobby: u0, u1 and 2298 more",
  ]);
  assertEquals(linesOf({ type: "online", room: "lobby", online: 2301 }), []);
});

Deno.test("showEvent() shows invitations, locked rooms and secrets", () => {
  assertEquals(
    linesOf({ type: "invited", time: 0, user: BOB, room: "cats" }),
    ["-- bob invites you to cats: /join cats"],
  );
  const rooms = [
    { room: "cats", topic: "Tea", online: 2, locked: true },
    { room: "dogs", topic: "", online: 1 },
  ];
  assertEquals(linesOf({ type: "rooms", rooms }), [
    "-- cats: 2 people are there; by invitation only; Tea",
    "-- dogs: 1 person is there",
  ]);
  assertEquals(linesOf({ type: "pass", token: "t" }), [
    "-- To enter again within 30 days, use this instead of the invitation: t",
  ]);
});

Deno.test("showEvent() shows what was found with its days, the newest last", () => {
  const day = 24 * 60 * 60 * 1000;
  const days = new DayChanges(dayFormat("en", "UTC"), 20 * day);
  const context = { ...CONTEXT, days };
  const alice = { id: 1, nickname: "alice" };
  const found = {
    type: "found",
    messages: [
      {
        type: "private",
        id: 3,
        time: day,
        user: alice,
        to: BOB,
        text: "tea 3",
      },
      { type: "said", id: 2, time: 0, room: "cats", user: BOB, text: "tea 2" },
    ],
    complete: false,
  } as const;
  assertEquals(linesOf(found, context), [
    "-- There are older ones, too.",
    ...["-- 1970-01-01, Thursday", "#cats bob: tea 2"],
    ...["-- 1970-01-02, Friday", "[private] alice to bob: tea 3"],
  ]);
  assertEquals(linesOf({ ...found, messages: [] }, context), [
    "-- Nothing was found.",
  ]);
});
