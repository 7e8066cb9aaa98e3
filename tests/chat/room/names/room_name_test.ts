import { assert, assertEquals } from "@std/assert";
import {
  parseRoomName,
  type RoomName,
} from "../../../../chat/room/names/room_name.ts";

function valid(text: string): RoomName {
  const name = parseRoomName(text);
  assert(typeof name === "object", `${text}: ${name}`);
  return name;
}

Deno.test("parseRoomName() takes names of every language, in lower case", () => {
  for (
    const [text, shown] of [
      ["Cats", "cats"],
      ["#Cats", "cats"],
      ["##cats", "cats"],
      ["  ＃ＣＡＴＳ\u3000", "cats"],
      ["Кошки", "кошки"],
      ["猫", "猫"],
      ["a-b_c.d", "a-b_c.d"],
      ["c++", "c++"],
      ["__proto__", "__proto__"],
      ["Zoe\u0308", "zo\u00eb"],
    ]
  ) {
    assertEquals(valid(text).text, shown);
    assertEquals(valid(shown).key, valid(text).key);
  }
});

Deno.test("parseRoomName() is the same when its result is parsed again", () => {
  for (const text of ["ΟΔΟΣ", "STRA\u1e9eE", "\u0130", "\u01c5", "ﬃ", "K"]) {
    const { text: shown, key, look } = valid(text);
    assertEquals(valid(shown), { text: shown, key, look });
  }
});

Deno.test("parseRoomName() refuses what breaks a rule", () => {
  for (
    const [text, fault] of [
      ["", "room-empty"],
      ["#", "room-empty"],
      [" # ", "room-empty"],
      ["# x", "room-space"],
      ["a\tb", "room-space"],
      ["a\u2028b", "room-space"],
      ["x".repeat(33), "room-too-long"],
      ["x".repeat(100_000), "room-too-long"],
      ["a\uff1ab", "room-colon"],
      ["#/x", "room-slash"],
      ["#\u0301x", "room-mark"],
      ["***", "room-server-mark"],
      ["#*x", "room-server-mark"],
      ["!", "room-server-mark"],
      ["\u2800", "room-invisible"],
      ["\u{1d159}", "room-invisible"],
      ["a\u0000b", "room-invisible"],
      ["a\u2066b", "room-invisible"],
      ["\ufeffa", "room-invisible"],
      ["a\ud800", "room-invisible"],
    ] as const
  ) {
    assertEquals(parseRoomName(text), fault, JSON.stringify(text));
  }
  assertEquals(valid("🙂".repeat(32)).text.length, 64);
});

Deno.test("parseRoomName() gives names that look alike the same look", () => {
  for (
    const [left, right] of [
      ["lobby", "l\u043ebby"],
      ["lobby", "1obby"],
      ["cats", "\u0441\u0430ts"],
      ["bill", "bi||"],
    ]
  ) {
    assertEquals(valid(left).look, valid(right).look);
    assert(valid(left).key !== valid(right).key);
  }
  assert(valid("cats").look !== valid("bats").look);
});
