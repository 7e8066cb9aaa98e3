import { assertMatch } from "@std/assert";
import {
  COLOURED,
  PLAIN,
  showEvent,
} from "../../../chat/terminal/_terminal_text.ts";
import type { ChatClientEvent } from "../../../chat/client/chat_client_message.ts";

const EVIL = "\x1b]0;x\x07\x1b[2J\x9b1A\r\n\x08\u202e\u2028e\x00vil\x7f";
const CONTEXT = { palette: PLAIN, userId: 1, room: "lobby" };

const USER = { id: 2, nickname: EVIL, origin: EVIL };
const PLACE = { id: 1, time: 0, room: EVIL, user: USER } as const;
const ENTRY = { ...USER, enteredAt: 0 };

const RECORD = { ...PLACE, type: "said", text: EVIL } as const;
const LIMITS = { nickname: 32, message: 4096, rooms: 10 };

const EVENTS: readonly ChatClientEvent[] = [
  RECORD,
  { ...RECORD, type: "action" },
  { ...RECORD, type: "topic" },
  { type: "joined", ...PLACE },
  { type: "left", ...PLACE, reason: EVIL },
  { type: "renamed", ...PLACE, previous: EVIL },
  { type: "private", id: 1, time: 0, user: USER, to: USER, text: EVIL },
  {
    type: "greeting",
    ...{ version: 1, server: EVIL, online: 1, epoch: EVIL },
    ...{ address: EVIL, limits: LIMITS },
  },
  { type: "welcome", user: USER, room: EVIL, online: 1, resumed: false },
  {
    type: "entered",
    ...{ room: EVIL, topic: EVIL, users: [ENTRY], online: 1 },
    ...{ history: [RECORD], complete: true },
  },
  { type: "exited", room: EVIL, current: EVIL },
  { type: "nickname-request" },
  { type: "users", room: EVIL, users: [ENTRY], online: 1 },
  { type: "rooms", rooms: [{ room: EVIL, topic: EVIL, online: 1 }] },
  { type: "history", room: EVIL, messages: [RECORD], complete: true },
  { type: "error", code: EVIL, text: EVIL },
  { type: "notice", time: 0, text: EVIL },
  { type: "warning", time: 0, text: EVIL },
  { type: "help", text: EVIL },
  { type: "goodbye", reason: EVIL, text: EVIL },
];

Deno.test("showEvent() lets no control character of others through", () => {
  for (const event of EVENTS) {
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
