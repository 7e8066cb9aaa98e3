import { assertEquals } from "@std/assert";
import {
  type ClientMessage,
  readClientMessage,
} from "../../../chat/protocol/_client_messages.ts";

function read(value: unknown) {
  return readClientMessage(JSON.stringify(value));
}

Deno.test("readClientMessage() takes every request of the protocol, with all members and the least", () => {
  const requests: (ClientMessage & { ref?: string })[] = [
    { type: "hello", version: 1 },
    {
      type: "hello",
      version: 1,
      nickname: "alice",
      session: "s",
      epoch: "e",
      after: 7,
    },
    { type: "nick", nickname: "alice" },
    { type: "say", text: "hello" },
    { type: "say", text: "hello", room: "cats", ref: "1" },
    { type: "me", text: "waves", room: "cats" },
    { type: "msg", to: "bob", text: "psst" },
    { type: "join", room: "cats" },
    { type: "leave", room: "cats" },
    { type: "rooms" },
    { type: "users" },
    { type: "users", room: "cats" },
    { type: "topic", text: "" },
    { type: "topic", text: "mice", room: "cats" },
    { type: "history", room: "cats" },
    { type: "history", room: "cats", before: 9, limit: 100 },
    { type: "line", text: "/join cats" },
    { type: "ping", ref: "x".repeat(64) },
    { type: "quit" },
    { type: "operator", token: "secret" },
    { type: "kick", nickname: "bob" },
    { type: "kick", nickname: "bob", reason: "noise" },
    { type: "ban", nickname: "bob", minutes: 10 },
    { type: "ban", nickname: "bob", minutes: 10, reason: "noise" },
    { type: "notice", text: "we stop" },
  ];
  for (const request of requests) {
    assertEquals(read(request), { message: request });
  }
});

Deno.test("readClientMessage() leaves out members that are not known, and null as if it were none", () => {
  assertEquals(read({ type: "say", text: "a", colour: "red", room: null }), {
    message: { type: "say", text: "a" },
  });
});

Deno.test("readClientMessage() is not fooled by members named like those of objects", () => {
  const text = '{"type":"say","text":"a","__proto__":{"room":"x","ref":"y"},' +
    '"constructor":1,"toString":2,"hasOwnProperty":3}';
  const { message } = readClientMessage(text);
  assertEquals(message, { type: "say", text: "a" });
  assertEquals(Object.getPrototypeOf(message), Object.prototype);
  for (const type of ["__proto__", "constructor", "toString", "valueOf"]) {
    assertEquals(readClientMessage(`{"type":"${type}"}`), {
      fault: { code: "unknown-type", subject: type },
    });
  }
  assertEquals(readClientMessage('{"__proto__":{"type":"quit"}}'), {
    fault: { code: "unknown-type" },
  });
});

Deno.test("readClientMessage() refuses what is no JSON object", () => {
  for (
    const text of [
      "",
      "{",
      "{}x",
      "[]",
      "null",
      "1",
      '"quit"',
      "{'type':1}",
      "\ufeff{}",
      "[".repeat(5000),
    ]
  ) {
    assertEquals(
      readClientMessage(text),
      { fault: { code: "not-json" } },
      text,
    );
  }
});

Deno.test("readClientMessage() names the member that is wrong, and tells the ref", () => {
  const cases: readonly [object, string][] = [
    [{ type: "say" }, "text"],
    [{ type: "say", text: 1 }, "text"],
    [{ type: "say", text: ["a"] }, "text"],
    [{ type: "say", text: "\ud800" }, "text"],
    [{ type: "say", text: "a", room: {} }, "room"],
    [{ type: "msg", to: "bob" }, "text"],
    [{ type: "msg", text: "a" }, "to"],
    [{ type: "hello" }, "version"],
    [{ type: "hello", version: "1" }, "version"],
    [{ type: "hello", version: 1, after: -1 }, "after"],
    [{ type: "hello", version: 1, after: 1.5 }, "after"],
    [{ type: "hello", version: 1, after: 2 ** 60 }, "after"],
    [{ type: "history", room: "a", limit: "9" }, "limit"],
    [{ type: "ban", nickname: "bob", minutes: true }, "minutes"],
  ];
  for (const [request, subject] of cases) {
    assertEquals(
      read({ ...request, ref: "r1" }),
      { fault: { code: "invalid-member", subject, ref: "r1" } },
      JSON.stringify(request),
    );
  }
});

Deno.test("readClientMessage() takes only refs of 1 to 64 characters", () => {
  for (const ref of ["", "x".repeat(65), 7, {}, "\ud800"]) {
    assertEquals(read({ type: "quit", ref }), {
      fault: { code: "invalid-member", subject: "ref" },
    });
  }
});

Deno.test("readClientMessage() names a type that nobody knows", () => {
  assertEquals(read({ type: "dance", ref: "7" }), {
    fault: { code: "unknown-type", subject: "dance", ref: "7" },
  });
  assertEquals(read({ type: 7 }), { fault: { code: "unknown-type" } });
  assertEquals(read({}), { fault: { code: "unknown-type" } });
});
