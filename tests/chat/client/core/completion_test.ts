import { assertEquals } from "@std/assert";
import { completeWord } from "../../../../chat/client/core/_completion.ts";

Deno.test("completeWord() knows commands, rooms and nicknames", () => {
  const known = { nicknames: ["Alice", "albert", "bob"], rooms: ["cats"] };
  assertEquals(completeWord("/jo", known), ["/join "]);
  assertEquals(completeWord("/join c", known), ["cats"]);
  assertEquals(completeWord("al", known), ["Alice: ", "albert: "]);
  assertEquals(completeWord("/msg b", known), ["bob "]);
  assertEquals(completeWord("hi B", known), ["bob "]);
  assertEquals(completeWord("", known), []);
  assertEquals(completeWord("hi ", known), []);
  assertEquals(completeWord("hi\nB", known), ["bob: "]);
  assertEquals(completeWord("/un", known), ["/unignore ", "/unlock "]);
  assertEquals(completeWord("/lock ", known), ["cats"]);
  assertEquals(completeWord("/ignore a", known), ["Alice ", "albert "]);
  assertEquals(completeWord("/invite b", known), ["bob "]);
  assertEquals(completeWord("/invite bob c", known), ["cats"]);
  assertEquals(completeWord("/mute al", known), ["Alice ", "albert "]);
  assertEquals(completeWord("hi\n/jo", known), []);
});
