import { assertEquals } from "@std/assert";
import {
  pendingTopic,
  withPending,
  withPendingPrivate,
} from "../../../chat/store/_pending_history.ts";
import type { StoreWrite } from "../../../chat/store/_sqlite_writer.ts";
import { said, topicSet, whispered } from "./_store_kit.ts";

const PENDING: readonly StoreWrite[] = [
  { type: "message", message: said(2, "two") },
  { type: "message", message: said(3, "three", "cats") },
  { type: "message", message: topicSet(4, "milk", "cats") },
  { type: "change", room: "lobby", id: 1, text: "one!", edit: 20 },
  { type: "forget", room: "cats" },
  { type: "message", message: said(5, "five", "cats") },
  { type: "change", room: "lobby", id: 2, text: "", edit: 21 },
  { type: "message", message: topicSet(6, "tea") },
  { type: "change", room: "lobby", id: 6, text: "x", edit: 22 },
  {
    type: "private",
    message: whispered(7, "psst"),
    owners: { recipient: "b" },
  },
  { type: "change", room: "", id: 7, text: "hush", edit: 23 },
  { type: "position", position: 3 },
];

Deno.test("withPending() adds and changes what is not written yet", () => {
  assertEquals(withPending([said(1, "one")], PENDING, "lobby"), [
    { ...said(1, "one!"), edited: 20 },
    { ...said(2, ""), edited: 21 },
    topicSet(6, "tea"),
  ]);
  assertEquals(withPending([said(1, "1")], PENDING, "cats"), [
    said(5, "five", "cats"),
  ]);
  assertEquals(withPending([], PENDING, "dogs"), []);
  assertEquals(withPending([topicSet(6, "6")], PENDING, "lobby"), [
    topicSet(6, "6"),
    { ...said(2, ""), edited: 21 },
  ]);
});

Deno.test("withPendingPrivate() does so for the messages of an owner", () => {
  assertEquals(withPendingPrivate([], PENDING, "b"), [
    { ...whispered(7, "hush"), edited: 23 },
  ]);
  assertEquals(withPendingPrivate([], PENDING, "a"), []);
});

Deno.test("pendingTopic() is the last topic of a room", () => {
  assertEquals(pendingTopic(PENDING, "lobby"), "tea");
  assertEquals(pendingTopic(PENDING, "cats"), "");
  assertEquals(pendingTopic(PENDING, "dogs"), undefined);
});
