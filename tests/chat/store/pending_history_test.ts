import { assertEquals } from "@std/assert";
import {
  pendingTopic,
  withPending,
  withPendingPrivate,
} from "../../../chat/store/_pending_history.ts";
import type { StoreWrite } from "../../../chat/store/_sqlite_writer.ts";
import type { StoredPrivateMessage } from "../../../chat/store/stored_message.ts";
import { said } from "./_store_kit.ts";

const whispered: StoredPrivateMessage = {
  id: 7,
  time: 70,
  type: "private",
  user: { id: 1, nickname: "alice" },
  to: { id: 2, nickname: "bob" },
  text: "psst",
};

const PENDING: readonly StoreWrite[] = [
  { type: "message", message: said(2, "two") },
  { type: "message", message: said(3, "three", "cats") },
  { type: "change", change: { id: 1, room: "lobby", edit: 9, text: "one!" } },
  { type: "message", message: said(4, "four") },
  { type: "change", change: { id: 2, room: "lobby", edit: 9 } },
  { type: "message", message: { ...said(5, "tea"), type: "topic" } },
  { type: "change", change: { id: 5, room: "lobby", edit: 9 } },
  { type: "message", message: { ...said(6, "milk", "cats"), type: "topic" } },
  { type: "private", message: whispered, owners: { recipient: "b" } },
  { type: "change", change: { id: 7, edit: 9, text: "psst!" } },
  { type: "position", position: 3 },
];

Deno.test("withPending() adds and changes what is not written yet", () => {
  assertEquals(withPending([said(1, "one")], PENDING, "lobby"), [
    { ...said(1, "one!"), edited: 9 },
    said(4, "four"),
    { ...said(5, "tea"), type: "topic" },
  ]);
  assertEquals(withPending([], PENDING, "dogs"), []);
  assertEquals(withPending([said(4, "4")], PENDING, "lobby").length, 2);
});

Deno.test("withPendingPrivate() does so for the messages of an owner", () => {
  assertEquals(withPendingPrivate([], PENDING, "b"), [
    { ...whispered, text: "psst!", edited: 9 },
  ]);
  assertEquals(withPendingPrivate([], PENDING, "a"), []);
});

Deno.test("pendingTopic() is the last topic of a room", () => {
  assertEquals(pendingTopic(PENDING, "lobby"), "tea");
  assertEquals(pendingTopic(PENDING, "cats"), "milk");
  assertEquals(pendingTopic(PENDING, "dogs"), undefined);
});
