import { assertEquals } from "@std/assert";
import {
  readServerMessage,
  type ServerMessage,
} from "../../../chat/protocol/_server_messages.ts";

const USER = { id: 1, nickname: "alice" };

function read(value: unknown) {
  return readServerMessage(JSON.stringify(value));
}

Deno.test("readServerMessage() takes messages with their objects and lists", () => {
  const record = {
    type: "said",
    ...{ id: 7, time: 1.5, room: "lobby", user: USER, text: "hi" },
  } as const;
  const messages: (ServerMessage & { ref?: string })[] = [
    { type: "pong", ref: "sync" },
    record,
    { type: "rooms", rooms: [{ room: "lobby", topic: "", online: 1 }] },
    {
      type: "entered",
      ...{ room: "lobby", topic: "", online: 1 },
      users: [{ ...USER, enteredAt: 0 }],
      ...{ history: [record], complete: true },
    },
  ];
  for (const message of messages) assertEquals(read(message), { message });
});

Deno.test("readServerMessage() leaves out what it does not know, in objects too", () => {
  assertEquals(
    read({
      ...{ type: "private", id: 7, time: 0, text: "psst", colour: "red" },
      ...{ user: { ...USER, colour: "red" }, to: { ...USER, origin: null } },
    }),
    {
      message: {
        ...{ type: "private", id: 7, time: 0, text: "psst" },
        ...{ user: USER, to: USER },
      },
    },
  );
});

Deno.test("readServerMessage() names the member that is not of its kind", () => {
  const entered = {
    ...{ type: "entered", room: "lobby", topic: "", online: 1 },
    ...{ users: [], history: [], complete: true },
  };
  const record = { type: "said", id: 7, time: 0, room: "r", text: "hi" };
  const cases: readonly [object, string][] = [
    [{ ...entered, complete: 1 }, "complete"],
    [{ ...entered, users: {} }, "users"],
    [{ ...entered, users: [USER] }, "users"],
    [{ ...entered, history: [{ ...record, user: null }] }, "history"],
    [
      { ...entered, history: [{ ...record, user: USER, type: "left" }] },
      "history",
    ],
    [{ ...record, user: [1, "alice"] }, "user"],
    [{ ...record, user: USER, time: "0" }, "time"],
  ];
  for (const [message, subject] of cases) {
    assertEquals(read(message), { fault: { code: "invalid-member", subject } });
  }
});

Deno.test("readServerMessage() reads nothing that is not of the protocol's form", () => {
  for (
    const message of [
      "",
      "nonsense",
      "[]",
      "null",
      "1",
      '{"type":"said"}',
      '{"type":"said","id":-1,"time":0,"room":"a","user":{"id":1,"nickname":"b"},"text":"c"}',
      '{"type":"said","id":9,"time":0,"room":"a","user":{"id":1,"nickname":7},"text":"c"}',
      '{"type":"entered","room":"a","users":7}',
      '{"type":"entered","room":"a","history":[{"type":"pong"}]}',
      '{"type":"ack","ref":7}',
      '{"type":"__proto__"}',
      '{"__proto__":{"type":"pong"}}',
      '{"type":"soon","text":"a"}',
    ]
  ) assertEquals(readServerMessage(message).message, undefined, message);
});
