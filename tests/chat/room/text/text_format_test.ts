import { assert, assertEquals, assertMatch } from "@std/assert";
import { describeError } from "../../../../chat/room/text/_error_text.ts";
import { describeGoodbye } from "../../../../chat/room/text/_goodbye_text.ts";
import {
  formatText,
  linesIn,
} from "../../../../chat/room/text/_text_format.ts";
import type {
  ChatErrorCode,
  ChatMessage,
  LeaveReason,
} from "../../../../chat/room/chat_message.ts";
import { parseNickname } from "../../../../chat/room/names/nickname.ts";

const place = { id: 1, time: 0, room: "lobby" };
const alice = { id: 1, nickname: "alice" };

Deno.test("formatText() ends every line with CR LF", () => {
  const messages: ChatMessage[] = [
    { type: "help", time: 0 },
    { ...place, type: "said", user: alice, text: "hi" },
    { type: "greeting", time: 0, address: "x", online: 2, epoch: "e" },
  ];
  for (const message of messages) {
    const text = formatText(message);
    assertMatch(text, /\r\n$/);
    assertEquals(text.replaceAll("\r\n", "").match(/[\r\n]/), null);
  }
});

Deno.test("formatText() shows the name of the server, if there is one", () => {
  const greeting = {
    type: "greeting",
    time: 0,
    address: "x",
    online: 1,
    epoch: "e",
  } as const;
  const firstLine = (message: ChatMessage) =>
    formatText(message).split("\r\n")[0];
  assertEquals(
    firstLine(greeting),
    "*** Welcome! 1 person is online, including you.",
  );
  assertEquals(
    firstLine({ ...greeting, server: "The Kitchen" }),
    "*** Welcome to The Kitchen! 1 person is online, including you.",
  );
});

Deno.test("formatText() lists up to 500 users, and counts the others", () => {
  const list = (count: number) =>
    formatText({
      type: "users",
      time: 0,
      room: "lobby",
      users: Array.from(
        { length: Math.min(count, 1_000) },
        () => ({ ...alice, enteredAt: 0 }),
      ),
      online: count,
    }).split("\r\n").slice(0, -1);
  assertEquals(list(500).length, 501);
  assertEquals(list(1_234).length, 502);
  assertEquals(list(1_234)[0], "*** 1234 people are in lobby:");
  assertEquals(list(1_234).at(-1), "***   and 734 more");
});

Deno.test("formatText() gives no user a line that looks like the server's", () => {
  for (const nickname of ["***", "*", "[private]", "*** alice", "*alice"]) {
    assertEquals(typeof parseNickname(nickname), "string");
  }
  for (const nickname of ["a***", "[clan]bob", "-alice-"]) {
    const user = { id: 1, nickname };
    const text = formatText({
      ...place,
      type: "said",
      user,
      text: "alice (user 1) has left.",
    });
    assertEquals(/^(\*\*\*|\*|\[private\]) /.test(text), false);
  }
  const action = { ...place, type: "action", user: alice } as const;
  assertEquals(
    formatText({ ...action, text: "has left." }),
    "* alice has left.\r\n",
  );
});

const NOTICE = "*** Notice: The server stops now";

/** Messages with a text of a user in each place where there is one. */
function withText(text: string): ChatMessage[] {
  const spoken = { ...place, user: alice, text };
  const entered = {
    type: "entered",
    time: 0,
    room: "lobby",
    topic: text,
    users: [],
    online: 1,
    history: [{ ...spoken, type: "said" }, { ...spoken, type: "topic" }],
    complete: true,
    cause: "join",
  } as const;
  return [
    { ...spoken, type: "said" },
    { ...spoken, type: "action" },
    { ...spoken, type: "topic" },
    { type: "private", id: 1, time: 0, user: alice, to: alice, text },
    { ...place, type: "left", user: alice, reason: "kicked", note: text },
    { type: "goodbye", time: 0, reason: "kicked", note: text },
    { type: "rooms", time: 0, rooms: [{ room: "x", topic: text, online: 1 }] },
    { type: "error", time: 0, code: "no-such-user", subject: text },
    entered,
  ];
}

