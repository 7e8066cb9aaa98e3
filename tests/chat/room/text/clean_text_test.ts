import { assertEquals } from "@std/assert";
import { cleanText } from "../../../../chat/room/text/_clean_text.ts";

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
