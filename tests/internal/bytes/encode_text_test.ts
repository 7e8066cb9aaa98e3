import { assertEquals } from "@std/assert";
import { encodeText } from "../../../internal/bytes/encode_text.ts";

Deno.test("encodeText() leaves alone what it has made before", () => {
  const texts: string[] = [];
  for (let round = 0; round < 20; round++) {
    for (const unit of ["x", "漢", "é\ud800", "😀"]) {
      for (const length of [0, 1, 3, 200, 1365, 1366, 5000]) {
        texts.push(unit.repeat(length));
      }
    }
  }
  // All are made before the first is looked at, most of them in shared memory.
  const made = texts.map(encodeText);
  for (const [index, text] of texts.entries()) {
    assertEquals(made[index], new TextEncoder().encode(text));
  }
});