Deno.test("formatText() gives no row of a user's text the look of the server, whatever the width", () => {
  const blanks = [
    ...[" ", "\u00a0", "\u3000", "\u2003", "\u2800", "\u3164", "\uffa0"],
    ...["\u{1d159}", " \u200b", "\u200b ", "\u2800\u2060"],
  ];
  for (const blank of [...blanks, ".", "*", "-"]) {
    const text = `hi${blank.repeat(300)}${NOTICE} ${
      blank.repeat(300)
    }${NOTICE}`;
    for (const message of withText(text)) {
      const lines = formatText(message).replace(/^\d\d:\d\d /gm, "");
      for (const line of lines.trimEnd().split("\r\n")) {
        assertEquals(line.indexOf("*** ", 1), -1, line);
        if (blanks.includes(blank)) assert(line.length < 250, line);
      }
    }
  }
  const marks = ["\uff0a", "\u2217", "\u204e", "\u066d", "*\u200b", "\u2731"]
    .map((star) => star.repeat(3));
  for (const mark of [...marks, "***\u00ad", "********"]) {
    for (const blank of [" ", "\u00a0", "\u2800"]) {
      const [message] = withText(`x ${mark}${blank}Notice`);
      assertEquals(formatText(message), `alice: x **${blank}Notice\r\n`);
    }
  }
});

Deno.test("formatText() takes time in proportion to a text", () => {
  for (const part of ["*", "*\u200b", "* ", "***", " ", "*** "]) {
    const [message] = withText(`${part.repeat(100_000)}x`);
    assert(formatText(message).length > 10);
  }
});

Deno.test("formatText() shows asterisks and single blanks of users as they are", () => {
  for (
    const text of ["a *b* **c** ***d***", "****", "a\u3000b", "\u2803\u2800"]
  ) {
    const [message] = withText(text);
    assertEquals(formatText(message), `alice: ${text}\r\n`);
  }
});

Deno.test("formatText() shows the time since each user connected", () => {
  const minute = 60_000;
  const times: [number, string][] = [
    [-5, "less than a minute"],
    [minute - 1, "less than a minute"],
    [minute, "1 min"],
    [59.9 * minute, "59 min"],
    [60 * minute, "1 h"],
    [47.9 * 60 * minute, "47 h"],
    [48 * 60 * minute, "2 days"],
  ];
  for (const [time, words] of times) {
    assertEquals(
      formatText({
        type: "users",
        time,
        room: "lobby",
        users: [{ ...alice, enteredAt: 0 }],
        online: 1,
      }),
      "*** 1 person is in lobby:\r\n" +
        `***   alice (user 1, here for ${words})\r\n`,
    );
  }
});

Deno.test("formatText() has a text for every reason to leave", () => {
  const all: Record<LeaveReason, true> = {
    "quit": true,
    "parted": true,
    "closed": true,
    "lost": true,
    "replaced": true,
    "slow": true,
    "line-too-long": true,
    "no-nickname": true,
    "wrong-protocol": true,
    "flooding": true,
    "kicked": true,
    "banned": true,
    "full": true,
    "too-many-connections": true,
    "too-many-attempts": true,
    "shutdown": true,
  };
  const reasons = Object.keys(all) as LeaveReason[];
  for (const reason of reasons) {
    assertMatch(
      formatText({ ...place, type: "left", user: alice, reason }),
      /^\*\*\* alice \(user 1\) has left(: [a-z ]+)?\.\r\n$/,
    );
    assertMatch(
      formatText({ type: "goodbye", time: 0, reason }),
      /^\*\*\* [A-Z][A-Za-z:. ]+[!.]\r\n$/,
    );
  }
});

