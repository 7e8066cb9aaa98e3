import { assert, assertEquals } from "@std/assert";
import { wrapLine } from "../../../chat/terminal/_wrap_line.ts";

Deno.test("wrapLine() leaves a line that fits as it is", () => {
  assertEquals(wrapLine("12:34 bob: hello", 80), ["12:34 bob: hello"]);
  assertEquals(wrapLine("x".repeat(79), 80), ["x".repeat(79)]);
  assertEquals(wrapLine("", 80), [""]);
  assertEquals(wrapLine("x".repeat(100), 10), ["x".repeat(100)]);
});

Deno.test("wrapLine() indents all rows but the first, and breaks at spaces", () => {
  assertEquals(wrapLine("12:34 bob: one two three four five", 24), [
    "12:34 bob: one two ",
    "      three four five",
  ]);
  assertEquals(wrapLine(`12:34 bob: ${"x".repeat(40)}`, 24), [
    "12:34 bob: ",
    `      ${"x".repeat(17)}`,
    `      ${"x".repeat(17)}`,
    `      ${"x".repeat(6)}`,
  ]);
});

Deno.test("wrapLine() gives no padding a way to the start of a row", () => {
  for (let padding = 1; padding < 200; padding++) {
    for (const blank of [" ", ".", "\u3000", "\u{1f642}"]) {
      const line = `12:34 bob: hi${blank.repeat(padding)}*** Notice: x`;
      const [, ...rows] = wrapLine(line, 80);
      for (const row of rows) assert(row.startsWith("      "), row);
      for (const row of [line, ...rows].slice(1)) assert(row.length <= 80, row);
    }
  }
});

Deno.test("wrapLine() counts no colours, and wide characters twice", () => {
  const dim = (text: string) => `\x1b[2m${text}\x1b[0m`;
  assertEquals(wrapLine(dim("x".repeat(79)), 80).length, 1);
  assertEquals(wrapLine(dim("x".repeat(80)), 80).length, 2);
  assertEquals(wrapLine("\u4f60".repeat(39), 80).length, 1);
  assertEquals(wrapLine("\u4f60".repeat(40), 80).length, 2);
  assertEquals(wrapLine("\u{1f642}".repeat(40), 80).length, 2);
  const text = dim("one two ".repeat(50));
  assertEquals(
    wrapLine(text, 40).map((row, n) => n === 0 ? row : row.slice(6)).join(""),
    text,
  );
});

Deno.test("wrapLine() takes time in proportion to the line", () => {
  const rows = wrapLine("x".repeat(200_000), 80);
  assertEquals(rows.length, Math.ceil((200_000 - 79) / 73) + 1);
});

Deno.test("wrapLine() makes no row too wide, wherever a long word begins", () => {
  const widthOf = (row: string) =>
    [...row].reduce((width, c) => width + (c < "\u1100" ? 1 : 2), 0);
  for (const letter of ["a", "\u4f60", "a\u4f60"]) {
    for (let length = 0; length < 40; length++) {
      const line = `${"!".repeat(length)} ${letter.repeat(100)}`;
      const rows = wrapLine(line, 40);
      for (const row of rows) assert(widthOf(row) < 40, row);
      const texts = rows.map((row, n) => n === 0 ? row : row.slice(6));
      assertEquals(texts.join(""), line);
    }
  }
  assertEquals(wrapLine(`! ${"a".repeat(50)}`, 40), [
    `! ${"a".repeat(37)}`,
    `      ${"a".repeat(13)}`,
  ]);
});
