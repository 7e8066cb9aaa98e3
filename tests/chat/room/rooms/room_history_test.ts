import { assertEquals } from "@std/assert";
import {
  RoomHistory,
  sizeOf,
} from "../../../../chat/room/rooms/_room_history.ts";
import type { KeptMessage } from "../../../../chat/room/chat_message.ts";

function said(id: number, text = `line ${id}`): KeptMessage {
  const user = { id: 1, nickname: "alice" };
  return { id, time: id, room: "lobby", type: "said", user, text };
}

function filled(count: number): RoomHistory {
  const history = new RoomHistory();
  for (let id = 1; id <= count; id++) history.add(said(id * 2));
  return history;
}

function idsOf({ messages }: { readonly messages: readonly KeptMessage[] }) {
  return messages.map(({ id }) => id);
}

Deno.test("RoomHistory gives what comes before and after an id", () => {
  const history = filled(5);
  assertEquals(idsOf(history.before(Infinity, 2)), [8, 10]);
  assertEquals(idsOf(history.before(8, 2)), [4, 6]);
  assertEquals(idsOf(history.before(7, 100)), [2, 4, 6]);
  assertEquals(idsOf(history.before(2, 100)), []);
  assertEquals(idsOf(history.after(4, 10_000)), [6, 8, 10]);
  assertEquals(idsOf(history.after(5, 10_000)), [6, 8, 10]);
  assertEquals(idsOf(history.after(10, 10_000)), []);
  assertEquals(idsOf(history.after(99, 10_000)), []);
});

Deno.test("RoomHistory tells whether something is missing", () => {
  const history = filled(5);
  assertEquals(history.before(Infinity, 5).complete, true);
  assertEquals(history.before(Infinity, 4).complete, false);
  assertEquals(history.before(Infinity, 0).complete, false);
  assertEquals(new RoomHistory().before(Infinity, 0).complete, true);
  assertEquals(history.after(0, 10_000).complete, true);

  const long = filled(103);
  assertEquals(long.before(Infinity, 100).complete, true);
  assertEquals(long.before(Infinity, 1_000).messages.length, 100);
  assertEquals(long.after(6, 1_000_000).complete, true);
  assertEquals(long.after(5, 1_000_000).complete, false);
});

Deno.test("RoomHistory takes the last 100 of what a store has", () => {
  const stored = Array.from({ length: 100 }, (_, index) => said(index + 51));
  const history = new RoomHistory(stored);
  assertEquals(history.after(50, 1_000_000).complete, true);
  // What came before is not known, and may be missing.
  assertEquals(history.after(49, 1_000_000).complete, false);
  assertEquals(new RoomHistory(stored.slice(1)).after(0, 1e6).complete, true);
});

Deno.test("RoomHistory gives the latest that have no more bytes than asked for", () => {
  const history = filled(10);
  const size = sizeOf(said(20));
  assertEquals(idsOf(history.after(0, 3 * size)), [16, 18, 20]);
  assertEquals(history.after(0, 3 * size).complete, false);
  assertEquals(idsOf(history.after(0, size - 1)), []);
});

Deno.test("sizeOf() counts the bytes of UTF-8", () => {
  const base = sizeOf({ text: "" });
  for (
    const text of ["abc", "\u00e9", "\u07ff", "\u0800", "你好", "🙂", "a🙂é"]
  ) {
    const bytes = new TextEncoder().encode(text).length;
    assertEquals(sizeOf({ text }) - base, bytes, text);
  }
});
