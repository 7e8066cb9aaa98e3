import { assertEquals } from "@std/assert";
import { utf8Length } from "../../../internal/bytes/utf8_length.ts";

Deno.test("utf8Length() counts what an encoder would make", () => {
  const parts = ["", "a", "é", "漢", "😀", "\ud83d", "\ude00", "\ufffd"];
  for (const first of parts) {
    for (const second of parts) {
      for (const third of parts) {
        const text = first + second + third;
        const expected = new TextEncoder().encode(text).length;
        assertEquals(utf8Length(text), expected, JSON.stringify(text));
      }
    }
  }
});
