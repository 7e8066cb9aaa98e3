import { assert, assertEquals } from "@std/assert";
import { initialOf, mentions } from "../../../../chat/page/words/text.js";

Deno.test("mentions() finds nicknames that are words of their own", () => {
  assert(mentions("hello Anna!", "anna"));
  assert(mentions("李雷 hi", "李雷"));
  assert(mentions("annabel and anna", "anna"));
  assertEquals(mentions("annabel", "anna"), false);
  assertEquals(mentions("", "anna"), false);
});

Deno.test("initialOf() takes what a reader sees as one letter", () => {
  assertEquals(initialOf("anna"), "A");
  assertEquals(initialOf("👩‍👩‍👧x"), "👩‍👩‍👧");
  assertEquals(initialOf(""), "?");
});
