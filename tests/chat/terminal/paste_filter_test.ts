import { assertEquals } from "@std/assert";
import {
  PasteFilter,
  toMessage,
} from "../../../chat/terminal/_paste_filter.ts";

const PASTE = "\x1b[200~one\r\ntwo\nthree\t\x1b[31m4\x03\x1b[201~";

Deno.test("PasteFilter makes a paste plain text, wherever it is cut", () => {
  const text = `a${PASTE}b${PASTE}`;
  const typed = "one\u23cetwo\u23cethree  4";
  for (let cut = 3; cut <= text.length; cut++) {
    const filter = new PasteFilter();
    const start = filter.push(text.slice(0, cut));
    // A lone Esc is the key.
    if (start.endsWith("\x1b")) continue;
    const output = start + filter.push(text.slice(cut));
    assertEquals(output, `a${typed}b${typed}`, `${cut}`);
  }
});

Deno.test("PasteFilter leaves alone what is typed", () => {
  const filter = new PasteFilter();
  for (const key of ["\x1b", "\x1b[A", "\x03", "\t", "\x1b[20~", "é日"]) {
    assertEquals(filter.push(key), key);
  }
});

Deno.test("PasteFilter takes no more of a paste than is of use", () => {
  const filter = new PasteFilter();
  filter.push("\x1b[200~");
  for (let n = 0; n < 5; n++) assertEquals(filter.push("x".repeat(50_000)), "");
  assertEquals(filter.push("\x1b[201~y"), "x".repeat(65_536) + "y");
});

Deno.test("PasteFilter makes a block one line, which toMessage() makes a block again", () => {
  const filter = new PasteFilter();
  const typed = filter.push("\x1b[200~if (a) {\n\tb();\n}\n\x1b[201~");
  assertEquals(typed.includes("\r") || typed.includes("\n"), false);
  assertEquals(toMessage(typed), "if (a) {\n  b();\n}");
});

Deno.test("PasteFilter makes Alt and Enter a line break", () => {
  const typed = new PasteFilter().push("one\x1b\rtwo\r");
  assertEquals(toMessage(typed), "one\ntwo\r");
});
