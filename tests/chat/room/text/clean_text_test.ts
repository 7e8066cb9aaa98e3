import { assertEquals } from "@std/assert";
import {
  cleanMessage,
  cleanText,
  hasTooManyLines,
} from "../../../../chat/room/text/_clean_text.ts";

Deno.test("cleanText() leaves the text of every language as it is", () => {
  for (
    const text of ["hello", "你好", "مرحبا\u200fا", "नमस्\u200dते", "👩‍👩‍👧", " x "]
  ) {
    assertEquals(cleanText(text), text);
  }
});

Deno.test("cleanText() makes one line of many", () => {
  assertEquals(cleanText("a\r\nb\nc\u2028d\u2029e\u0085f"), "a b c d e f");
});

Deno.test("cleanText() takes out what reorders the rest of the line", () => {
  assertEquals(cleanText("a\u202eb\u2066c\u2069d\ufeff"), "abcd");
});

Deno.test("cleanText() takes out control characters and escape sequences", () => {
  assertEquals(cleanText("a\x1b[2Jb\x00c\x9b1md"), "abcd");
});

Deno.test("cleanText() replaces halves of surrogate pairs", () => {
  assertEquals(cleanText("a\ud800b\udc00🙂"), "a\ufffdb\ufffd🙂");
});

Deno.test("cleanText() changes nothing when called again", () => {
  for (
    const text of [
      "\x1b\x1b[A[A",
      "\x1b[\x1b[A",
      "\x1b\u202e[A",
      "\x1b]x\x1b]y\x07",
      "\u009d\u009dx\u009c",
    ]
  ) {
    const once = cleanText(text);
    assertEquals(cleanText(once), once);
  }
});

Deno.test("cleanMessage() keeps lines and tabs, and ends all lines alike", () => {
  assertEquals(
    cleanMessage("a\r\n\tb\rc\u2028d\u2029e\u0085f\n\n g"),
    "a\n\tb\nc\nd\ne\nf\n\n g",
  );
  assertEquals(cleanMessage(" one line "), " one line ");
});

Deno.test("cleanMessage() removes blank lines at the start and the end", () => {
  assertEquals(cleanMessage("\n \n  a\n\nb\n \t\n"), "  a\n\nb");
  assertEquals(cleanMessage("\n \n"), "");
});

Deno.test("cleanMessage() takes out control characters and escape sequences", () => {
  assertEquals(
    cleanMessage("a\x1b[2J\x1b]0;x\ny\x07b\x00\nc\x9b1md\u202e\ud800"),
    "ab\ncd\ufffd",
  );
});

Deno.test("cleanMessage() changes nothing when called again", () => {
  const parts = ["\x1b", "[A", "\n", "\t", "\u009d", "\x07", " ", "x", "\r"];
  for (let seed = 1; seed < 500; seed++) {
    let state = seed;
    const text = Array.from({ length: 12 }, () => {
      state = (state * 48_271) % 0x7fff_ffff;
      return parts[state % parts.length];
    }).join("");
    const once = cleanMessage(text);
    assertEquals(cleanMessage(once), once, JSON.stringify(text));
  }
});

Deno.test("hasTooManyLines() allows 200 lines", () => {
  assertEquals(hasTooManyLines("x\n".repeat(199) + "x"), false);
  assertEquals(hasTooManyLines("x\n".repeat(200) + "x"), true);
});
