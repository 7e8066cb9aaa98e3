import { assertEquals } from "@std/assert";
import { LineEditor } from "../../../chat/terminal/_line_editor.ts";
import { KeyDecoder } from "../../../chat/terminal/_terminal_keys.ts";
import { textWidth } from "../../../chat/terminal/_terminal_width.ts";

const LEFT = "\x1b[D";
const RIGHT = "\x1b[C";
const UP = "\x1b[A";
const DOWN = "\x1b[B";
const HOME = "\x1b[H";
const END = "\x1bOF";
const DELETE = "\x1b[3~";
const BACKSPACE = "\x7f";

/** Types into an editor; returns the lines, and what else it asked for. */
function type(editor: LineEditor, keys: string): string[] {
  return new KeyDecoder().push(keys).flatMap((key) =>
    editor.press(key).map((outcome) =>
      outcome.type === "line" ? outcome.text : `<${outcome.type}>`
    )
  );
}

/** What the line is after some keys, with the cursor shown as a bar. */
function after(keys: string): string {
  const editor = new LineEditor();
  type(editor, keys);
  const whole = editor.text;
  const { column } = editor.view(10_000);
  let at = 0;
  while (textWidth(whole.slice(0, at)) < column) at++;
  return `${whole.slice(0, at)}|${whole.slice(at)}`;
}

Deno.test("LineEditor moves and deletes as shells do", () => {
  assertEquals(after("hello"), "hello|");
  assertEquals(after(`hello${LEFT}${LEFT}`), "hel|lo");
  assertEquals(after(`hello${HOME}x`), "x|hello");
  assertEquals(after(`hello\x01x\x05y`), "xhelloy|");
  assertEquals(after(`hello${HOME}${RIGHT}${END}!`), "hello!|");
  assertEquals(after(`hello${LEFT}${BACKSPACE}`), "hel|o");
  assertEquals(after(`hello${HOME}${DELETE}`), "|ello");
  assertEquals(after(`hello${HOME}\x04`), "|ello");
  assertEquals(after(`${LEFT}${BACKSPACE}${DELETE}a${RIGHT}${RIGHT}`), "a|");
  assertEquals(after("one two\x17"), "one |");
  assertEquals(after("one two  \x17"), "one |");
  assertEquals(after("one two\x15"), "|");
  assertEquals(after(`one two${LEFT}${LEFT}\x15`), "|wo");
  assertEquals(after(`one two${LEFT}${LEFT}\x0b`), "one t|");
  assertEquals(after("one two\x1bb\x1bb"), "|one two");
  assertEquals(after("one two\x1b[1;5D"), "one |two");
  assertEquals(after(`one two${HOME}\x1bf`), "one| two");
});

Deno.test("LineEditor takes what a reader takes for one character as one", () => {
  assertEquals(after(`a👩‍👩‍👧b${LEFT}${BACKSPACE}`), "a|b");
  assertEquals(after(`e\u0301${BACKSPACE}`), "|");
  assertEquals(after(`日本${LEFT}`), "日|本");
  const editor = new LineEditor();
  type(editor, "e");
  type(editor, "\u0301");
  assertEquals(editor.view(80), { text: "e\u0301", column: 1 });
});

Deno.test("LineEditor gives lines, and remembers them", () => {
  const editor = new LineEditor();
  assertEquals(type(editor, "one\rtwo\r\rtwo\r"), ["one", "two", "", "two"]);
  type(editor, `draft${UP}`);
  assertEquals(editor.text, "two");
  type(editor, UP + UP);
  assertEquals(editor.text, "one");
  type(editor, DOWN);
  assertEquals(editor.text, "two");
  type(editor, DOWN + DOWN);
  assertEquals(editor.text, "draft");
  assertEquals(type(editor, `${UP}!\r`), ["two!"]);
});

Deno.test("LineEditor tells the keys that end the program from others", () => {
  assertEquals(type(new LineEditor(), "\x03"), ["<interrupt>"]);
  assertEquals(type(new LineEditor(), "\x04"), ["<end>"]);
  assertEquals(type(new LineEditor(), "a\x04"), []);
  assertEquals(type(new LineEditor(), "\x0c"), ["<redraw>"]);
});

