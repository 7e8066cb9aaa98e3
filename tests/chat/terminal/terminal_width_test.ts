import { assertEquals } from "@std/assert";
import { textWidth } from "../../../chat/terminal/_terminal_width.ts";

Deno.test("textWidth() counts the columns of a terminal", () => {
  assertEquals(
    [
      "a",
      "é",
      "e\u0301",
      "日",
      "한",
      "ｱ",
      "👩‍👩‍👧",
      "🇩🇪",
      "❤️",
      "1️⃣",
      "א",
      "\u200b",
    ]
      .map(textWidth),
    [1, 1, 1, 2, 2, 1, 2, 2, 2, 2, 1, 0],
  );
});
