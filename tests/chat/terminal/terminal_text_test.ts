import { assert, assertEquals, assertMatch } from "@std/assert";
import { COLOURED, PLAIN } from "../../../chat/terminal/_palette.ts";
import { showEvent } from "../../../chat/terminal/_terminal_text.ts";
import { DayChanges, dayFormat } from "../../../chat/room/text/_day_text.ts";
import { ENGLISH } from "../../../chat/text/_texts.ts";
import type { ChatClientEvent } from "../../../chat/client/chat_client_message.ts";

const EVIL = "\x1b]0;x\x07\x1b[2J\x9b1A\r\n\x08\u202e\u2028e\x00vil\x7f";
const CONTEXT = {
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
    { type: "error", code: text, text },
    { type: "notice", time: 0, text },
    { type: "warning", time: 0, text },
    { type: "help", text },
    { type: "goodbye", reason: text, text },
  ];
}

Deno.test("showEvent() lets no control character of others through", () => {
  for (const event of eventsWith(EVIL)) {
    for (const line of showEvent(event, CONTEXT)) {
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