Deno.test("LineEditor sends each whole line of a paste, and keeps the last", () => {
  const editor = new LineEditor();
  const paste = "one\r\ntwo\x1b[31m\x07\rthree\nfour";
  assertEquals(type(editor, `>\x1b[200~${paste}\x1b[201~`), [
    ...[">one", "two", "three"],
  ]);
  assertEquals(editor.text, "four");
});

Deno.test("LineEditor takes no more than a message may have", () => {
  const editor = new LineEditor();
  type(editor, "x".repeat(4000));
  type(editor, "é".repeat(1000));
  assertEquals(new TextEncoder().encode(editor.text).length, 4096);
});

Deno.test("LineEditor shows the part of a long line that has the cursor", () => {
  const editor = new LineEditor();
  type(editor, "0123456789");
  assertEquals(editor.view(6), { text: "56789", column: 5 });
  type(editor, LEFT.repeat(3));
  assertEquals(editor.view(6), { text: "56789", column: 2 });
  type(editor, HOME);
  assertEquals(editor.view(6), { text: "01234", column: 0 });
  type(editor, END);
  assertEquals(editor.view(20), { text: "0123456789", column: 10 });

  const wide = new LineEditor();
  type(wide, "日本語日本語");
  const { text, column } = wide.view(8);
  assertEquals([text, column], ["日本語", 6]);
  for (let columns = 0; columns < 20; columns++) {
    const view = wide.view(columns);
    assertEquals(textWidth(view.text) < Math.max(2, columns), true);
  }
});

Deno.test("LineEditor completes the word before the cursor, in turn", () => {
  const words = ["alice: ", "albert: "];
  const editor = new LineEditor((before) => before.endsWith("al") ? words : []);
  type(editor, "al\t");
  assertEquals(editor.text, "alice: ");
  type(editor, "\t");
  assertEquals(editor.text, "albert: ");
  type(editor, "\t");
  assertEquals(editor.text, "alice: ");
  type(editor, `x\t`);
  assertEquals(editor.text, "alice: x");

  type(editor, `\x15hi al there${LEFT.repeat(6)}\t`);
  assertEquals(editor.text, "hi alice:  there");
});

Deno.test("KeyDecoder reads keys wherever they are cut", () => {
  const input = "a\x1b[D日\x1b[1;5C\x1b[200~p\x1b[Aq\x1b[201~\x1bOH\r";
  const whole = new KeyDecoder().push(input);
  assertEquals(whole, [
    { type: "text", text: "a" },
    { type: "key", name: "left" },
    { type: "text", text: "日" },
    { type: "key", name: "word-right" },
    { type: "paste", text: "p\x1b[Aq" },
    { type: "key", name: "home" },
    { type: "key", name: "enter" },
  ]);
  for (let at = 1; at < input.length; at++) {
    const decoder = new KeyDecoder();
    const keys = [
      ...decoder.push(input.slice(0, at)),
      ...decoder.push(input.slice(at)),
    ];
    assertEquals(keys, whole);
  }
});

Deno.test("KeyDecoder passes over keys that nobody knows", () => {
  const decoder = new KeyDecoder();
  assertEquals(decoder.push("\x1b[15~\x1b[99;9X\x00\x1e\x1bz\x1bOPa"), [
    { type: "text", text: "a" },
  ]);
  assertEquals(decoder.push("\x1b"), []);
  assertEquals(decoder.isPending, true);
  decoder.flush();
  assertEquals(decoder.push("b"), [{ type: "text", text: "b" }]);
});

Deno.test("KeyDecoder holds no more of a paste than is of use", () => {
  const decoder = new KeyDecoder();
  decoder.push("\x1b[200~");
  for (let n = 0; n < 20; n++) decoder.push("x".repeat(10_000));
  const [key] = decoder.push("\x1b[201~");
  assertEquals(key?.type === "paste" && key.text.length, 64 * 1024);
});

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