Deno.test("describeError() shows the usage of an incomplete command", () => {
  const code: ChatErrorCode = "incomplete-command";
  for (
    const [name, usage] of [
      ["msg", "/msg NAME TEXT"],
      ["c", "c:NAME:TEXT"],
      ["constructor", "/help"],
    ]
  ) {
    assertEquals(
      describeError(code, name),
      `Something is missing. Usage: ${usage}`,
    );
  }
});

Deno.test("describeError() has a different sentence for every code", () => {
  const codes: Record<ChatErrorCode, true> = {
    "nickname-empty": true,
    "nickname-too-long": true,
    "nickname-space": true,
    "nickname-colon": true,
    "nickname-slash": true,
    "nickname-mark": true,
    "nickname-server-mark": true,
    "nickname-invisible": true,
    "nickname-reserved": true,
    "nickname-taken": true,
    "nickname-look-alike": true,
    "nickname-fixed": true,
    "no-invitations": true,
    "nickname-unchanged": true,
    "nickname-needed": true,
    "room-empty": true,
    "room-too-long": true,
    "room-space": true,
    "room-colon": true,
    "room-slash": true,
    "room-mark": true,
    "room-server-mark": true,
    "room-invisible": true,
    "room-look-alike": true,
    "no-such-room": true,
    "not-in-room": true,
    "last-room": true,
    "too-many-rooms": true,
    "rooms-full": true,
    "no-such-user": true,
    "text-empty": true,
    "text-too-long": true,
    "topic-too-long": true,
    "operator-needed": true,
    "wrong-token": true,
    "too-many-tokens": true,
    "invalid-minutes": true,
    "unknown-command": true,
    "incomplete-command": true,
    "line-too-long": true,
    "invalid-utf8": true,
    "not-text": true,
    "not-json": true,
    "unknown-type": true,
    "invalid-member": true,
    "unsupported-version": true,
    "unexpected-hello": true,
    "unavailable": true,
    "no-such-message": true,
    "not-your-message": true,
    "too-late": true,
    "muted": true,
    "room-locked": true,
    "owner-needed": true,
    "too-many-ignored": true,
    "link-needs-session": true,
    "wrong-link": true,
    "no-search": true,
  };
  const sentences = (Object.keys(codes) as ChatErrorCode[]).map((code) =>
    describeError(code, "nick")
  );
  assertEquals(new Set(sentences).size, sentences.length);
  for (const sentence of sentences) {
    assertMatch(sentence, /^([A-Z]|nick).*[.A-Z]$/);
  }
});

Deno.test("formatText() has no line for messages that only programs need", () => {
  const entered: ChatMessage = {
    type: "entered",
    time: 0,
    room: "lobby",
    topic: "",
    users: [],
    online: 1,
    history: [],
    complete: true,
    cause: "welcome",
  };
  const messages: ChatMessage[] = [
    entered,
    { type: "ack", time: 0, ref: "1" },
    { type: "pong", time: 0 },
  ];
  for (const message of messages) assertEquals(formatText(message), "");
  assertEquals(
    formatText({ ...entered, topic: "tea" }),
    "*** The topic of lobby is: tea\r\n",
  );
});

Deno.test("formatText() names every room except the lobby", () => {
  const said = { ...place, type: "said", user: alice, text: "hi" } as const;
  assertEquals(formatText(said, "kitchen"), "#lobby alice: hi\r\n");
  assertEquals(
    formatText({ ...said, room: "kitchen" }, "kitchen"),
    "alice: hi\r\n",
  );
});

Deno.test("describeGoodbye() adds the reason of an operator", () => {
  assertEquals(
    describeGoodbye("kicked", "too loud"),
    "Goodbye: an operator disconnected you. (too loud)",
  );
  assertEquals(describeGoodbye("quit"), "Goodbye!");
});

