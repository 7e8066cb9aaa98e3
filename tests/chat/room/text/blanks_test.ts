import { assert, assertEquals } from "@std/assert";
import { isBlank, squeezeBlanks } from "../../../../chat/room/text/_blanks.ts";

Deno.test("isBlank() finds texts that draw nothing", () => {
  for (
    const text of [
      "",
      " ",
      "\u3000",
      "\u2800\u200b",
      "\u{1d159}",
      "\u3164\u00ad",
    ]
  ) {
    assert(isBlank(text), JSON.stringify(text));
  }
  for (const text of ["x", " .", "\u0301", "\u2801", "🙂", "你"]) {
    assert(!isBlank(text), JSON.stringify(text));
  }
});

Deno.test("squeezeBlanks() makes three or more blanks one space", () => {
  assertEquals(squeezeBlanks("a   b"), "a b");
  assertEquals(squeezeBlanks("a \u200b \u200d\u00a0b"), "a b");
  assertEquals(squeezeBlanks("\u2800\u2800\u2800"), " ");
  for (const text of ["", "a b", "a  b", "a \u200db", "नमस्\u200dते", "👩‍👩‍👧"]) {
    assertEquals(squeezeBlanks(text), text);
  }
});

Deno.test("squeezeBlanks() takes time in proportion to the text", () => {
  const length = 200_000;
  for (
    const part of [" ", "\u200b", " \u200b", " x", `x${"\u200b".repeat(50)} `]
  ) {
    const text = part.repeat(length / part.length);
    assert(squeezeBlanks(`${text}x`).length <= text.length + 1);
  }
  assertEquals(
    squeezeBlanks(` ${"\u200b".repeat(length)}x`).length,
    length + 2,
  );
});