Deno.test("formatText() marks each line of a message but the first", () => {
  const text = "if (a) {\n\tb();\n\n}\n*** Notice: x\nbob: y\n12:00 bob: z";
  const said = { ...place, type: "said", user: alice, text } as const;
  const rest = [
    ...["  |   b();", "  |", "  | }", "  | ** Notice: x"],
    ...["  | bob: y", "  | 12:00 bob: z", ""],
  ];
  const start = { id: 1, time: 0, user: alice, text };
  assertEquals(formatText(said).split("\r\n"), ["alice: if (a) {", ...rest]);
  assertEquals(
    formatText({ ...said, type: "action" }).split("\r\n"),
    ["* alice if (a) {", ...rest],
  );
  assertEquals(
    formatText({ ...start, type: "private", to: alice }).split("\r\n"),
    ["[private] alice to alice: if (a) {", ...rest],
  );
  const history = [said];
  assertEquals(
    formatText({
      type: "history",
      ...{ time: 0, room: "lobby", messages: history, complete: true },
    }).split("\r\n").slice(3, -2),
    rest.slice(0, -1),
  );
});

Deno.test("formatText() lets no indentation fill a row", () => {
  const text = `hi\n${" ".repeat(80)}*** Notice: x\n${"\t".repeat(40)}*** y`;
  const [message] = withText(text);
  const [, second = "", third = ""] = formatText(message).split("\r\n");
  assertEquals(second, `  | ${" ".repeat(17)}** Notice: x`);
  assertEquals(third, `  | ${" ".repeat(17)}** y`);
});

Deno.test("linesIn() has lines in Chinese, with the same marks", () => {
  const chinese = linesIn("zh-CN");
  const said = { ...place, type: "said", user: alice, text: "a\nb" } as const;
  const cases: [ChatMessage, string[]][] = [
    [said, ["alice: a", "  | b"]],
    [{ ...place, type: "joined", user: alice }, [
      "*** 欢迎 alice（用户 1） 进入！",
    ]],
    [{ ...place, room: "cats", type: "left", user: alice, reason: "lost" }, [
      "*** 欢送 alice（用户 1） 离开 #cats：连接断开！",
    ]],
    [{ type: "greeting", time: 0, address: "x", online: 1, epoch: "e" }, [
      "*** 欢迎，当前在线 1 人（包括你）。",
      "*** 你的地址是 x，其他用户看不到。",
    ]],
    [{
      type: "history",
      time: 0,
      room: "lobby",
      messages: [said],
      complete: true,
    }, [
      "*** lobby 的最后 1 条消息，时间为 UTC：",
      "*** 1970-01-01, 星期四:",
      "00:00 alice: a",
      "  | b",
      "*** 历史消息结束。",
    ]],
    [{ type: "error", time: 0, code: "incomplete-command", subject: "msg" }, [
      "*** 缺少内容。用法：/msg 昵称 内容",
    ]],
    [{ type: "goodbye", time: 0, reason: "kicked", note: "too loud" }, [
      "*** 再见：管理员断开了你的连接。（too loud）",
    ]],
  ];
  for (const [message, lines] of cases) {
    assertEquals(chinese(message), lines.map((line) => `${line}\r\n`).join(""));
  }
  assertEquals(linesIn("de")(said), formatText(said));
});

Deno.test("formatText() shows what became of private messages", () => {
  const ends = { user: alice, to: { id: 2, nickname: "bob" } };
  const base = { ...ends, id: 9, time: 0 };
  assertEquals(
    [
      formatText({ ...base, type: "private", text: "yes", replyTo: 7 }),
      formatText({ ...base, type: "private", text: "", edited: 8 }),
      formatText({ ...base, type: "private-edited", target: 7, text: "no" }),
      formatText({ ...base, type: "private-edited", target: 7, text: "" }),
    ],
    [
      "[private] alice to bob: yes (an answer)\r\n",
      "[private] alice to bob: (deleted)\r\n",
      "*** [private] alice has changed a message: no\r\n",
      "*** [private] alice has deleted a message.\r\n",
    ],
  );
});
